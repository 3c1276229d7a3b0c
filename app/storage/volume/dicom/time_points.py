"""DICOM series over time: a cine of one place, or several volumes in the same places."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from app.storage.volume.dicom.dicom_stack import DicomStack, group_by_position
from app.storage.volume.dicom.series_parts import is_parallel
from app.storage.volume.dicom.slice_header import SliceHeader


def mark_cines(stacks: Mapping[str, list[SliceHeader]]) -> dict[str, list[SliceHeader]]:
    """Return the stacks; those of one place, and those in colour, as pictures over time, place after place.

    Several volumes in the same places stay one stack, which build_stack takes apart.
    """
    return {uid: _over_time(headers) or headers for uid, headers in stacks.items()}


def _over_time(headers: Sequence[SliceHeader]) -> list[SliceHeader]:
    """Return the slices as pictures over time, [] where they are volumes."""
    groups = _group_by_time(headers)
    is_volume = len(groups) != 1 and headers[0].samples == 1
    if not groups or len(groups[0]) < 2 or is_volume:
        return []
    return [replace(header, is_over_time=True) for group in groups for header in group]


def _group_by_time(headers: Sequence[SliceHeader]) -> list[list[SliceHeader]]:
    """Return the slices of each place in the order of time; [] where places hold unequal numbers or are not known."""
    first = headers[0]
    distinct = {(header.sop_uid or str(header.path), header.frame): header for header in headers}
    slices = sorted(distinct.values(), key=lambda header: (*header.order, str(header.path)))
    if first.is_cine or any(not _is_placed(header, first) for header in slices):
        return []
    groups = group_by_position(slices)
    for group in groups:
        group.sort(key=lambda header: header.order)
    return groups if len({len(group) for group in groups}) == 1 else []


def _is_placed(header: SliceHeader, first: SliceHeader) -> bool:
    has_place = bool(header.position and header.orientation and header.pixel_spacing)
    return has_place and is_parallel(header, first)


def moments_of(stack: DicomStack) -> tuple[tuple[float, ...], float | None]:
    """Return the seconds of each time point of a whole stack from the first one, and those of a heartbeat.

    () and None where the series does not say. When a slice was taken is given for each (after the trigger, or on the
    clock), and slices may come minutes after each other, so the time that passes is that of the median slice. Else
    time points are a stated step, or equal parts of the heartbeat, apart.
    """
    if stack.times < 2:
        return (), None
    beats = [header.cycle for header in stack.slices if header.cycle is not None]
    cycle = median(beats) if beats else None
    step = stack.slices[0].step or (None if cycle is None else cycle / stack.times)
    moments = _taken(stack) or (() if step is None else tuple(n * step for n in range(stack.times)))
    return moments, cycle if cycle is not None and moments and cycle > moments[-1] else None


def _taken(stack: DicomStack) -> tuple[float, ...]:
    """Return the times by when slices were taken, () unless they rise."""
    stated = [header.moment for header in stack.slices]
    known = np.array([moment for moment in stated if moment is not None])
    if len(known) < len(stated):
        return ()
    by_time = known.reshape(stack.times, -1)
    passed = np.median(by_time - by_time[0], axis=1)
    return tuple(map(float, passed)) if (np.diff(passed) > 0).all() else ()
