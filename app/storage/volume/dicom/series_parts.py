"""Series that are more or less than one stack: a localizer or screenshot among slices, or a series for each slice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.storage.volume.dicom.left_out import name_some
from app.storage.volume.dicom.slice_header import SliceHeader

COSINE_TOLERANCE: Final = 1e-3  # of direction cosines: 0.06 degrees, well above what headers round
SPACING_TOLERANCE: Final = 2e-3  # share of the pixel spacing; headers round it to three digits
_LEAST_JOINED: Final = 3  # series of one slice that are joined; two may be two views
_WIDEST_STEP: Final = 2.5  # steps between joined slices, in median steps; chosen by hand: one may be missing


@dataclass(frozen=True, slots=True)
class SeriesParts:
    """The stacks of a folder."""

    stacks: dict[
        str, list[SliceHeader]
    ]  #: to choose from, by SeriesInstanceUID; parts of one are UID+2, UID+3, …
    aside: dict[str, list[SliceHeader]]  #: what lay in a series beside its stack
    warnings: tuple[str, ...]


def find_stacks(series: Mapping[str, list[SliceHeader]]) -> SeriesParts:
    """Join series of one slice each that make one stack, and take out of each series what is no slice of its stack."""
    joined, notes = _join_single_slices(series)
    stacks: dict[str, list[SliceHeader]] = {}
    aside: dict[str, list[SliceHeader]] = {}
    for uid, headers in joined.items():
        parts = _split(headers)
        stacks[uid] = parts[0]
        rest = {f"{uid}+{n}": _numbered(part, n) for n, part in enumerate(parts[1:], 2)}
        if all(_is_aside(part, parts[0]) for part in rest.values()):
            aside |= rest
        else:
            stacks |= rest
    if aside:
        paths = list(dict.fromkeys(header.path for part in aside.values() for header in part))
        are = "1 picture is" if len(paths) == 1 else f"{len(paths)} pictures are"
        notes.append(
            f"{are} no slice of the stack, and left out: {name_some(paths)}. It can be chosen as a series of its own."
        )
    return SeriesParts(stacks, aside, tuple(notes))


def is_parallel(first: SliceHeader, second: SliceHeader) -> bool:
    """Whether two slices have the same orientation, as far as both headers give one."""
    if first.orientation is None or second.orientation is None:
        return first.orientation is second.orientation
    return bool(np.abs(np.subtract(first.orientation, second.orientation)).max() <= COSINE_TOLERANCE)


def has_same_pixels(first: SliceHeader, second: SliceHeader) -> bool:
    """Whether the pixels of two slices have one size, as far as both say."""
    if first.pixel_spacing is None or second.pixel_spacing is None:
        return True
    return bool(np.allclose(first.pixel_spacing, second.pixel_spacing, rtol=SPACING_TOLERANCE, atol=0))


def _numbered(part: Sequence[SliceHeader], n: int) -> list[SliceHeader]:
    return [replace(header, series_number=f"{header.series_number} part {n}".strip()) for header in part]


def _split(headers: Sequence[SliceHeader]) -> list[list[SliceHeader]]:
    """Return the parts of a series that are of one kind each, the largest first.

    A series that turns from picture to picture, as a rotating projection does, stays whole, and so do clips.
    """
    parts: list[list[SliceHeader]] = []
    for header in headers:
        own = next((part for part in parts if _is_alike(header, part[0])), None)
        if own is None:
            parts.append(own := [])
        own.append(header)
    largest = max(parts, key=len)
    if largest[0].is_cine:
        return [list(headers)]
    are_turned = all(_is_alike(part[0], parts[0][0], turned=True) for part in parts)
    if len(parts) > max(1, len(headers) // 2) and are_turned:
        return [list(headers)]
    return sorted(parts, key=lambda part: (part[0].is_aside, -len(part)))


def _is_alike(header: SliceHeader, first: SliceHeader, *, turned: bool = False) -> bool:
    return (
        (header.rows, header.columns, header.samples, header.is_aside)
        == (first.rows, first.columns, first.samples, first.is_aside)
        and has_same_pixels(header, first)
        and (turned or header.orientation is None or is_parallel(header, first))
    )


def _is_aside(part: Sequence[SliceHeader], main: Sequence[SliceHeader]) -> bool:
    return len(main) > 1 and not main[0].is_aside and (len(part) == 1 or part[0].is_aside)


def _join_single_slices(
    series: Mapping[str, list[SliceHeader]],
) -> tuple[dict[str, list[SliceHeader]], list[str]]:
    """Some programs give every slice a series of its own."""
    groups: list[dict[str, SliceHeader]] = []
    for uid, headers in series.items():
        if len(headers) == 1 and headers[0].position is not None and headers[0].orientation is not None:
            own = next(
                (group for group in groups if _is_of_one_scan(headers[0], next(iter(group.values())))), None
            )
            if own is None:
                groups.append(own := {})
            own[uid] = headers[0]
    joined, notes = dict(series), []
    for group in groups:
        if len(group) < _LEAST_JOINED or not _is_stack(list(group.values())):
            continue
        for uid in group:
            del joined[uid]
        joined[next(iter(group))] = list(group.values())
        notes.append(f"{len(group)} series of one slice each were joined to one volume.")
    return joined, notes


def _is_of_one_scan(header: SliceHeader, first: SliceHeader) -> bool:
    return (header.study_uid, header.reference_uid, header.modality) == (
        first.study_uid,
        first.reference_uid,
        first.modality,
    ) and _is_alike(header, first)


def _is_stack(headers: Sequence[SliceHeader]) -> bool:
    row, column = np.reshape(headers[0].orientation or (), (2, 3))
    steps = np.diff(np.sort(np.array([header.position for header in headers]) @ np.cross(row, column)))
    return bool(steps.min() > 0 and steps.max() <= _WIDEST_STEP * np.median(steps))
