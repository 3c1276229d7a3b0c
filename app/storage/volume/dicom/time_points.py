"""DICOM series over time: a cine of one place, or several volumes in the same places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.storage.volume.dicom.dicom_stack import group_by_position
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
