"""Export as COCO JSON: masks as compressed RLE, with the fields of video datasets (YouTube-VIS) besides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app import masks
from app.annotation import Annotation
from app.storage.export_job import ExportJob, writing
from app.storage.whole_file import whole_file

VIDEO_ID = 1


def export_coco(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>.json: each object's own mask on each frame, overlaps kept, readable by pycocotools."""
    target = folder / f"{job.name}.json"
    with writing(target):
        folder.mkdir(parents=True, exist_ok=True)
        document = _document(job)
        with whole_file(target) as draft, draft.open("w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, separators=(",", ":"))
    return [target]


def _document(job: ExportJob) -> dict[str, Any]:
    info = job.info
    names = info.frame_names or tuple(f"{name}.png" for name in job.frame_names())
    size = {"height": info.height, "width": info.width}
    return {
        "info": {"description": "Framewise export", "version": "1"},
        "licenses": [],
        "videos": [{"id": VIDEO_ID, "name": job.name, "length": info.frames, **size}],
        "images": [
            {"id": frame + 1, "file_name": names[frame], "video_id": VIDEO_ID, "frame_id": frame, **size}
            for frame in range(info.frames)
        ],
        "categories": [
            {"id": label.value, "name": label.name, "color": list(label.color), "supercategory": ""}
            for label in job.labels
        ],
        "annotations": list(_annotations(job)),
    }


def _annotations(job: ExportJob) -> Iterator[dict[str, Any]]:
    values = {item.object_id: item.label for item in job.objects}
    number = 0
    for frame in job.frames():
        for object_id, cell in sorted(job.annotations(frame).items()):
            if masks.area(cell.mask):
                number += 1
                yield {"id": number, "image_id": frame + 1, **_fields(object_id, values[object_id], cell)}


def _fields(object_id: int, label: int, cell: Annotation) -> dict[str, Any]:
    return {
        "video_id": VIDEO_ID,
        "track_id": object_id,
        "category_id": label,
        "segmentation": {
            "size": [cell.mask.height, cell.mask.width],
            "counts": cell.mask.counts.decode("ascii"),
        },
        "area": masks.area(cell.mask),
        "bbox": list(masks.box(cell.mask)),
        "iscrowd": 0,
        "score": round(cell.score, 4),
        "status": cell.status.name.lower(),
    }
