"""The series in a folder of DICOM files."""

import bisect
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.annotation import SeriesInfo
from app.domain.errors import SequenceError, SeveralSeries, SourceOutOfReach
from app.files.access import list_folder, require_ends
from app.storage.volume.dicom.acquisitions import split_acquisitions
from app.storage.volume.dicom.clips import split_clips
from app.storage.volume.dicom.dicom_headers import DAMAGE, read_headers, read_series_uid
from app.storage.volume.dicom.dicom_signature import is_index
from app.storage.volume.dicom.dicomdir import is_index_file, listed_files
from app.storage.volume.dicom.left_out import LeftOut
from app.storage.volume.dicom.series_parts import find_stacks
from app.storage.volume.dicom.slice_header import SliceHeader
from app.storage.volume.dicom.time_points import mark_cines

_FILE_LIMIT: Final = 50_000  # chosen by hand: a whole archive opened by mistake ends soon
_SIBLINGS: Final = 16  # files beside one that are looked at for its series; chosen by hand


@dataclass(frozen=True, slots=True)
class DicomFolder:
    """The DICOM series of a folder or file."""

    #: headers by SeriesInstanceUID, or its parts as find_stacks and split_acquisitions name them
    series: dict[str, list[SliceHeader]]
    aside: dict[str, list[SliceHeader]]  #: likewise, of what is no slice of the stack that it came with
    warnings: tuple[str, ...]  #: what is left out or joined, and why

    @property
    def all(self) -> dict[str, list[SliceHeader]]:
        """All that can be chosen."""
        return self.series | self.aside


def scan_folder(path: Path) -> DicomFolder:
    """Read the headers of a file, of all files in a folder and below it, or of those that a DICOMDIR names.

    Raises SequenceError when there is no DICOM picture in it, or its drive goes away meanwhile.
    """
    files, notes = _files(path)
    left = LeftOut()
    series: dict[str, list[SliceHeader]] = {}
    for file in files:
        for header in _read(file, left):
            series.setdefault(header.series_uid, []).append(header)
    if not series:
        raise left.error(path)
    if any(isinstance(error, SourceOutOfReach) for error in left.refused.values()):
        require_ends(
            next(iter(series.values()))[0].path
        )  # or a part of a series would be taken for all of it
    parts = find_stacks(series)
    warnings = (*parts.warnings, *notes, *left.warnings())
    stacks = mark_cines(split_clips(split_acquisitions(parts.stacks)))
    return DicomFolder(stacks, parts.aside, warnings)


def _read(file: Path, left: LeftOut) -> list[SliceHeader]:
    try:
        headers = read_headers(file)
    except SequenceError as error:
        left.refused[file] = error
    except DAMAGE as error:
        left.add_unreadable(file, error)
    else:
        left.documents += [] if headers else [file]
        return headers
    return []


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
        for uid, headers in found.all.items()
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
        return found.all[matches[0]]
    # Work that was begun before its acquisitions were told apart stays on all of their slices.
    if parts := [uid for uid in found.series if series is not None and uid.startswith(f"{series}#")]:
        return [header for uid in parts for header in found.series[uid]]
    # One slice of those that were joined since.
    if own := [header for part in found.all.values() for header in part if header.series_uid == series]:
        return own
    if series is None:
        raise SeveralSeries(infos, path)
    listed = "; ".join(str(info) for info in infos)
    raise SequenceError(
        f"There is no one series {series} here: {listed}.",
        subject=path,
        remedy="Choose one by its UID or number.",
    )


def _files(path: Path) -> tuple[list[Path], list[str]]:
    """Return the files to read, and what is to be said of those that are missing."""
    if not path.is_file():
        return _walk(path), []
    if not is_index_file(path):
        return [path], []
    try:
        files, missing = listed_files(path)
    except DAMAGE as error:
        raise SequenceError(
            "The index of the disc is damaged.", subject=path, remedy="Open its folder instead."
        ) from error
    if not files:
        return _walk(path.parent), []
    are = "1 file is" if missing == 1 else f"{missing} files are"
    return files, [f"{are} named by {path.name} but not there."] if missing else []


def _walk(folder: Path) -> list[Path]:
    """Regular files, hidden ones and DICOM's own directory left out; links are not followed."""
    files: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(root, name)
            if not name.startswith(".") and not is_index(file) and file.is_file():
                files.append(file)
        if len(files) > _FILE_LIMIT:
            raise SequenceError(
                f"There are more than {_FILE_LIMIT:,} files here.",
                subject=folder,
                remedy="Open the folder of one study.",
            )
    return files


def has_siblings(file: Path, header: SliceHeader) -> bool:
    """Whether more files of a slice's series lie beside it; only some of a large folder are looked at."""
    beside = sorted(path for path in list_folder(file.parent) if path.suffix == file.suffix and path != file)
    near = bisect.bisect(beside, file)
    for path in beside[max(0, near - _SIBLINGS // 2) : near + _SIBLINGS // 2]:
        if read_series_uid(path) == header.series_uid != "":
            return True
    return False
