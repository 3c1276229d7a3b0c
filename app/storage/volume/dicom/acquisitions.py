"""Acquisitions of one DICOM series that each cover the same part of the patient, told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.storage.volume.dicom.slice_header import SliceHeader

_SAME_PLACE: Final = 0.001  # millimetres; below the slices of micro-CT, above the rounding of copies
# Cosines; a series of several orientations is refused as a whole later.
_SAME_ORIENTATION: Final = 1e-3
# Slice thicknesses from slice to slice up to which an acquisition is whole without the others: chosen between 1 (no
# gaps) and 2 (every second slice, as interleaved MR takes them; those acquisitions are one volume).
_LARGEST_STEP: Final = 1.5


def split_acquisitions(series: Mapping[str, list[SliceHeader]]) -> dict[str, list[SliceHeader]]:
    """Split each series whose acquisitions overlap; the key of a part is "UID#acquisition".

    Acquisitions side by side stay one stack, and so do those in exactly the same places, which are its time points.
    """
    parts: dict[str, list[SliceHeader]] = {}
    for uid, headers in series.items():
        passes: dict[int, list[SliceHeader]] = {}
        for header in headers:
            passes.setdefault(header.acquisition, []).append(header)
        if not _overlap(list(passes.values())):
            parts[uid] = headers
            continue
        for number, own in sorted(passes.items()):
            name = f"{own[0].series_number} acquisition {number}".strip()
            parts[f"{uid}#{number}"] = [replace(header, series_number=name) for header in own]
    return parts


def _overlap(passes: Sequence[list[SliceHeader]]) -> bool:
    """Whether two whole acquisitions lie across one another without sharing all of their places."""
    if len(passes) < 2:
        return False
    whole: list[NDArray[np.float64]] = []
    for headers in passes:
        at = _places(headers, passes[0][0])
        if at is None:
            return False
        if _is_whole(at, headers[0]):
            whole.append(at)
    whole.sort(key=lambda at: (at[0], -at[-1]))
    widest = np.zeros(0)
    for at in whole:
        is_same = len(at) == len(widest) and bool(np.abs(at - widest).max() <= _SAME_PLACE)
        if len(widest) and not is_same and at[0] < widest[-1] - _SAME_PLACE:
            return True
        widest = at if not len(widest) or at[-1] > widest[-1] else widest
    return False


def _places(headers: Sequence[SliceHeader], first: SliceHeader) -> NDArray[np.float64] | None:
    """Return where slices lie along the stack, ascending, each place once; None where that is not known."""
    if first.orientation is None:
        return None
    for header in headers:
        if header.position is None or header.orientation is None:
            return None
        if np.abs(np.subtract(header.orientation, first.orientation)).max() > _SAME_ORIENTATION:
            return None
    row, column = np.reshape(first.orientation, (2, 3))
    at = np.sort(np.array([header.position for header in headers]) @ np.cross(row, column))
    places: NDArray[np.float64] = at[np.append(True, np.diff(at) > _SAME_PLACE)]
    return places


def _is_whole(at: NDArray[np.float64], header: SliceHeader) -> bool:
    """Whether an acquisition is a volume by itself, as one repeated slice and one half of an interleaved MR are not."""
    thickness = abs(header.spacing_between or header.thickness or 0.0)
    return len(at) > 1 and float(np.median(np.diff(at))) <= _LARGEST_STEP * thickness
