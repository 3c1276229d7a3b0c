"""Masks from COCO JSON, with or without the fields of video datasets."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import ImportMasksError
from app.domain.frame_order import order_of
from app.domain.label_colors import palette
from app.storage.exporters.coco_export import DESCRIPTION
from app.storage.exporters.export_names import sequence_name
from app.storage.importers.frame_match import match_frames
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_order import move_frames, say_order, stated_order
from app.storage.importers.import_result import (
    FoundMasks,
    ImportedMasks,
    Key,
    MaskFacts,
    require_size,
)
from app.storage.importers.interval_import import imported_tiers
from app.storage.importers.label_match import LabelMatch
from app.storage.importers.record_import import own_facts, score_of
from app.storage.importers.rle_import import decode_segmentation
from app.storage.importers.training.foreign_masks import own_names

Item = Mapping[str, Any]
# What an item that does not fit raises while it is read.
_UNUSABLE = (KeyError, TypeError, ValueError, OverflowError, AttributeError, ImportMasksError)


def import_coco(job: ImportJob) -> ImportedMasks | None:
    """Open a COCO JSON. An object is a track; without tracks it is all there is of a category, or on a single
    image each annotation. Scores are taken over, from our own exports also status, author and object. Raises
    ImportMasksError.
    """
    document, path, info = job.document, job.path, job.info
    if not isinstance(document, dict) or not {"images", "annotations"} & document.keys():
        return None
    imported = ImportedMasks((), iter(()))
    try:
        frames, notes = _frames(path, document, info)
        images = {item["id"]: item for item in _items(document, "images") if _plain(item.get("id")) in frames}
        by_frame: dict[int, list[Item]] = {}
        annotations = _items(document, "annotations")
        strange = len(document["annotations"]) - len(annotations)
        if strange and not annotations:
            raise TypeError("no annotation is an object")
        for item in (*annotations, *_empty_tracks(document, images.values())):
            by_frame.setdefault(_frame_of(item, frames), []).append(item)
        left = len(by_frame.pop(-1, [])) + strange
        used = {_plain(item.get("category_id")) for items in by_frame.values() for item in items}
        match = LabelMatch(job.labels, _labels(document, used), job.answer)
        match.warnings = imported.warnings = [*notes, *match.warnings]
        has_tracks = all(_track(item) is not None for items in by_frame.values() for item in items)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise _no_coco(path, error) from error
    if not has_tracks and info.frames > 1:
        imported.warnings.append(f"{path.name} has no tracks: all there is of a category is one object.")
    if left:
        imported.warnings.append(f"{path.name}: annotations of no frame were left out ({left}).")
    imported.labels, imported.clashes = tuple(match.made), match.clashes
    if _is_own(document) and "intervals" in document:
        _take_intervals(imported, path, document, frames)
    sizes = {key: _stated_size(item, info) for key, item in images.items()}
    imported.source = _read(path, by_frame, sizes, info, match, imported, is_own=_is_own(document))
    return imported


def _read(
    path: Path,
    by_frame: Mapping[int, Sequence[Item]],
    sizes: Mapping[int | str, tuple[int, int]],
    info: SequenceInfo,
    match: LabelMatch,
    imported: ImportedMasks,
    *,
    is_own: bool,
) -> Iterator[tuple[int, FoundMasks]]:
    bad: list[Exception] = []
    good = boxes = 0
    for frame, items in sorted(by_frame.items()):
        found: dict[Key, tuple[int, NDArray[np.bool_]]] = {}
        for number, item in enumerate(items, 1):
            try:
                foreign = int(item["category_id"])
                is_box = not is_own and not item.get("segmentation") and bool(item.get("bbox"))
                shape = [_corners(item["bbox"])] if is_box else item["segmentation"]
                if isinstance(shape, list):  # polygons name no size of their own
                    require_size(path, sizes.get(item["image_id"], (info.height, info.width)), info)
                mask = decode_segmentation(shape, info.height, info.width)
                require_size(path, mask.shape, info)
                key = _key(item, number if info.frames == 1 else None)
            except _UNUSABLE as error:
                bad.append(error)
                continue
            good, boxes = good + 1, boxes + is_box
            value = match.value(foreign, path.name)
            before = found.get(key)
            found[key] = (value, mask if before is None else before[1] | mask)
            imported.facts[frame, key] = _facts(item, is_own=is_own)
        imported.labels = tuple(match.made)
        yield frame, {key: layer for key, layer in found.items() if is_own or layer[1].any()}
    if bad and not good:
        raise bad[0] if isinstance(bad[0], ImportMasksError) else _no_coco(path, bad[0]) from bad[0]
    if boxes:
        imported.warnings.append(f"{path.name}: boxes without an outline were taken as masks ({boxes}).")
    if bad:
        imported.warnings.append(
            f"{path.name}: annotations without a usable mask were left out ({len(bad)})."
        )


def _corners(box: Any) -> list[float]:
    """Return the corners of [x, y, width, height] as a polygon. Raises TypeError or ValueError for anything else."""
    left, top, width, height = (float(number) for number in box)
    return [left, top, left + width, top, left + width, top + height, left, top + height]


def _take_intervals(
    imported: ImportedMasks, path: Path, document: Item, frames: Mapping[int | str, int]
) -> None:
    """Take the intervals of our own export, where its frames have the same numbers here."""
    images = [item for item in _items(document, "images") if _plain(item.get("id")) in frames]
    if any(item.get("frame_id") != frames[item["id"]] for item in images):
        imported.warnings.append(f"{path.name}: its intervals are of other frames, and were left out.")
        return
    rows = document["intervals"]
    try:
        found = imported_tiers(path, document.get("tiers", ()), rows if isinstance(rows, list) else [rows])
    except ImportMasksError as error:
        imported.warnings.append(str(error))
        return
    imported.tiers = found.tiers
    imported.warnings += found.warnings


def _items(document: Item, name: str) -> list[Item]:
    """Return what is an object of a list. Raises KeyError where there is no such list, TypeError for no list."""
    items = document[name]
    if not isinstance(items, list):
        raise TypeError(f"{name} is no list")
    return [item for item in items if isinstance(item, dict)]


def _frame_of(item: Item, frames: Mapping[int | str, int]) -> int:
    """Return the frame of an annotation, -1 for none."""
    return frames.get(_plain(item.get("image_id")), -1)


def _plain(value: Any) -> int | str:
    """Return an id that can be looked up, "" for what is none."""
    return value if isinstance(value, (int, str)) else ""


def _is_own(document: Item) -> bool:
    about = document.get("info")
    return isinstance(about, dict) and about.get("description") == DESCRIPTION


def _empty_tracks(document: Item, images: Iterable[Item]) -> list[Item]:
    """Return what our own export says of objects that are not on a frame, as annotations."""
    if not _is_own(document):
        return []
    return [
        {**track, "image_id": image["id"], "segmentation": {"size": size, "counts": [size[0] * size[1]]}}
        for image in images
        for size in [(image["height"], image["width"])]
        for track in image.get("empty_tracks", [])
    ]


def _facts(item: Item, *, is_own: bool) -> MaskFacts:
    """Return what an annotation says of its mask; status, author and object only where it is our own."""
    return own_facts(item, _track(item)) if is_own else MaskFacts(score=score_of(item))


def _key(item: Item, number: int | None) -> Key:
    """Return the key of an annotation's object. number: of the annotation on a single image."""
    track = _track(item)
    if isinstance(track, int):
        return track
    if track is not None:
        return f"track {track}"
    return f"category {item['category_id']}" if number is None else f"annotation {number}"


def _track(item: Item) -> Any:
    return item.get("track_id", item.get("instance_id"))


def _frames(path: Path, document: Item, info: SequenceInfo) -> tuple[dict[int | str, int], list[str]]:
    """Return the frame of each image of this sequence, by image id, and warnings."""
    images = [item for item in _items(document, "images") if _plain(item.get("id")) != ""]
    listed = _items(document, "videos") if "videos" in document else []
    videos = {_plain(item.get("id")): str(item.get("name", "")) for item in listed}
    if len(videos) > 1:
        own = [key for key, name in videos.items() if name in (info.name, sequence_name(info))]
        if not own:
            raise ImportMasksError(
                f"None of its {len(videos)} videos is called {sequence_name(info)!r}.",
                subject=path,
                remedy="Choose the file of this sequence.",
            )
        images = [item for item in images if item.get("video_id") in own]
    names = own_names({item["id"]: str(item.get("file_name", "")) for item in images}, info)
    numbers = {item["id"]: item.get("frame_id", item.get("frame_index")) for item in images}
    stated = {key: number for key, number in numbers.items() if isinstance(number, int) and key in names}
    frames, notes = match_frames(names, info, path, stated if len(stated) == len(names) else None)
    order = stated_order(listed[0], info, path) if listed and _is_own(document) else None
    if order is None:
        return frames, [*notes, *say_order(info, path)]
    return move_frames(frames, order, order_of(info)), notes


def _stated_size(item: Item, info: SequenceInfo) -> tuple[int, int]:
    """Return the (height, width) of an image; that of the sequence where it states none."""
    height, width = item.get("height"), item.get("width")
    if isinstance(height, int) and isinstance(width, int) and height > 0 and width > 0:
        return height, width
    return info.height, info.width


def _labels(document: Item, used: Collection[int | str]) -> list[Label]:
    """Return the categories that annotations have; one that cannot be read is like one that is not listed."""
    found = []
    for item in _items(document, "categories") if "categories" in document else []:
        with suppress(*_UNUSABLE):
            if item["id"] in used:
                found.append(_label(item))
    return found


def _label(item: Item) -> Label:
    value = int(item["id"])
    color = item.get("color")
    if not (isinstance(color, list) and len(color) == 3 and all(isinstance(part, int) for part in color)):
        color = palette()[value % len(palette())]
    red, green, blue = (min(max(part, 0), 255) for part in color)
    return Label(value, str(item.get("name", f"label {value}")), (red, green, blue))


def _no_coco(path: Path, error: Exception) -> ImportMasksError:
    return ImportMasksError(
        f"This is no COCO file that fits ({type(error).__name__}: {error}).",
        subject=path,
        remedy="Choose a COCO JSON with images and annotations.",
    )
