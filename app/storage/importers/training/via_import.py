"""Annotations of the VGG Image Annotator (VIA 1 and 2): JSON, CSV and projects.

Its manual is part of the program: https://www.robots.ox.ac.uk/~vgg/software/via/. Coordinates are pixels.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.domain.errors import ImportMasksError
from app.storage.importers.import_job import LARGEST_DOCUMENT, ImportJob
from app.storage.importers.import_result import ImportedMasks
from app.storage.importers.training.foreign_masks import (
    UNUSABLE,
    ForeignMask,
    ForeignPicture,
    class_label,
    read_foreign,
)
from app.storage.importers.training.shape_outlines import (
    Outline,
    box_outline,
    ellipse_outline,
    outline_mask,
    reaches_beyond,
    read_shapes,
    turned,
    whole,
)

_PROJECT: Final = "_via_img_metadata"
_COLUMNS: Final = ("filename", "region_shape_attributes", "region_attributes")
# Names of the attribute that says what a region is, the likeliest first; any other one is taken where none is there.
_ATTRIBUTES: Final = ("class", "label", "category", "type", "name", "object")
_UNNAMED: Final = "object"  # the label of regions without attributes
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _ViaRegion:
    """One shape of a picture."""

    picture: str  #: name of its file
    shape: Document
    attributes: Document


def import_via(job: ImportJob) -> ImportedMasks | None:
    """Open what VIA saved. Polygons, rectangles, circles and ellipses are read, and lines that end where they began;
    points and other lines have no pixels, and are counted in a warning.

    VIA has no tracks: all there is of a label is one object, on a single picture each region.
    """
    try:
        is_table = job.path.suffix.lower() == ".csv" and job.path.is_file()
        found = _table(job.path) if is_table else _documents(job.document)
        if found is None:
            return None
        pictures, regions = found
        attribute, notes = _attribute(regions)
        named, lost = read_shapes((region.picture, partial(_read, region, attribute)) for region in regions)
    except (*UNUSABLE, csv.Error, RecursionError) as error:
        raise ImportMasksError(
            f"This is no VIA file that can be read ({type(error).__name__}: {error}).",
            subject=job.path,
            remedy="Save it again.",
        ) from error
    values = {name: value for value, name in enumerate(dict.fromkeys(name for _, name, _ in named), 1)}
    by_picture: dict[str, list[tuple[int, Outline]]] = {name: [] for name in pictures}
    for picture, name, outline in named:
        by_picture[picture].append((values[name], outline))
    notes += [*lost, *_warnings(job, [outline for *_, outline in named])]
    parts = [ForeignPicture(name, partial(_masks, shapes, job)) for name, shapes in by_picture.items()]
    classes = [class_label(value, name) for name, value in values.items()]
    return read_foreign(job, parts, classes, notes, has_values=False)


def _documents(document: Any) -> tuple[list[str], list[_ViaRegion]] | None:
    """Return the pictures and regions of a JSON, None for one that VIA did not save."""
    if not isinstance(document, dict):
        return None
    items = document.get(_PROJECT, document)
    if _PROJECT not in document and not (items and all(map(_is_picture, items.values()))):
        return None
    regions = [
        _region(item["filename"], region["shape_attributes"], region.get("region_attributes"))
        for item in items.values()
        for region in _listed(item.get("regions") or [])
    ]
    return [str(item["filename"]) for item in items.values()], regions


def _is_picture(item: object) -> bool:
    return isinstance(item, dict) and "filename" in item and "regions" in item


def _region(picture: object, shape: Document, attributes: object) -> _ViaRegion:
    return _ViaRegion(str(picture), shape, attributes if isinstance(attributes, dict) else {})


def _listed(regions: Any) -> Sequence[Document]:
    """Return the regions of a picture, which VIA 1 numbered."""
    return list(regions.values()) if isinstance(regions, dict) else regions


def _table(path: Path) -> tuple[list[str], list[_ViaRegion]] | None:
    """Return the pictures and regions of a CSV, None for one that VIA did not save."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header = next(csv.reader([file.readline(2**16)]), [])
        names = [name.strip().lstrip("#") for name in header]
        if not set(_COLUMNS) <= set(names):
            return None
        if path.stat().st_size > LARGEST_DOCUMENT // 4:
            raise ValueError("the file is too large")
        rows = [row for row in csv.DictReader(file, names) if row.get("filename")]
    regions = [
        _region(row["filename"], shape, _cell(row["region_attributes"]))
        for row in rows
        if (shape := _cell(row["region_shape_attributes"]))
    ]
    return [row["filename"] for row in rows], regions


def _read(region: _ViaRegion, attribute: str) -> tuple[str, str, Outline] | None:
    """Return the picture, label and outline of a region, None for one without pixels."""
    outline = _outline(region.shape)
    label = _value(region, attribute) or _UNNAMED
    return None if outline is None else (region.picture, label, whole(outline))


def _cell(text: str | None) -> Document:
    """Return the object in a cell; of a damaged one an object without a shape, which is counted as such."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"damaged": text}


def _outline(shape: Document) -> Outline | None:
    """Return the outline of a shape, None for points and open lines."""
    kind = shape["name"]
    if kind in ("polygon", "polyline"):
        points = np.array([shape["all_points_x"], shape["all_points_y"]], np.float64).T
        is_closed = len(points) > 3 and (points[0] == points[-1]).all()
        return points if kind == "polygon" or is_closed else None
    if kind == "rect":
        left, top, width, height = (float(shape[key]) for key in ("x", "y", "width", "height"))
        return box_outline(left, top, left + width, top + height)
    if kind not in ("circle", "ellipse"):
        return None
    x, y = float(shape["cx"]), float(shape["cy"])
    if kind == "circle":
        return ellipse_outline(x, y, float(shape["r"]), float(shape["r"]))
    ring = ellipse_outline(x, y, float(shape["rx"]), float(shape["ry"]))
    return turned(ring, float(np.degrees(float(shape.get("theta") or 0))), x, y)


def _attribute(regions: Sequence[_ViaRegion]) -> tuple[str, list[str]]:
    """Return the attribute that says what a region is, "" where there is none, and a warning on the others."""
    filled = Counter(name for region in regions for name in region.attributes if _value(region, name))
    if not filled:
        return "", [f"No region says what it is: they are called {_UNNAMED!r}."] if regions else []
    known = [name for wanted in _ATTRIBUTES for name in filled if str(name).casefold() == wanted]
    chosen = max(known or filled, key=lambda name: filled[name])
    left = sorted(str(name) for name in filled if name != chosen)
    told = f"Labels are the attribute {chosen!r}; others were left out: {', '.join(left)}."
    return chosen, [told] if left else []


def _value(region: _ViaRegion, name: str) -> str:
    """Return the value of an attribute; of several that are ticked all."""
    value = region.attributes.get(name)
    if isinstance(value, dict):
        value = ", ".join(str(option) for option, is_ticked in value.items() if is_ticked)
    return str(value or "").strip()


def _warnings(job: ImportJob, outlines: Sequence[Outline]) -> list[str]:
    notes = []
    beyond = sum(reaches_beyond(outline, job.info.height, job.info.width) for outline in outlines)
    if beyond:
        notes.append(
            f"Shapes that reach beyond the picture were cut ({beyond}): check that it has the right size."
        )
    if job.info.frames > 1:
        notes.append("VIA has no tracks: all there is of a label is one object.")
    return notes


def _masks(shapes: Sequence[tuple[int, Outline]], job: ImportJob) -> Iterator[ForeignMask]:
    for number, (label, outline) in enumerate(shapes, 1):
        key = f"label {label}" if job.info.frames > 1 else f"region {number}"
        yield ForeignMask(key, label, outline_mask(outline, job.info.height, job.info.width))
