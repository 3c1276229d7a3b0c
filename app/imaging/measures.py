"""Measures of an object: volume, largest diameter, intensity, area frame by frame. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.imaging.volume_geometry import SlicePlane, VolumeGeometry

Points = NDArray[np.float64]
PixelWeights = float | NDArray[np.float64]  # voxels of the usual height; an array can be broadcast to (h, w)

_PAIRS_AT_ONCE: Final = 4_000_000  # distances; 32 MB of float64


@dataclass(frozen=True, slots=True)
class Grid:
    """Physical size of pixels; all None where the scale is unknown."""

    voxel_volume: float | None = None  #: cubic millimetres
    pixel_area: float | None = None  #: square millimetres
    #: points (n, 3), rows (frame, y, x), to millimetres
    to_patient: Callable[[Points], Points] | None = None
    is_flat: bool = False  #: the distance of frames is not known: only points of one frame can be compared
    is_across: bool = False  #: frames cut the stored slices, so that their pixels are as uneven as these
    weigh: Callable[[int], PixelWeights] | None = None  #: weights of the pixels of a frame, see pixel_weights


@dataclass(frozen=True, slots=True)
class FrameArea:
    """The size of an object on one frame."""

    frame: int
    pixels: int
    area: float | None  #: square millimetres, None where the scale is unknown


@dataclass(frozen=True, slots=True)
class Measure:
    """The measures of one object; None where one cannot be known."""

    voxels: int
    volume: float | None  #: millilitres
    diameter: float | None  #: millimetres between the two pixel centres that are farthest apart
    mean: float | None  #: of the finite native intensities of all pixels
    deviation: float | None  #: of the population
    areas: tuple[FrameArea, ...]


@dataclass(frozen=True, slots=True)
class FrameMeasure:
    """Share of one frame in the measures of an object."""

    frame: int
    pixels: int
    outline: Points  #: (n, 3), rows (frame, y, x): the pixels farthest apart are among them
    count: int = 0  #: intensities that are finite
    mean: float = 0.0  #: of these intensities
    squares: float = 0.0  #: sum of squared distances of intensities from their mean
    weight: float = 0.0  #: voxels of the usual height that the pixels stand for; pixels where slices are even


def grid_of(geometry: VolumeGeometry, plane: SlicePlane) -> Grid:
    """Return what the pixels of a scan's frames stand for."""
    if geometry.spacing is None or plane.row_spacing is None or plane.column_spacing is None:
        return Grid()
    order = [2 - axis for axis in (plane.axis, plane.row_axis, plane.column_axis)]
    columns = [order.index(axis) for axis in range(3)]
    return Grid(
        voxel_volume=geometry.voxel_volume,
        pixel_area=plane.row_spacing * plane.column_spacing,
        is_flat=geometry.full_spacing is None,
        is_across=plane.axis != 0,
        weigh=lambda frame: pixel_weights(geometry, plane, frame),
        to_patient=lambda points: geometry.to_patient(points[:, columns]),
    )


def pixel_weights(geometry: VolumeGeometry, plane: SlicePlane, frame: int) -> PixelWeights:
    """Return how many voxels of the usual height the pixels of a frame stand for."""
    if geometry.is_even:
        return 1.0
    weights = geometry.slice_weights
    if plane.axis == 0:
        return float(weights[frame])
    return weights[:, None] if plane.row_axis == 0 else weights[None, :]


def measure_mask(
    frame: int, mask: NDArray[np.bool_], native: NDArray[Any] | None = None, weights: PixelWeights = 1.0
) -> FrameMeasure | None:
    """Measure a frame, None where there is nothing.

    mask: bool (h, w); native: intensities (h, w), None where there are none; weights: see pixel_weights.
    """
    pixels = int(np.count_nonzero(mask))
    if not pixels:
        return None
    outline = _extremes(frame, mask)
    weight = pixels * weights if isinstance(weights, float) else float((mask * weights).sum())
    values = np.zeros(0) if native is None else native[mask].astype(np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        return FrameMeasure(frame, pixels, outline, weight=weight)
    mean = float(values.mean())
    squares = float(((values - mean) ** 2).sum())
    return FrameMeasure(frame, pixels, outline, values.size, mean, squares, weight)


def combine_measures(parts: Iterable[FrameMeasure], grid: Grid) -> Measure:
    """Return the measures of an object from its frames, in any order."""
    ordered = sorted(parts, key=lambda part: part.frame)
    weight = sum(part.weight for part in ordered)
    count, mean, squares = _intensities(ordered)
    size = grid.pixel_area
    return Measure(
        voxels=sum(part.pixels for part in ordered),
        volume=None if grid.voxel_volume is None else weight * grid.voxel_volume / 1000,
        diameter=_diameter(ordered, grid),
        mean=mean if count else None,
        deviation=float(np.sqrt(squares / count)) if count else None,
        areas=tuple(
            FrameArea(
                part.frame,
                part.pixels,
                None if size is None else (part.weight if grid.is_across else part.pixels) * size,
            )
            for part in ordered
        ),
    )


def measure_objects(
    frames: Iterable[tuple[int, Mapping[int, NDArray[np.bool_]]]],
    grid: Grid,
    native: Callable[[int], NDArray[Any]] | None = None,
) -> dict[int, Measure]:
    """Measure every object. frames: (frame, masks bool (h, w) by object id); native: reads intensities."""
    parts: dict[int, list[FrameMeasure]] = {}
    for frame, masks in frames:
        picture = native(frame) if native is not None and masks else None
        weights = grid.weigh(frame) if grid.weigh is not None and masks else 1.0
        for object_id, mask in masks.items():
            part = measure_mask(frame, mask, picture, weights)
            parts.setdefault(object_id, []).extend([] if part is None else [part])
    return {object_id: combine_measures(found, grid) for object_id, found in sorted(parts.items())}


def _intensities(parts: Iterable[FrameMeasure]) -> tuple[int, float, float]:
    """Join sums of squares without loss of precision (Chan et al., 1979)."""
    count, mean, squares = 0, 0.0, 0.0
    for part in parts:
        if part.count:
            gap, whole = part.mean - mean, count + part.count
            squares += part.squares + gap**2 * count * part.count / whole
            mean += gap * part.count / whole
            count = whole
    return count, mean, squares


def _diameter(parts: Sequence[FrameMeasure], grid: Grid) -> float | None:
    if grid.to_patient is None or not parts:
        return None
    points = [grid.to_patient(part.outline) for part in parts]
    return max(largest_distance(found) for found in (points if grid.is_flat else [np.concatenate(points)]))


def largest_distance(points: Points) -> float:
    """Return the largest distance between any two of points (n, 3), exactly.

    Only points near the surface of the smallest sphere around the middle that holds all can be an end of it.
    """
    centered = points - (points.min(axis=0) + points.max(axis=0)) / 2
    radius = np.linalg.norm(centered, axis=1)
    start = centered[radius.argmax()]
    least = 0.0
    for _ in range(3):
        distance = np.linalg.norm(centered - start, axis=1)
        least, start = max(least, float(distance.max())), centered[distance.argmax()]
    ends = centered[radius >= (least - float(radius.max())) * (1 - 1e-9) - 1e-9]
    return max(least, _farthest(ends))


def _farthest(points: Points) -> float:
    squares = (points**2).sum(axis=1)
    farthest = 0.0
    step = max(1, _PAIRS_AT_ONCE // max(1, len(points)))
    for first in range(0, len(points), step):
        part = slice(first, first + step)
        # |a - b|² = |a|² + |b|² - 2ab is fast but rounds; the pair that it finds is measured again.
        squared = squares[part, None] + squares - 2 * points[part] @ points.T
        row, column = np.unravel_index(squared.argmax(), squared.shape)
        farthest = max(farthest, float(np.linalg.norm(points[first + row] - points[column])))
    return farthest


def _extremes(frame: int, mask: NDArray[np.bool_]) -> Points:
    """Pixels that are first or last in row and column, (n, 3); only they can be farthest apart.

    The distance to any point is convex along a line, so it is largest at one of the line's ends.
    """
    ys, xs = np.nonzero(_ends(mask) & _ends(mask.T).T)
    return np.column_stack([np.full(len(ys), frame), ys, xs]).astype(np.float64)


def _ends(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the first and the last pixel set in every row."""
    found = np.zeros_like(mask)
    rows = np.flatnonzero(mask.any(axis=1))
    found[rows, mask[rows].argmax(axis=1)] = True
    found[rows, mask.shape[1] - 1 - mask[rows, ::-1].argmax(axis=1)] = True
    return found
