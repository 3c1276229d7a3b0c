"""Folder of a tuned model: the graphs that it was tuned from, with other weights of the decoders."""

import hashlib
import json
import shutil
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Final

from app.domain.errors import ModelError, StorageFull
from app.files.atomic_folder import move_folder, temporary_folder
from app.models.default.shipped_graphs import DECODERS, MANIFEST, SHIPPED, read_manifest
from app.models.library.site_model import RECORD, REMEDY, SiteRecord, read_record

WEIGHTS: Final = tuple(f"{name}.pdiparams" for name in DECODERS)


def check_programs(folder: Path) -> None:
    """Compare the programs of a tuned model with those that ship.

    Raises ModelError where they differ: the model was tuned by another version, whose graphs take other inputs.
    """
    ours, theirs = read_manifest(SHIPPED[read_record(folder).base]), read_manifest(folder)
    if any(theirs.get(name) != value for name, value in ours.items() if name.endswith(".pdmodel")):
        raise ModelError(
            "This model was tuned by another version of Framewise.", subject=folder.name, remedy=REMEDY
        )


def store_site_model(library: Path, weights: Path, record: SiteRecord) -> Path:
    """Write a tuned model into the library and return its folder, named by the day.

    weights: folder of the decoders'; the rest is that of the model it was tuned from. Raises StorageFull, ModelError.
    """
    start = SHIPPED[record.base]
    try:
        library.mkdir(parents=True, exist_ok=True)
        with temporary_folder(library) as draft:
            whole = draft / "model"
            whole.mkdir()
            for name in read_manifest(start):
                shutil.copyfile(start / name, whole / name)
            for name in WEIGHTS:
                shutil.copyfile(weights / name, whole / name)
            sums = {name: _digest(whole / name) for name in read_manifest(start)}
            (whole / MANIFEST).write_text(json.dumps(sums, indent=1) + "\n")
            (whole / RECORD).write_text(json.dumps(asdict(record), indent=1) + "\n")
            return _place(whole, library, f"site-{record.made}")
    except OSError as error:
        raise StorageFull(
            f"The tuned model cannot be written ({error.strerror}).",
            subject=library,
            remedy="Free some space.",
        ) from error


def _place(whole: Path, library: Path, name: str) -> Path:
    for number in count(1):
        target = library / (name if number == 1 else f"{name}-{number}")
        try:
            move_folder(whole, target)
        except FileExistsError:
            continue
        return target
    raise AssertionError


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
