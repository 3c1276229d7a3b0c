"""Tracks of YouTube-VIS JSON, and COCO data sets that are folders."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from operator import index
from pathlib import Path
from typing import Any

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.storage.exporters.export_names import sequence_name
from app.storage.importers.coco_import import import_coco
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks
from app.storage.importers.rle_import import decode_segmentation
from app.storage.importers.training.foreign_masks import (
    UNUSABLE,
    ForeignMask,
    ForeignPicture,
    class_label,
    read_foreign,
    split_folders,
)


def import_youtube_vis(job: ImportJob) -> ImportedMasks | None:
    """Open a YouTube-VIS JSON, or the folder that holds it. Crowd regions are left out."""
    for found in _documents(job, "instances.json"):
        items = found.document.get("annotations") if isinstance(found.document, dict) else None
        if not isinstance(items, list) or not _has_tracks(found.document, items):
            continue
        try:
            video = _own_video(found.document["videos"], job.info, found.path)
            tracks = [x for x in items if x.get("video_id") == video["id"] and not x.get("iscrowd")]
            names = [str(name) for name in video["file_names"]]
            stated = [x if x is None else index(x) for x in video.get("frames", [None] * len(names))]
            pictures = [
                ForeignPicture(name, partial(_masks, tracks, place, job.info), stated[place])
                for place, name in enumerate(names)
            ]
            categories = found.document["categories"]
            classes = [class_label(int(x["id"]), str(x["name"]), x.get("color") or ()) for x in categories]
        except UNUSABLE as error:
            raise ImportMasksError(
                f"This is no YouTube-VIS file that fits ({type(error).__name__}: {error}).",
                subject=found.path,
                remedy="Export it again.",
            ) from error
        return read_foreign(job, pictures, classes)
    return None


def import_coco_set(job: ImportJob) -> ImportedMasks | None:
    """Open a folder of a COCO data set: the file that holds the open sequence, of those in annotations/, as Roboflow
    writes them, one in each split, or as Label Studio does.
    """
    paths = sorted((job.path / "annotations").glob("*.json"))
    paths += [path for folder in split_folders(job.path) for path in sorted(folder.glob("*.coco.json"))]
    if (job.path / "result.json").is_file():
        paths.append(job.path / "result.json")
    errors: list[ImportMasksError] = []
    for path in paths:
        try:
            if (found := import_coco(replace(job, path=path))) is not None:
                return found
        except ImportMasksError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return None


def _has_tracks(document: Mapping[str, Any], items: list[Any]) -> bool:
    """Whether annotations are tracks of videos; one without any is told from COCO by having no images."""
    if not items:
        return "videos" in document and "images" not in document
    return isinstance(items[0], dict) and "segmentations" in items[0]


def _documents(job: ImportJob, name: str) -> Iterator[ImportJob]:
    """Yield the file itself, or those of a name in a folder and its splits."""
    paths = [folder / name for folder in split_folders(job.path)] if job.path.is_dir() else [job.path]
    return (replace(job, path=path) for path in paths if path.is_file())


def _own_video(videos: list[Mapping[str, Any]], info: SequenceInfo, path: Path) -> Mapping[str, Any]:
    titles = (sequence_name(info), info.name)
    own = [
        video
        for video in videos
        if video.get("name") in titles or Path(str(video["file_names"][0])).parent.name in titles
    ]
    if len(own) == 1 or len(videos) == 1:
        return (own or videos)[0]
    raise ImportMasksError(
        f"None of its {len(videos)} videos is called {titles[0]!r}.",
        subject=path,
        remedy="Choose the file of this sequence.",
    )


def _masks(tracks: list[Mapping[str, Any]], place: int, info: SequenceInfo) -> Iterator[ForeignMask]:
    for track in tracks:
        segmentation = track["segmentations"][place]
        if segmentation is not None:
            mask = decode_segmentation(segmentation, info.height, info.width)
            yield ForeignMask(int(track.get("track_id", track["id"])), int(track["category_id"]), mask)


def is_json_of(path: Path, key: str) -> bool:
    """Whether the beginning of a JSON file names a key; the file may be large."""
    with path.open("rb") as file:
        return json.dumps(key).encode() in file.read(2**16)
