"""The index of a medium, DICOMDIR (PS3.3 F): which files belong to its studies."""

from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import MediaStorageDirectoryStorage

from app.storage.volume.dicom.dicom_headers import pydicom_silenced
from app.storage.volume.dicom.dicom_signature import is_index

_META: Final = 2**11  # bytes that hold the file meta information, which names the kind


def is_index_file(path: Path) -> bool:
    """Whether a file is an index by its name or, if it has another, by its kind. Raises OSError."""
    with open(path, "rb") as file:
        return is_index(path) or MediaStorageDirectoryStorage.encode() in file.read(_META)


def listed_files(index: Path) -> tuple[list[Path], int]:
    """Return the files that an index names and that are there, and how many of those named are not.

    Only files in the index's own folder and below count. Raises one of dicom_headers.DAMAGE.
    """
    with pydicom_silenced():
        records = dcmread(index, force=True).get("DirectoryRecordSequence") or []
        named = [parts for record in records if (parts := _parts(record))]
    known: dict[Path, dict[str, Path]] = {}
    found = [path for parts in named if (path := _find(index.parent, parts, known)) is not None]
    return list(dict.fromkeys(found)), len(named) - len(found)


def _parts(record: Dataset) -> list[str]:
    value = record.get("ReferencedFileID")
    if not value:
        return []
    return [str(part).strip() for part in value] if isinstance(value, (MultiValue, list)) else [str(value)]


def _find(folder: Path, parts: list[str], known: dict[Path, dict[str, Path]]) -> Path | None:
    """Follow the components of a name, in upper or lower case; None where one is missing or no name."""
    place = folder
    for part in parts:
        if place not in known:
            known[place] = _names(place)
        found = known[place].get(_plain(part))
        if found is None or found.is_symlink():
            return None
        place = found
    return place if place.is_file() else None


def _names(folder: Path) -> dict[str, Path]:
    try:
        return {_plain(entry.name): entry for entry in folder.iterdir()}
    except OSError:
        return {}


def _plain(name: str) -> str:
    return name.upper().split(";")[0].rstrip(".")
