"""Export as COCO JSON: masks as compressed RLE, with the fields of video datasets (YouTube-VIS) besides."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from app.domain.annotation import Annotation, Object, Status
from app.files.odd_names import spell_name
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_names import sequence_name
from app.storage.exporters.interval_export import interval_fields
from app.storage.exporters.tier_list import tier_fields
from app.storage.exporters.volume_export_file import export_file
from app.storage.workspace.stored_values import read_tiers

VIDEO_ID = 1  # there is one video a file
DESCRIPTION = "Framewise export"  # by which our own documents are known


def export_coco(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>.json: each object's own mask on each frame, overlaps kept, readable by pycocotools.

    An image's frame_id is the index of its frame, a track is an object. Annotations carry score, status and author
    besides. Phases and points stand in tiers and intervals. An image without annotations was looked at and holds
    nothing, which its empty_tracks tell; frames that no one annotated are left out, and info counts them. The
    document is written as it is made.
    """
    target = folder / f"{job.name}.json"
    with export_file(target) as draft, draft.open("w", encoding="utf-8", errors="replace") as file:
        _write(file, job)
    return [target]


def _write(file: TextIO, job: ExportJob) -> None:
    selected = job.selected()
    info = {"description": DESCRIPTION, "version": "1", "void_frames": list(selected.void)}
    file.write(f'{{"info":{_line(info)},"licenses":[]')
    lists: dict[str, Iterable[dict[str, Any]]] = {
        "videos": [_video(job)],
        "categories": _categories(job),
        "tracks": _tracks(job),
        "images": _images(job, selected.chosen),
        "annotations": _annotations(job, selected.chosen),
    }
    if job.journal is not None and (table := read_tiers(job.journal)).intervals:
        lists["tiers"] = [tier_fields(tier) for tier in table.tiers]
        lists["intervals"] = [interval_fields(one) for one in table.intervals]
    for key, items in lists.items():
        file.write(f',\n"{key}":[')
        separators = chain(("\n",), iter(lambda: ",\n", None))
        for separator, item in zip(separators, items, strict=False):
            file.write(separator + _line(item))
        file.write("]")
    file.write("}\n")


def _line(item: object) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def _video(job: ExportJob) -> dict[str, Any]:
    info = job.info
    size = {"width": info.width, "height": info.height}
    view = {"orientation": info.orientation, "along": info.along} if info.kind == "volume" else {}
    return {
        "id": VIDEO_ID,
        "name": sequence_name(info),
        "length": info.frames,
        "fps": info.fps,
        **size,
        **view,
    }


def _categories(job: ExportJob) -> Iterator[dict[str, Any]]:
    for label in job.all_labels:
        yield {"id": label.value, "name": label.name, "color": list(label.color), "supercategory": ""}


def _tracks(job: ExportJob) -> Iterator[dict[str, Any]]:
    for item in job.objects:
        yield {"id": item.object_id, "category_id": item.label, "video_id": VIDEO_ID}


def _images(job: ExportJob, frames: Sequence[int]) -> Iterator[dict[str, Any]]:
    info = job.info
    names = [*map(spell_name, info.frame_names)] or [f"{name}.png" for name in job.frame_names()]
    size = {"width": info.width, "height": info.height}
    for frame in frames:
        image = {"id": frame + 1, "file_name": names[frame], "video_id": VIDEO_ID, "frame_id": frame, **size}
        verified = [pair for pair in job.cells(frame) if pair[1].status is Status.VERIFIED]
        empty = [pair for pair in verified if not masks.area(pair[1].mask)]
        if empty:
            image["empty_tracks"] = [
                {"track_id": item.object_id, "category_id": item.label, **_facts(job, frame, item, cell)}
                for item, cell in empty
            ]
        yield image


def _annotations(job: ExportJob, frames: Sequence[int]) -> Iterator[dict[str, Any]]:
    number = 0
    for frame in job.watch(frames):
        for item, cell in job.cells(frame):
            if masks.area(cell.mask):
                number += 1
                facts = _facts(job, frame, item, cell)
                yield {
                    "id": number,
                    "image_id": frame + 1,
                    "video_id": VIDEO_ID,
                    **_fields(item, cell),
                    **facts,
                }


def _facts(job: ExportJob, frame: int, item: Object, cell: Annotation) -> dict[str, Any]:
    facts = {"score": round(cell.score, 4), "status": cell.status.name.lower()}
    author = job.author(frame, item, cell)
    return {**facts, "author": author} if author else facts


def _fields(item: Object, cell: Annotation) -> dict[str, Any]:
    return {
        "track_id": item.object_id,
        "category_id": item.label,
        "segmentation": {
            "size": [cell.mask.height, cell.mask.width],
            "counts": cell.mask.counts.decode("ascii"),
        },
        "area": masks.area(cell.mask),
        "bbox": list(masks.box(cell.mask)),
        "iscrowd": 0,
    }
