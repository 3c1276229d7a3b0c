"""labelme JSON: one file a picture."""

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.storage.importers.frame_match import few
from app.storage.importers.import_job import LARGEST_DOCUMENT, ImportJob
from app.storage.importers.import_result import ImportedMasks, require_size
from app.storage.importers.rle_import import decode_segmentation
from app.storage.importers.training.foreign_masks import (
    ForeignMask,
    ForeignPicture,
    class_label,
    read_foreign,
    split_folders,
)
from app.storage.importers.training.json_track_import import is_json_of

_MOST_NAMES = 255  # values of a label map
# Kinds that have pixels; X-AnyLabeling calls the outline of a turned box a rotation.
_SHAPES = ("polygon", "rotation", "rectangle", "circle", "mask")


def import_labelme(job: ImportJob) -> ImportedMasks | None:
    """Open a labelme file, or a folder of them. Shapes of one label and group_id are one object; polygons,
    rectangles, circles and masks are read, others are counted in a warning.
    """
    paths = _files(job.path)
    own = dict.fromkeys(path for path in paths if is_json_of(path, "shapes"))
    if not own:
        return None
    documents, notes = _documents(tuple(own))
    if other := [path.name for path in paths if path not in own]:
        notes.append(f"Files that are not of labelme were left out ({len(other)}): {few(other)}.")
    names = dict.fromkeys(str(x.get("label")) for item in documents.values() for x in item["shapes"])
    values = {name: value for value, name in enumerate(names, 1)}
    if len(values) > _MOST_NAMES:
        raise ImportMasksError(f"There are {len(values)} labels, and 255 fit.", subject=job.path)
    classes = _classes(values, job)
    pictures = [
        ForeignPicture(
            f"{path.parent.name}/{item.get('imagePath') or path.name}", partial(_masks, item, values, job)
        )
        for path, item in documents.items()
    ]
    lost = sum(_kind(shape) not in _SHAPES for item in documents.values() for shape in item["shapes"])
    if lost:
        notes.append(f"{job.path.name}: shapes without pixels were left out ({lost}).")
    return read_foreign(job, pictures, classes, notes, has_values=False)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.suffix.lower() == ".json" else []
    found = [
        file
        for root in split_folders(path)
        for file in sorted((*root.glob("*.json"), *root.glob("*/*.json")))
    ]
    return list(dict.fromkeys(found))


def _documents(paths: Sequence[Path]) -> tuple[dict[Path, Mapping[str, Any]], list[str]]:
    """Return the files that can be read, and a warning that names the others. Raises where none can be read."""
    found: dict[Path, Mapping[str, Any]] = {}
    bad: list[ImportMasksError] = []
    for path in paths:
        try:
            found[path] = _document(path)
        except ImportMasksError as error:
            bad.append(error)
    if not found:
        raise bad[0]
    named = few([Path(str(error.subject)).name for error in bad])
    return found, [f"Files that cannot be read were left out ({len(bad)}): {named}."] if bad else []


def _document(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > LARGEST_DOCUMENT // 16:
            raise ValueError("the file is too large")
        document = json.loads(path.read_text("utf-8"))
        if not isinstance(document["shapes"], list):
            raise TypeError("shapes is no list")
        return {**document, "shapes": [item for item in document["shapes"] if isinstance(item, dict)]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ImportMasksError(
            f"This is no labelme file ({type(error).__name__}: {error}).",
            subject=path,
            remedy="Save it again.",
        ) from error


def _classes(values: Mapping[str, int], job: ImportJob) -> list[Label]:
    """Return the classes; those that the sequence has too keep their colours."""
    colors = {label.name: label.color for label in job.labels}
    return [class_label(value, name, colors.get(name, ())) for name, value in values.items()]


def _masks(document: Mapping[str, Any], values: Mapping[str, int], job: ImportJob) -> Iterator[ForeignMask]:
    require_size(job.path, (int(document["imageHeight"]), int(document["imageWidth"])), job.info)
    for number, shape in enumerate(document["shapes"], 1):
        mask = _mask(shape, job.info.height, job.info.width)
        if mask is None:
            continue
        label, group = values[str(shape.get("label"))], shape.get("group_id")
        alone = f"label {label}" if job.info.frames > 1 else f"shape {number}"
        yield ForeignMask(alone if group is None else f"{label} {group}", label, mask)


def _kind(shape: Mapping[str, Any]) -> object:
    """Return the kind of a shape; early versions gave none, or null, to outlines."""
    return shape.get("shape_type") or "polygon"


def _mask(shape: Mapping[str, Any], height: int, width: int) -> NDArray[np.bool_] | None:
    """Return the pixels of a shape, None for points and lines, which have none."""
    kind, points = _kind(shape), np.asarray(shape["points"], np.float64)
    if kind in ("polygon", "rotation"):
        return decode_segmentation([points.ravel().tolist()], height, width)
    if kind == "mask":
        return _from_png(shape["mask"], points, height, width)
    if kind == "rectangle":
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return decode_segmentation([[left, top, right, top, right, bottom, left, bottom]], height, width)
    if kind == "circle":
        center, edge = points
        across, down = np.meshgrid(np.arange(width) + 0.5 - center[0], np.arange(height) + 0.5 - center[1])
        return np.asarray(np.hypot(across, down) <= np.hypot(*(edge - center)))
    return None


def _from_png(code: str, points: NDArray[np.float64], height: int, width: int) -> NDArray[np.bool_]:
    with Image.open(io.BytesIO(base64.b64decode(code))) as picture:
        if picture.width > width or picture.height > height:
            raise ValueError(f"a mask of {picture.width}x{picture.height}")
        part = np.asarray(picture) > 0
    x, y = (int(number) for number in points[0])
    mask = np.zeros((height, width), np.bool_)
    if x < 0 or y < 0 or mask[y : y + part.shape[0], x : x + part.shape[1]].shape != part.shape:
        raise ValueError("a mask that is not inside the picture")
    mask[y : y + part.shape[0], x : x + part.shape[1]] = part
    return mask
