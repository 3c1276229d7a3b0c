"""The series in a folder of DICOM files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.annotation import SeriesInfo
from app.domain.errors import SequenceError, SeveralSeries
from app.storage.volume.dicom.acquisitions import split_acquisitions
from app.storage.volume.dicom.dicom_headers import DAMAGE, SliceHeader, read_headers

_FILE_LIMIT: Final = 50_000  # chosen by hand: a whole archive opened by mistake ends soon
_NAMES_SHOWN: Final = 3  # file names in a message; more are counted


@dataclass(frozen=True, slots=True)
class DicomFolder:
    """The DICOM series of a folder or file."""

    series: dict[
        str, list[SliceHeader]
    ]  #: headers by SeriesInstanceUID, or its parts as split_acquisitions names them
    others: tuple[Path, ...]  #: files that are no DICOM pictures


def scan_folder(path: Path) -> DicomFolder:
    """Read the headers of a file, or of all files in a folder and below it.

    Raises SequenceError when there is no DICOM picture in it.
    """
    files = [path] if path.is_file() else _files(path)
    series: dict[str, list[SliceHeader]] = {}
    others = []
    for file in files:
        try:
            headers = read_headers(file)
        except DAMAGE:
            others.append(file)
            continue
        for header in headers:
            series.setdefault(header.series_uid, []).append(header)
    if not series:
        raise SequenceError(
            "There is no DICOM picture here." if path.is_dir() else "This is not a DICOM picture.",
            subject=path,
        )
    return DicomFolder(split_acquisitions(series), tuple(others))


def list_series_info(found: DicomFolder) -> tuple[SeriesInfo, ...]:
    """Return the series, largest first."""
    infos = [
        SeriesInfo(
            uid=uid,
            number=headers[0].series_number,
            modality=headers[0].modality,
            description=headers[0].description,
            slices=len(headers),
            width=headers[0].columns,
            height=headers[0].rows,
        )
        for uid, headers in found.series.items()
    ]
    return tuple(sorted(infos, key=lambda info: (-info.slices, info.uid)))


def choose_series(found: DicomFolder, series: str | None, path: Path) -> list[SliceHeader]:
    """Return the slices of a series, by its UID or number; of the only one where there is one.

    Raises SeveralSeries when the choice is missing, SequenceError when there is no such series.
    """
    if series is None and len(found.series) == 1:
        return next(iter(found.series.values()))
    infos = list_series_info(found)
    matches = [info.uid for info in infos if series in (info.uid, info.number)]
    if series is not None and len(matches) == 1:
        return found.series[matches[0]]
    # Work that was begun before its acquisitions were told apart stays on all of their slices.
    if parts := [uid for uid in found.series if series is not None and uid.startswith(f"{series}#")]:
        return [header for uid in parts for header in found.series[uid]]
    if series is None:
        raise SeveralSeries(infos, path)
    listed = "; ".join(str(info) for info in infos)
    raise SequenceError(
        f"There is no one series {series} here: {listed}.",
        subject=path,
        remedy="Choose one by its UID or number.",
    )


def name_some(paths: Sequence[Path]) -> str:
    """Return the first few file names, and how many more there are."""
    names = ", ".join(path.name for path in paths[:_NAMES_SHOWN])
    more = len(paths) - _NAMES_SHOWN
    return f"{names} and {more} more" if more > 0 else names


def _files(folder: Path) -> list[Path]:
    """Regular files, hidden ones and DICOM's own directory left out; links are not followed."""
    files: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(root, name)
            if not name.startswith(".") and name != "DICOMDIR" and file.is_file():
                files.append(file)
        if len(files) > _FILE_LIMIT:
            raise SequenceError(
                f"There are more than {_FILE_LIMIT:,} files here.",
                subject=folder,
                remedy="Open the folder of one study.",
            )
    return files
