"""Import of masks: label maps as PNG, or COCO JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.exporters.export_ledger import read_ledger
from app.storage.exporters.export_names import sequence_name
from app.storage.importers.coco_import import read_coco
from app.storage.importers.image_import import read_pictures
from app.storage.importers.import_result import FoundMasks, ImportedMasks

__all__ = ["FoundMasks", "ImportedMasks", "read_masks"]


def read_masks(
    path: Path, info: SequenceInfo, labels: Sequence[Label], fingerprint: str = ""
) -> ImportedMasks:
    """Open a folder of label maps, a single one, or a COCO JSON. labels, fingerprint: those of the sequence.

    A label map is a palette or grey PNG whose pixels are label values, or an RGB one in exactly the colours of
    the labels; a list labels.txt beside them is read too. Masks that were exported come back bit for bit.
    Raises ImportMasksError, here or while frames are read, naming the file that does not fit.
    """
    if path.is_dir():
        return read_pictures(_picture_folder(path, info, fingerprint), info, labels)
    if path.suffix.lower() == ".json":
        return read_coco(path, info, labels)
    if path.suffix.lower() == ".png" and path.is_file():
        return read_pictures(path, info, labels)
    raise ImportMasksError(
        "These are no masks.", subject=path, remedy="Choose a folder of PNG label maps, or a COCO JSON file."
    )


def _picture_folder(path: Path, info: SequenceInfo, fingerprint: str) -> Path:
    """Return the folder itself or, in a folder of exports, that of the sequence's own masks."""
    owners = {name: owner for name, owner in read_ledger(path).items() if name.endswith("/mask")}
    own = [name for name, owner in owners.items() if owner == fingerprint]
    usual = [name for name in ("mask", f"{sequence_name(info)}/mask") if name not in owners]
    return next((path / name for name in (*own, *usual) if (path / name).is_dir()), path)
