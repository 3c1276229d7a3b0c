"""YouTube-VIS JSON (youtube-vos.org/dataset/vis): one annotation a track, RLE or null for each frame."""

import json
from pathlib import Path
from typing import Any

from app.imaging import masks
from app.storage.exporters.training.collection import Collection, Part
from app.storage.exporters.training.frame_pictures import write_picture
from app.storage.exporters.training.json_parts import class_list, plain_rle


def export_youtube_vis(data: Collection, root: Path) -> None:
    """Write <split>/JPEGImages/<sequence>/00000.jpg and <split>/instances.json. Unsure masks are crowd."""
    found: dict[str, dict[str, list[Any]]] = {}
    for part in data.parts():
        lists = found.setdefault(part.split, {"videos": [], "annotations": []})
        _add_part(data, part, root / part.split / "JPEGImages", lists)
    for split, lists in found.items():
        document = {
            "info": {"description": data.name},
            "licenses": [],
            "categories": class_list(data),
            **lists,
        }
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        (root / split / "instances.json").write_text(text + "\n", encoding="utf-8")


def _add_part(data: Collection, part: Part, pictures: Path, lists: dict[str, list[Any]]) -> None:
    info, frames, classes = part.job.info, part.frames, data.class_numbers()
    number = len(lists["videos"]) + 1
    size = {"width": info.width, "height": info.height, "length": len(frames)}
    names = [f"{part.name}/{frame:05d}.jpg" for frame in frames]
    lists["videos"].append(
        {"id": number, "name": part.name, "file_names": names, "frames": list(frames), **size}
    )
    tracks: dict[tuple[int, int, bool], list[Any]] = {}
    for place, frame in enumerate(part.watched()):
        write_picture(part.job, frame, pictures / names[place])
        for item, cell in part.job.cells(frame):
            if masks.area(cell.mask):
                key = (item.object_id, classes[item.label], not part.is_sure(cell))
                tracks.setdefault(key, [None] * len(frames))[place] = cell.mask
    for (object_id, category, is_crowd), found in sorted(tracks.items()):
        lists["annotations"].append({
            "id": len(lists["annotations"]) + 1,
            "video_id": number,
            "track_id": object_id,
            "category_id": category,
            "iscrowd": int(is_crowd),
            **size,
            "segmentations": [mask and plain_rle(mask) for mask in found],
            "bboxes": [mask and list(masks.box(mask)) for mask in found],
            "areas": [mask and masks.area(mask) for mask in found],
        })  # fmt: skip
