"""Annotations of Label Studio: its JSON and JSON-MIN, of pictures and of boxes in a film.

Format: https://labelstud.io/guide/task_format and the pages of its tags. Positions are percent of the picture's sides;
a box turns around its upper left corner, an ellipse lies and turns around (x, y).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.exporters.export_names import sequence_name
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks, require_size
from app.storage.importers.training.brush_runs import decode_brush
from app.storage.importers.training.film_boxes import FilmBox, box_pictures
from app.storage.importers.training.foreign_masks import (
    UNUSABLE,
    ForeignMask,
    ForeignPicture,
    class_label,
    own_folder,
    read_foreign,
)
from app.storage.importers.training.shape_outlines import (
    Outline,
    box_outline,
    ellipse_outline,
    outline_mask,
    read_shapes,
    turned,
    whole,
)

_MADE: Final = (
    "annotations",
    "completions",
    "predictions",
)  # what a task holds, the first that there is is taken
_FILE: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_UPLOADED: Final = re.compile(
    r"^[0-9a-f]{8}-(?=.)"
)  # what it puts before the name of a file that is uploaded
_UNNAMED: Final = "object"  # the label of regions without one
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _StudioTask:
    """A film, a picture or several, and the newest annotation of them."""

    names: tuple[str, ...]  #: of the files
    regions: tuple[Document, ...]
    times: int  #: how often it was annotated


@dataclass(frozen=True, slots=True)
class _DrawnRegion:
    """One shape of a picture."""

    picture: str  #: name of its file
    key: str
    label: str
    size: tuple[int, int]  #: of the picture, (h, w)
    shape: Outline | Sequence[int]  #: its outline, or the code of a brush stroke


def import_label_studio(job: ImportJob) -> ImportedMasks | None:
    """Open what Label Studio exported. Polygons, rectangles, ellipses and brush strokes are read, and boxes of a film,
    which move evenly between keyframes; key points have no pixels, and are counted in a warning.

    Of a task that several people did the newest annotation is taken, or the prediction where there is none.
    Pictures have no tracks: all there is of a label is one object, on a single picture each region.
    """
    found = _tasks(job.document)
    if found is None:
        return None
    try:
        rows: dict[str, list[Document]] = {}
        for number, item in enumerate(found):
            rows.setdefault(str(item.get("id", f"task {number}")), []).append(item)
        tasks = [_task(max(same, key=_age), len(same)) for same in rows.values()]
        films = [task for task in tasks if any("sequence" in region for region in task.regions)]
        pictures, names, notes = _film(films, job) if films else _pictures(tasks, job)
    except (*UNUSABLE, RecursionError) as error:
        raise ImportMasksError(
            f"This is no file of Label Studio that can be read ({type(error).__name__}: {error}).",
            subject=job.path,
            remedy="Export it again as JSON.",
        ) from error
    several = sum(task.times > 1 for task in tasks)
    if several:
        notes.append(f"Of what was annotated several times the newest was taken ({several}).")
    classes = [class_label(value, name) for name, value in names.items()]
    return read_foreign(job, pictures, classes, notes, has_values=False)


def _tasks(document: Any) -> list[Document] | None:
    """Return the tasks of a JSON, None for one that Label Studio did not write."""
    items = document if isinstance(document, list) else [document]
    is_own = bool(items) and all(
        isinstance(item, dict) and (_is_task(item) or _plain(item)) for item in items
    )
    return items if is_own else None


def _is_task(item: Document) -> bool:
    return "data" in item and any(isinstance(item.get(made), list) for made in _MADE)


def _plain(item: Document) -> list[Document]:
    """Return the regions of a task in JSON-MIN, where each control is a list beside the names of files."""
    lists = (value for value in item.values() if isinstance(value, list))
    return [one for part in lists for one in part if isinstance(one, dict) and _label(one) is not None]


def _task(item: Document, times: int) -> _StudioTask:
    """Read a task. times: how often it comes, as in JSON-MIN for each annotation."""
    if not _is_task(item):
        return _StudioTask(_names(item, item), tuple(_joined(_plain(item))), times)
    made = [
        [
            one
            for one in item.get(key) or []
            if isinstance(one.get("result"), list) and not one.get("was_cancelled")
        ]
        for key in _MADE
    ]
    done: list[Document] = next(filter(None, made), [])
    best = max(done, key=lambda one: (bool(one.get("ground_truth")), _age(one)), default=None)
    return _StudioTask(_names(item, item["data"]), tuple(_joined(best["result"] if best else [])), len(done))


def _age(annotation: Document) -> str:
    """Return when an annotation was changed, as a text that sorts."""
    return str(annotation.get("updated_at") or annotation.get("created_at") or "")


def _joined(results: Sequence[Document]) -> Iterator[Document]:
    """Yield each region with all that was said of it; a shape and its label may be two results of one id."""
    regions: dict[str, dict[str, Any]] = {}
    for number, result in enumerate(results, 1):
        known = regions.setdefault(str(result.get("id") or number), {"id": str(number)})
        known |= {**result, **(result.get("value") or {})}
    return iter(regions.values())


def _names(task: Document, data: Document) -> tuple[str, ...]:
    """Return the names of the files of a task, with their folders."""
    for value in (*data.values(), task.get("file_upload")):
        urls = value if isinstance(value, list) else [value]
        if urls and all(isinstance(url, str) and _FILE.search(_path(url)) for url in urls):
            return tuple(map(_path, urls))
    return ("",)


def _path(url: str) -> str:
    """Return the path in an address, as of an upload, a shared folder or a bucket."""
    parts = urlsplit(url)
    shared = parse_qs(parts.query).get("d")
    path = PurePath((shared[0] if shared else unquote(parts.path)).replace("\\", "/"))
    return str(path.with_name(_UPLOADED.sub("", path.name)) if "upload" in path.parts else path)


def _label(region: Document) -> str | None:
    """Return the label of a region, None where nothing is said of one."""
    lists = (
        value for key, value in region.items() if str(key).endswith("labels") and isinstance(value, list)
    )
    return next((str(value[0]) if value else _UNNAMED for value in lists), None)


def _pictures(
    tasks: Sequence[_StudioTask], job: ImportJob
) -> tuple[list[ForeignPicture], dict[str, int], list[str]]:
    """Return the pictures, the values of their labels, and warnings."""
    by_picture: dict[str, list[_DrawnRegion]] = {name: [] for task in tasks for name in task.names}
    shapes = [
        (task.names[0], partial(_region, task, region, job.info))
        for task in tasks
        for region in task.regions
        if _is_shape(region)
    ]
    found, notes = read_shapes(shapes)
    for region in found:
        by_picture[region.picture].append(region)
    values = {name: value for value, name in enumerate(dict.fromkeys(region.label for region in found), 1)}
    if job.info.frames > 1:
        notes.append("These regions have no tracks: all there is of a label is one object.")
    return (
        [ForeignPicture(name, partial(_masks, part, values, job)) for name, part in by_picture.items()],
        values,
        notes,
    )


def _is_shape(region: Document) -> bool:
    """Whether something is drawn; answers, texts and relations are no shapes."""
    return bool({"x", "points", "rle"} & region.keys())


def _region(task: _StudioTask, region: Document, info: SequenceInfo) -> _DrawnRegion | None:
    """Read a shape, None for one without pixels."""
    if region.get("image_rotation"):
        raise ValueError("it was drawn on a picture that was turned")
    picture = task.names[int(region.get("item_index") or 0)]
    height = int(region.get("original_height") or info.height)
    width = int(region.get("original_width") or info.width)
    stroke = region.get("rle")
    shape = stroke if isinstance(stroke, list) else _outline(region, height, width)
    label = _label(region) or _UNNAMED
    return (
        None if shape is None else _DrawnRegion(picture, str(region.get("id")), label, (height, width), shape)
    )


def _outline(region: Document, height: int, width: int) -> Outline | None:
    """Return the outline of a shape in pixels, None for a point or an open line."""
    scale = np.array([width, height], np.float64) / 100
    if "points" in region:
        return (
            None if region.get("closed") is False else whole(np.array(region["points"], np.float64) * scale)
        )
    (x, y), degrees = (
        np.array([region["x"], region["y"]], np.float64) * scale,
        float(region.get("rotation") or 0),
    )
    if "radiusX" in region:
        across, down = np.array([region["radiusX"], region["radiusY"]], np.float64) * scale
        return whole(turned(ellipse_outline(x, y, across, down), degrees, x, y))
    if "height" not in region:
        return None
    across, down = np.array([region["width"], region["height"]], np.float64) * scale
    return whole(turned(box_outline(x, y, x + across, y + down), degrees, x, y))


def _masks(
    regions: Sequence[_DrawnRegion], values: Mapping[str, int], job: ImportJob
) -> Iterator[ForeignMask]:
    for region in regions:
        require_size(Path(region.picture), region.size, job.info)
        shape, label = region.shape, values[region.label]
        mask = (
            outline_mask(shape, *region.size)
            if isinstance(shape, np.ndarray)
            else decode_brush(shape, *region.size)
        )
        yield ForeignMask(f"label {label}" if job.info.frames > 1 else f"region {region.key}", label, mask)


def _film(
    films: Sequence[_StudioTask], job: ImportJob
) -> tuple[list[ForeignPicture], dict[str, int], list[str]]:
    """Return the frames of the open film, the values of their labels, and warnings."""
    if job.info.frames == 1:
        raise ValueError("it is about a film")
    own = own_folder([Path(task.names[0]).with_suffix("") for task in films], job.info, job.path)
    task = next(task for task in films if Path(task.names[0]).with_suffix("") == own)
    counts = {int(region["framesCount"]) for region in task.regions if region.get("framesCount")}
    theirs = max(counts, default=job.info.frames)
    is_same = abs(theirs - job.info.frames) <= 1
    step = 1.0 if is_same else job.info.frames / theirs
    boxes, notes = read_shapes(
        (
            task.names[0],
            partial(
                FilmBox.read, f"box {region['id']}", _label(region) or _UNNAMED, region["sequence"], step
            ),
        )
        for region in task.regions
        if "sequence" in region
    )
    values = {name: value for value, name in enumerate(dict.fromkeys(box.label for box in boxes), 1)}
    if not is_same and own.name not in (sequence_name(job.info), job.info.name):
        raise ValueError(
            f"it is about the film {own.name} of {theirs} frames, and this one has {job.info.frames}"
        )
    if not is_same:
        told = f"Label Studio counted {theirs} frames and the film has {job.info.frames}"
        notes.append(f"{told}: boxes were put at the same share of its length. Look at one.")
    return box_pictures(boxes, values, job.info), values, notes
