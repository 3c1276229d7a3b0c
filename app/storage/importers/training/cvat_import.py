"""CVAT's own XML 1.1: tracks of a video, or shapes of images."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as Xml

from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.importers.import_job import LARGEST_DOCUMENT, ImportJob
from app.storage.importers.import_result import ImportedMasks, require_size
from app.storage.importers.training.cvat_shapes import SHAPES, between, shape_mask
from app.storage.importers.training.foreign_masks import (
    UNUSABLE,
    ForeignMask,
    ForeignPicture,
    class_label,
    own_folder,
    read_foreign,
    split_folders,
)

Shape = tuple[str, int, Xml.Element]  # object key, class, element


def import_cvat(job: ImportJob) -> ImportedMasks | None:
    """Open an XML of CVAT, or the folder that holds it. Polygons, boxes, ellipses and masks are read; points and lines
    have no pixels, and are counted in a warning.
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
        used = [str(x.get("label")) for x in top.iter() if x.tag == "track" or x.tag in SHAPES]
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
    lost = sum(item.tag in ("points", "polyline", "cuboid") for item in top.iter())
    notes = [f"{path.name}: shapes without pixels were left out ({lost})."] if lost else []
    return read_foreign(job, pictures, classes, notes, has_values=False)


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
    step = _step(top)
    for track in top.iterfind("track"):
        key, label = f"track {track.get('id')}", values[str(track.get("label"))]
        shapes = sorted((x for x in track if x.tag in SHAPES), key=lambda x: int(x.attrib["frame"]))
        seen = [shape for shape in shapes if shape.get("outside", "0") == "0"]
        for shape in (*seen, *between(shapes, step, job.info.frames)):
            by_frame.setdefault(int(shape.attrib["frame"]), []).append((key, label, shape))
    return [
        ForeignPicture("", partial(_masks, shapes, job.info), frame)
        for frame, shapes in sorted(by_frame.items())
    ]


def _step(top: Xml.Element) -> int:
    """Return how many frames a task goes on by, as its filter says; frames between are no part of it."""
    found = re.search(r"step\s*=\s*(\d{1,9})", top.findtext("meta//frame_filter") or "")
    return max(int(found[1]), 1) if found else 1


def _images(top: Xml.Element, values: dict[str, int], job: ImportJob) -> list[ForeignPicture]:
    pictures = []
    for image in top.iterfind("image"):
        shapes: list[Shape] = []
        for number, shape in enumerate(image, 1):
            if shape.tag in SHAPES:
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
        yield ForeignMask(key, label, shape_mask(shape, info.height, info.width))


def _color(text: str) -> list[int]:
    try:
        return [int(text.removeprefix("#")[place : place + 2], 16) for place in (0, 2, 4)]
    except ValueError:
        return []
