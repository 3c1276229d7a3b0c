"""MOTS text files: "frame id class height width rle", a line a mask."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from app.domain.errors import ImportMasksError
from app.storage.importers.import_job import LARGEST_DOCUMENT, ImportJob
from app.storage.importers.import_result import ImportedMasks
from app.storage.importers.rle_import import decode_segmentation
from app.storage.importers.training.foreign_masks import (
    ForeignMask,
    ForeignPicture,
    own_folder,
    read_foreign,
    split_folders,
)
from app.storage.importers.training.object_map_import import mots_classes

_FIELDS, _IGNORED = 6, 10  # of a line; the class of pixels that do not count
_LARGEST_NUMBER = 10**9  # of a frame or object; chosen by hand, against absurd files


def import_mots_text(job: ImportJob) -> ImportedMasks | None:
    """Open a MOTS text file, or a folder with one for each sequence. Regions to be ignored are left out."""
    path = _text_file(job)
    is_empty_mots = path is not None and path.parent.name == "instances_txt" and not path.stat().st_size
    if path is None or not (is_empty_mots or _is_mots(path)):
        return None
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise ImportMasksError("The file is too large.", subject=path, remedy="Split it.")
    by_frame: dict[int, list[list[str]]] = {}
    with path.open(encoding="ascii", errors="replace") as file:
        for line in file:
            fields = line.split()
            if len(fields) == _FIELDS and fields[0].isdecimal() and fields[2] != str(_IGNORED):
                by_frame.setdefault(min(int(fields[0]), _LARGEST_NUMBER), []).append(fields)
    pictures = [
        ForeignPicture(f"{frame:06d}", partial(_masks, rows, job), frame) for frame, rows in by_frame.items()
    ]
    return read_foreign(job, pictures, mots_classes([path.parent, path.parents[1], path.parents[2]]))


def _text_file(job: ImportJob) -> Path | None:
    if job.path.suffix.lower() == ".txt" and job.path.is_file():
        return job.path
    found = [
        path for root in split_folders(job.path) for path in sorted((root / "instances_txt").glob("*.txt"))
    ]
    if not found:
        return None
    chosen = own_folder([path.with_suffix("") for path in found], job.info, job.path)
    return next(path for path in found if path.with_suffix("") == chosen)


def _is_mots(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(2**20).split()
    return len(first) == _FIELDS and all(field.isdigit() for field in first[:5])


def _masks(rows: list[list[str]], job: ImportJob) -> Iterator[ForeignMask]:
    for _, key, label, height, width, code in rows:
        item = {"size": [int(height), int(width)], "counts": code}
        yield ForeignMask(int(key), int(label), decode_segmentation(item, job.info.height, job.info.width))
