"""Boxes of Pascal VOC: an XML for each picture, as labelImg, Roboflow and the data sets without outlines have them."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as Xml

import numpy as np

from app.domain.annotation import SequenceInfo
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks, require_size
from app.storage.importers.training.foreign_masks import (
    ForeignMask,
    ForeignPicture,
    class_label,
    read_foreign,
    split_folders,
)

_LARGEST: Final = 2**24  # bytes of one file; a thousand boxes take 2**18
_FOLDERS: Final = ("Annotations/*.xml", "*/Annotations/*.xml", "*/*/Annotations/*.xml")


def import_voc_boxes(job: ImportJob) -> ImportedMasks | None:
    """Open an XML of Pascal VOC, or a folder of them. A box is the mask of its pixels.

    The format has no tracks: all of a class is one object, on a single picture each box. Files that cannot be read are
    named when it is their turn.
    """
    roots = {path: root for path in _files(job.path) if (root := _root(path)) is not None}
    if not any(root.find("object/bndbox") is not None for root in roots.values()):
        return None
    names = dict.fromkeys(
        item.findtext("name", "") for root in roots.values() for item in root.iterfind("object")
    )
    values = {name: value for value, name in enumerate(filter(None, names), 1)}
    pictures = [
        ForeignPicture(root.findtext("filename") or path.name, partial(_masks, path, root, job.info, values))
        for path, root in roots.items()
    ]
    notes = ["Boxes are masks of all their pixels."]
    if job.info.frames > 1:
        notes.append("Pascal VOC has no tracks: all there is of a class is one object.")
    classes = [class_label(value, name) for name, value in values.items()]
    return read_foreign(job, pictures, classes, notes, has_values=False)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.suffix.lower() == ".xml" else []
    beside = (folder.glob("*.xml") for folder in split_folders(path))
    return sorted(chain(*beside, *(path.glob(pattern) for pattern in _FOLDERS)))


def _root(path: Path) -> Xml.Element | None:
    """Return the annotation of a picture, None for any other file."""
    try:
        if path.stat().st_size > _LARGEST:
            return None
        root = Xml.parse(path).getroot()  # noqa: S314 - expat bounds expansion itself, and reads no other file
    except (OSError, Xml.ParseError, ValueError, LookupError):
        return None
    return root if root.tag == "annotation" else None


def _masks(
    path: Path, root: Xml.Element, info: SequenceInfo, values: dict[str, int]
) -> Iterator[ForeignMask]:
    height, width = (int(root.findtext(f"size/{key}") or 0) for key in ("height", "width"))
    if height and width:
        require_size(path, (height, width), info)
    for number, item in enumerate(root.iterfind("object"), 1):
        label = values[item.findtext("name", "")]
        left, top, right, bottom = (
            round(float(item.findtext(f"bndbox/{key}", ""))) for key in ("xmin", "ymin", "xmax", "ymax")
        )
        mask = np.zeros((info.height, info.width), np.bool_)
        # VOC counts pixels from 1, and a box ends on its last pixel.
        mask[max(top - 1, 0) : max(bottom, 0), max(left - 1, 0) : max(right, 0)] = True
        yield ForeignMask(f"class {label}" if info.frames > 1 else f"box {number}", label, mask)
