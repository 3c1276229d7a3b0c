"""A series as one stack of slices: sorted, checked and placed in the patient."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.imaging.volume_geometry import Vector, VolumeGeometry
from app.storage.volume.dicom.left_out import name_some
from app.storage.volume.dicom.series_parts import is_parallel
from app.storage.volume.dicom.slice_header import SliceHeader

_SAME_PLACE: Final = 0.001  # millimetres; below the slices of micro-CT, above the rounding of copies
_UNEVEN: Final = 0.02  # share of the step: headers round positions
_LEAST_TILT: Final = 0.1  # degrees; below it a stack of 500 mm shifts by less than 1 mm


@dataclass(frozen=True, slots=True)
class DicomStack:
    """A series in order."""

    slices: tuple[
        SliceHeader, ...
    ]  #: sorted along the stack, those of each time point after those of the one before
    geometry: VolumeGeometry
    times: int  #: volumes that share these places, all of them or one in slices
    warnings: tuple[str, ...]  #: for the annotator


def build_stack(headers: Sequence[SliceHeader], time: int | None) -> DicomStack:
    """Sort the slices of a series and find where they lie; with several volumes in it, take number time or all (None).

    Raises SequenceError when the slices are no volume: colours, sizes or spacings of zero.
    """
    headers = sorted(headers, key=lambda header: (*header.order, str(header.path)))
    notes: list[str] = []
    _require_grey(headers)
    headers = _drop_duplicates(headers, notes)
    headers, is_placed = _drop_unplaced(headers, notes)
    if not is_placed:
        return DicomStack(tuple(headers), _unplaced_geometry(headers, notes), 1, tuple(notes))
    if (count := len({header.reference_uid for header in headers})) > 1:
        notes.append(
            f"The slices come from {count} frames of reference: the patient may have moved between them."
        )
    groups = group_by_position(headers)
    times = _times(groups, notes)
    if time is not None and not 0 <= time < times:
        what = f"There is no time point {time}; there are {times}."
        raise SequenceError(what, subject=headers[0].path.parent)
    chosen = range(times) if time is None else (time,)
    slices = tuple(group[at] for at in chosen for group in groups)
    geometry = _geometry(slices[: len(groups)], notes)
    return DicomStack(slices, geometry, times, tuple(notes))


def _require_grey(headers: Sequence[SliceHeader]) -> None:
    first = headers[0]
    for header in headers:
        if header.samples != 1 or not header.photometric.startswith("MONOCHROME"):
            what = "The series is in colour, so it has no intensities."
            raise SequenceError(what, subject=header.path, remedy="Convert it to a video.")
        if header.bits_allocated not in ((32, 64) if header.is_float else (8, 16, 32)):
            raise SequenceError(
                f"Pixels of {header.bits_allocated} bits cannot be shown.", subject=header.path
            )
        if header.pixel_spacing is not None and min(header.pixel_spacing) <= 0:
            raise SequenceError("The header gives a pixel size of zero.", subject=header.path)
    if min(first.rows, first.columns) < 1:
        raise SequenceError("The header gives a picture size of zero.", subject=first.path)


def _drop_duplicates(headers: Sequence[SliceHeader], notes: list[str]) -> list[SliceHeader]:
    """Keep one of each slice; programs that remove identity may give all slices of a series one UID."""
    seen: dict[tuple[str, Vector | None, tuple[int, int, int, int]], SliceHeader] = {}
    copies: list[Path] = []
    for header in headers:
        key = (header.sop_uid or str(header.path), header.position, header.order)
        if seen.setdefault(key, header) is not header:
            copies.append(header.path)
    if copies:
        notes.append(f"{_count(copies, 'slice')} twice in the series; one copy is used: {name_some(copies)}.")
    return list(seen.values())


def _drop_unplaced(headers: list[SliceHeader], notes: list[str]) -> tuple[list[SliceHeader], bool]:
    """Return the slices with a position, and True; all of them as numbered, and False, where none has."""
    known = [header for header in headers if header.position and header.orientation and header.pixel_spacing]
    lost = [header.path for header in headers if header not in known] if len(known) < len(headers) else []
    if not known or not all(is_parallel(header, known[0]) for header in known):
        return headers, False
    if lost:
        notes.append(f"{_count(lost, 'slice')} without a position left out: {name_some(lost)}.")
    return known, True


def _unplaced_geometry(headers: Sequence[SliceHeader], notes: list[str]) -> VolumeGeometry:
    """Return what can be measured without places: in the plane, and across slices whose distance is given."""
    first = headers[0]
    is_turned = not all(is_parallel(header, first) for header in headers)
    if is_turned:
        notes.append("The pictures lie in different planes, so no volume can be measured.")
    elif len(headers) > 1 and not all(header.position and header.orientation for header in headers):
        notes.append("The slices do not say where they lie.")
    if first.pixel_spacing is None:
        notes.append("The header gives no pixel size, so nothing can be measured in millimetres.")
    if first.is_at_detector:
        notes.append("Pixel sizes are those at the detector; what lies before it is smaller.")
    shape = (len(headers), first.rows, first.columns)
    depth = None if is_turned else first.spacing_between or (first.thickness if len(headers) == 1 else None)
    return VolumeGeometry(shape, _spacing(first, depth))


def _spacing(header: SliceHeader, depth: float | None) -> Vector | None:
    return None if header.pixel_spacing is None else (abs(depth or 0.0), *header.pixel_spacing)


def group_by_position(headers: Sequence[SliceHeader]) -> list[list[SliceHeader]]:
    """Return slices grouped by where they lie along the stack, ascending along the normal of the first."""
    normal = _normal(headers[0])
    at = np.array([header.position for header in headers]) @ normal
    groups: list[list[SliceHeader]] = []
    last = -math.inf
    for n in np.argsort(at, kind="stable"):
        if at[n] - last > _SAME_PLACE:
            groups.append([])
            last = float(at[n])
        groups[-1].append(headers[n])
    return groups


def _times(groups: Sequence[list[SliceHeader]], notes: list[str]) -> int:
    """Number of whole volumes; 1 where places hold unequal numbers of slices."""
    counts = {len(group) for group in groups}
    for group in groups:
        group.sort(key=lambda header: header.order)
    if len(counts) == 1:
        return counts.pop()
    extra = [header.path for group in groups for header in group[1:]]
    notes.append(
        f"{_count(extra, 'slice')} in the same place as another; the first is used: {name_some(extra)}."
    )
    return 1


def _geometry(slices: Sequence[SliceHeader], notes: list[str]) -> VolumeGeometry:
    first = slices[0]
    shape = (len(slices), first.rows, first.columns)
    normal = _normal(first)
    origins = np.array([header.position for header in slices])
    row_spacing, column_spacing = first.pixel_spacing or (1.0, 1.0)
    step = _step(slices, origins, normal)
    if step is None:
        notes.append("The slice does not say how thick it is, so no volume can be measured.")
        return VolumeGeometry(shape, _spacing(first, None))
    is_even = _is_even(origins, step)
    if not is_even:
        _warn_of_uneven_spacing(slices, origins @ normal, notes)
        step = float(np.median(np.diff(origins @ normal))) * normal
    tilt = _tilt(step, normal, first.tilt, notes)
    cosines = np.array(first.orientation).reshape(2, 3)
    columns = [cosines[0] * column_spacing, cosines[1] * row_spacing, step, origins[0]]
    affine = tuple(tuple(map(float, row)) for row in np.column_stack(columns))
    height = float(step @ normal) if tilt else float(np.linalg.norm(step))
    spacing = (height, row_spacing, column_spacing)
    places: tuple[Vector, ...] = (
        () if is_even else tuple((float(x), float(y), float(z)) for x, y, z in origins)
    )
    return VolumeGeometry(shape, spacing, affine, places, tilt)


def _step(
    slices: Sequence[SliceHeader], origins: NDArray[np.float64], normal: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return the vector from slice to slice; of a single one its thickness, None when that is unknown."""
    if len(slices) > 1:
        step: NDArray[np.float64] = (origins[-1] - origins[0]) / (len(slices) - 1)
        return step
    thickness = slices[0].spacing_between or slices[0].thickness
    return normal * thickness if thickness and thickness > 0 else None


def _is_even(origins: NDArray[np.float64], step: NDArray[np.float64]) -> bool:
    """Whether every slice is where the step says, to 2 % of it: headers round positions."""
    expected = origins[0] + np.arange(len(origins))[:, None] * step
    gap = np.linalg.norm(origins - expected, axis=1).max()
    return bool(gap <= max(_SAME_PLACE, _UNEVEN * float(np.linalg.norm(step))))


def _warn_of_uneven_spacing(slices: Sequence[SliceHeader], at: NDArray[np.float64], notes: list[str]) -> None:
    gaps = np.diff(at)
    usual = float(np.median(gaps))
    thick = np.array([header.thickness or 0.0 for header in slices])
    # Where slices get thicker, a wider step is no hole.
    reach = np.where(thick > 1.5 * np.median(thick), 1.1 * thick, 0.0)
    explained = gaps <= np.maximum(reach[:-1], reach[1:])
    holes = [
        n for n, gap in enumerate(gaps) if gap > 1.5 * usual and _is_multiple(gap, usual) and not explained[n]
    ]
    missing = sum(round(gaps[n] / usual) - 1 for n in holes)
    if missing:
        where = "; ".join(f"{slices[n].path.name} and {slices[n + 1].path.name}" for n in holes[:3])
        are = "slices seem" if missing > 1 else "slice seems"
        notes.append(f"{missing} {are} to be missing, between {where}.")
    rest = [gap for n, gap in enumerate(gaps) if n not in holes]
    if not missing or max(rest) - min(rest) > max(_SAME_PLACE, _UNEVEN * usual):
        notes.append(f"The slices are unevenly spaced, {gaps.min():.2f} to {gaps.max():.2f} mm apart.")


def _is_multiple(gap: float, usual: float) -> bool:
    return abs(gap / usual - round(gap / usual)) < 0.1


def _tilt(step: NDArray[np.float64], normal: NDArray[np.float64], stated: float, notes: list[str]) -> float:
    cosine = abs(float(step @ normal)) / float(np.linalg.norm(step))
    tilt = math.degrees(math.acos(min(1.0, cosine)))
    if tilt >= _LEAST_TILT:
        notes.append(f"The gantry was tilted: the slices are sheared by {tilt:.1f} degrees.")
        return tilt
    if abs(stated) >= _LEAST_TILT:
        notes.append(f"The gantry was tilted by {stated:.1f} degrees; the slices are stacked straight.")
    return 0.0


def _normal(header: SliceHeader) -> NDArray[np.float64]:
    cosines = np.array(header.orientation).reshape(2, 3)
    normal = np.cross(cosines[0], cosines[1])
    length = np.linalg.norm(normal)
    if length < 0.5:
        raise SequenceError("The header gives no sensible slice orientation.", subject=header.path)
    unit: NDArray[np.float64] = normal / length
    return unit


def _count(things: Sequence[object], noun: str) -> str:
    return f"1 {noun} is" if len(things) == 1 else f"{len(things)} {noun}s are"
