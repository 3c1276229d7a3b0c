"""CVAT's own XML 1.1: tracks of a video, or shapes of images."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.importers.import_job import LARGEST_DOCUMENT, ImportJob
from app.storage.importers.import_result import ImportedMasks, require_size
from app.storage.importers.rle_import import decode_segmentation
from app.storage.importers.training.foreign_masks import (
    UNUSABLE,
    ForeignMask,
    ForeignPicture,
    class_label,
    own_folder,
    read_foreign,
    split_folders,
)

_SHAPES = frozenset({"polygon", "box", "mask"})
Shape = tuple[str, int, Xml.Element]  # object key, class, element


def import_cvat(job: ImportJob) -> ImportedMasks | None:
    """Open an XML of CVAT, or the folder that holds it. Polygons, boxes and masks are read; points, lines and
    ellipses have no pixels that CVAT says, and are counted in a warning.
    """
    path = _xml_file(job)
    if path is None:
        return None
    try:
        if path.stat().st_size > LARGEST_DOCUMENT // 4:
            raise ImportMasksError("The file is too large.", subject=path, remedy="Split it.")
        top = Xml.parse(path).getroot()  # noqa: S314 - expat bounds expansion itself, and reads no other file
        if top.tag != "annotations":
            return None
        for size in top.iterfind("meta//original_size"):
            require_size(
                path, (int(size.findtext("height", "0")), int(size.findtext("width", "0"))), job.info
            )
        names = [str(item.findtext("name")) for item in top.iterfind("meta//labels/label")]
        colors = [_color(item.findtext("color") or "") for item in top.iterfind("meta//labels/label")]
        used = [str(x.get("label")) for x in top.iter() if x.tag == "track" or x.tag in _SHAPES]
        values = {name: value for value, name in enumerate(dict.fromkeys((*names, *filter(None, used))), 1)}
        pictures = _tracks(top, values, job) if top.find("track") is not None else _images(top, values, job)
    except UNUSABLE as error:
        raise ImportMasksError(
            f"This is no CVAT file that fits ({type(error).__name__}: {error}).",
            subject=path,
            remedy="Export it again as CVAT 1.1.",
        ) from error
    classes: list[Label] = [
        class_label(value, name, colors[value - 1] if value <= len(colors) else ())
        for name, value in values.items()
    ]
    lost = sum(item.tag in ("points", "polyline", "ellipse", "cuboid") for item in top.iter())
    notes = [f"{path.name}: shapes without pixels were left out ({lost})."] if lost else []
    return read_foreign(job, pictures, classes, notes)


def _xml_file(job: ImportJob) -> Path | None:
    if job.path.is_file():
        return job.path if job.path.suffix.lower() == ".xml" else None
    found = [file for root in split_folders(job.path) for file in sorted(root.glob("*.xml"))]
    if not found:
        return None
    chosen = own_folder([path.with_suffix("") for path in found], job.info, job.path)
    return next(path for path in found if path.with_suffix("") == chosen)


def _tracks(top: Xml.Element, values: dict[str, int], job: ImportJob) -> list[ForeignPicture]:
    by_frame: dict[int, list[Shape]] = {}
    for track in top.iterfind("track"):
        key = f"track {track.get('id')}"
        for shape in track:
            if shape.tag in _SHAPES and shape.get("outside", "0") == "0":
                found = (key, values[str(track.get("label"))], shape)
                by_frame.setdefault(int(shape.attrib["frame"]), []).append(found)
    return [
        ForeignPicture(f"{frame:06d}", partial(_masks, shapes, job.info), frame)
        for frame, shapes in sorted(by_frame.items())
    ]


def _images(top: Xml.Element, values: dict[str, int], job: ImportJob) -> list[ForeignPicture]:
    pictures = []
    for image in top.iterfind("image"):
        shapes: list[Shape] = []
        for number, shape in enumerate(image, 1):
            if shape.tag in _SHAPES:
                label = values[str(shape.get("label"))]
                group = shape.get("group_id")
                alone = f"label {label}" if job.info.frames > 1 else f"shape {number}"
                shapes.append((alone if group in (None, "0") else f"{label} {group}", label, shape))
        size = int(image.attrib["height"]), int(image.attrib["width"])
        pictures.append(ForeignPicture(image.attrib["name"], partial(_masks, shapes, job.info, size)))
    return pictures


def _masks(
    shapes: list[Shape], info: SequenceInfo, size: tuple[int, int] | None = None
) -> Iterator[ForeignMask]:
    if size is not None and shapes:
        require_size(Path(info.name), size, info)
    for key, label, shape in shapes:
        yield ForeignMask(key, label, _mask(shape, info.height, info.width))


def _mask(shape: Xml.Element, height: int, width: int) -> NDArray[np.bool_]:
    if shape.tag == "mask":
        return _from_runs(shape, height, width)
    if shape.tag == "box":
        left, top, right, bottom = (float(shape.attrib[key]) for key in ("xtl", "ytl", "xbr", "ybr"))
        ring = [left, top, right, top, right, bottom, left, bottom]
    else:
        ring = [float(part) for point in shape.attrib["points"].split(";") for part in point.split(",")]
    return decode_segmentation([ring], height, width)


def _from_runs(shape: Xml.Element, height: int, width: int) -> NDArray[np.bool_]:
    """Return a mask of CVAT's run lengths: by row in a box, background first."""
    left, top, across, down = (int(float(shape.attrib[key])) for key in ("left", "top", "width", "height"))
    runs = np.array([int(part) for part in shape.attrib["rle"].split(",")], np.int64)
    mask = np.zeros((height, width), np.bool_)
    place = np.s_[top : top + down, left : left + across]
    if (
        left < 0
        or top < 0
        or mask[place].shape != (down, across)
        or (runs < 0).any()
        or runs.sum() != down * across
    ):
        raise ValueError("a mask that does not fit its box, or is not inside the picture")
    mask[place] = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(down, across)
    return mask


def _color(text: str) -> list[int]:
    try:
        return [int(text.removeprefix("#")[place : place + 2], 16) for place in (0, 2, 4)]
    except ValueError:
        return []
