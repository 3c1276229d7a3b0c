"""The other series of a study: those of the same source, else scans that lie beside it."""

from itertools import islice
from pathlib import Path
from typing import Final

from app.domain.annotation import SeriesInfo, SeriesPlace
from app.files.access import list_folder
from app.files.suffixes import is_scan
from app.storage.volume.archive.unpacked_study import study_folder
from app.storage.volume.dicom.dicom_folder import choose_series, list_series_info, scan_folder
from app.storage.volume.dicom.dicom_search import holds_dicom
from app.storage.volume.dicom.slice_header import SliceHeader
from app.storage.volume.volume_opening import is_dicom

_MOST: Final = 50  # scans beside a source that are named; chosen by hand


def find_other_series(path: Path, series: str | None) -> tuple[SeriesPlace, ...]:
    """Return what can be shown beside a series of a source, largest first; scans or clips beside the source by name.

    Raises SequenceError when the source cannot be read.
    """
    if not is_dicom(path):
        return _files_beside(path)
    with study_folder(path) as place:
        found = scan_folder(place)
        mine = choose_series(found, series, path)
        others = [
            _place(path, info, "frame" if mine[0].is_cine else "slice")
            for info in list_series_info(found)
            if found.all[info.uid] is not mine and _is_like(found.all[info.uid][0], mine[0])
        ]
    if others:
        return tuple(others)
    return _clips_beside(path) if mine[0].is_clip and path.is_file() else _folders_beside(path)


def _is_like(one: SliceHeader, mine: SliceHeader) -> bool:
    """Whether one is a scan as mine is, or both are pictures over time."""
    if not mine.is_cine:
        return not one.is_cine
    return one.is_clip or one.is_over_time


def _place(path: Path, info: SeriesInfo, unit: str) -> SeriesPlace:
    number = f"   #{info.number}" if info.number else ""
    slices = f"{info.modality} {info.slices} {unit}{'' if info.slices == 1 else 's'}".strip()
    return SeriesPlace(str(path), info.uid, f"{info.description or 'Without a description'}{number}", slices)


def _files_beside(path: Path) -> tuple[SeriesPlace, ...]:
    files = sorted(file for file in list_folder(path.parent) if is_scan(file) and file != path)
    return tuple(SeriesPlace(str(file), None, file.name, "") for file in files[:_MOST] if not is_dicom(file))


def _clips_beside(path: Path) -> tuple[SeriesPlace, ...]:
    """Return the DICOM files beside one."""
    files = sorted(file for file in list_folder(path.parent) if file.is_file() and file != path)
    return tuple(SeriesPlace(str(file), None, file.name, "") for file in files[:_MOST] if is_dicom(file))


def _folders_beside(path: Path) -> tuple[SeriesPlace, ...]:
    """Return the folders of DICOM files beside one."""
    if not path.is_dir():
        return ()
    beside = sorted(found for found in path.parent.iterdir() if found.is_dir() and found != path)
    visible = (found for found in beside if not found.name.startswith("."))
    return tuple(
        SeriesPlace(str(found), None, found.name, "")
        for found in islice(visible, _MOST)
        if holds_dicom(found)
    )
