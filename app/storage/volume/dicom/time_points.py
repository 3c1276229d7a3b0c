"""DICOM series over time: a cine of one place, or several volumes in the same places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.storage.volume.dicom.dicom_stack import group_by_position
from app.storage.volume.dicom.series_parts import is_parallel
from app.storage.volume.dicom.slice_header import SliceHeader

OVER_TIME = "@all"  # the end of the key of a series whose slices follow in time, place after place


def find_time_points(
    stacks: Mapping[str, list[SliceHeader]],
) -> tuple[dict[str, list[SliceHeader]], dict[str, list[SliceHeader]]]:
    """Return the stacks, those of one place as pictures over time, and what else can be chosen of the others.

    Of several volumes in the same places that is each volume, with the key "UID@1", "UID@2", …, and all of them
    over time, "UID@all"; the stack itself stands for the first.
    """
    found: dict[str, list[SliceHeader]] = {}
    choices: dict[str, list[SliceHeader]] = {}
    for uid, headers in stacks.items():
        groups = _group_by_time(headers)
        times = len(groups[0]) if groups else 1
        over_time = [replace(header, is_over_time=True) for group in groups for header in group]
        if len(groups) == 1 and times > 1:
            found[uid] = over_time
            continue
        found[uid] = headers
        if times < 2:
            continue
        name = headers[0].series_number
        choices[f"{uid}{OVER_TIME}"] = [
            replace(header, series_number=f"{name} over time, place after place".strip())
            for header in over_time
        ]
        for time in range(times):
            title = f"{name} time point {time + 1}".strip()
            choices[f"{uid}@{time + 1}"] = [replace(group[time], series_number=title) for group in groups]
    return found, choices


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
