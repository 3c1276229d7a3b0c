"""What is measured of an object: volume, largest diameter, intensity, area frame by frame. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_PAIRS_AT_ONCE: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Grid:
    """What pixels stand for. to_patient: takes points (n, 3), rows (frame, y, x), to millimetres.

    voxel_volume: cubic millimetres; pixel_area: square millimetres. All None where the scale is unknown.
    """

    voxel_volume: float | None = None
    pixel_area: float | None = None
    to_patient: Callable[[Points], Points] | None = None


@dataclass(frozen=True, slots=True)
class FrameArea:
    """The size of an object on one frame. area: square millimetres, None where the scale is unknown."""

    frame: int
    pixels: int
    area: float | None


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured of one object.

    volume: millilitres. diameter: millimetres between the two pixel centres that are farthest apart.
    mean, deviation: of the native intensities, over all pixels of the object that hold a finite number;
    the deviation is that of the population. None is what cannot be known.
    """

    voxels: int
    volume: float | None
    diameter: float | None
    mean: float | None
    deviation: float | None
    areas: tuple[FrameArea, ...]


class Measurer:
    """Measures one object, frame by frame, in any order; memory grows with its outline only."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._areas: list[FrameArea] = []
        self._outline: list[Points] = []
        self._count = 0
        self._mean = 0.0
        self._squares = 0.0

    def add(self, frame: int, mask: NDArray[np.bool_], native: NDArray[Any] | None = None) -> None:
        """Add a frame. mask: bool (h, w); native: intensities (h, w), None where there are none."""
        pixels = int(np.count_nonzero(mask))
        if not pixels:
            return
        size = self._grid.pixel_area
        self._areas.append(FrameArea(frame, pixels, None if size is None else pixels * size))
        if self._grid.to_patient is not None:
            self._outline.append(_extremes(frame, mask))
        if native is not None:
            self._add_intensities(native[mask].astype(np.float64))

    def result(self) -> Measure:
        """The measures of all frames added."""
        voxels = sum(area.pixels for area in self._areas)
        size = self._grid.voxel_volume
        return Measure(
            voxels=voxels,
            volume=None if size is None else voxels * size / 1000,
            diameter=self._diameter(),
            mean=self._mean if self._count else None,
            deviation=float(np.sqrt(self._squares / self._count)) if self._count else None,
            areas=tuple(sorted(self._areas, key=lambda area: area.frame)),
        )

    def _add_intensities(self, values: NDArray[np.float64]) -> None:
        """Join two sums of squares without loss of precision (Chan et al., 1979)."""
        values = values[np.isfinite(values)]
        if not values.size:
            return
        mean, count = float(values.mean()), self._count + values.size
        gap = mean - self._mean
        self._squares += float(((values - mean) ** 2).sum()) + gap**2 * self._count * values.size / count
        self._mean += gap * values.size / count
        self._count = count

    def _diameter(self) -> float | None:
        if self._grid.to_patient is None or not self._outline:
            return None
        return largest_distance(self._grid.to_patient(np.concatenate(self._outline)))


def measure(
    frames: Iterable[tuple[int, Mapping[int, NDArray[np.bool_]]]],
    grid: Grid,
    native: Callable[[int], NDArray[Any]] | None = None,
) -> dict[int, Measure]:
    """Measure every object. frames: (frame, masks bool (h, w) by object id); native: reads intensities."""
    measurers: dict[int, Measurer] = {}
    for frame, masks in frames:
        picture = native(frame) if native is not None and masks else None
        for object_id, mask in masks.items():
            measurers.setdefault(object_id, Measurer(grid)).add(frame, mask, picture)
    return {object_id: measurer.result() for object_id, measurer in sorted(measurers.items())}


def largest_distance(points: Points) -> float:
    """The largest distance between any two of points (n, 3), exactly.

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
    """The first and the last pixel set in every row."""
    found = np.zeros_like(mask)
    rows = np.flatnonzero(mask.any(axis=1))
    found[rows, mask[rows].argmax(axis=1)] = True
    found[rows, mask.shape[1] - 1 - mask[rows, ::-1].argmax(axis=1)] = True
    return found
