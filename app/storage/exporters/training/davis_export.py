"""DAVIS 2017 (davischallenge.org) and YouTube-VOS (youtube-vos.org): object maps beside JPEG frames."""

import json
from pathlib import Path
from typing import Any, Final

from app.storage.exporters.training.collection import Collection, Part
from app.storage.exporters.training.frame_pictures import write_map, write_picture

# The sets' own names of splits.
_DAVIS: Final = {"train": "train", "val": "val", "test": "test-dev"}
_YOUTUBE: Final = {"train": "train", "val": "valid", "test": "test"}


def export_davis(data: Collection, root: Path) -> None:
    """Write JPEGImages/ and Annotations/Full-Resolution/<sequence>/00000, and ImageSets/2017/<split>.txt.

    Object maps are 8-bit palette PNGs, pixel = number of the object in the sequence, void 255.
    """
    listed: dict[str, list[str]] = {}
    for part in data.parts():
        listed.setdefault(_DAVIS[part.split], []).append(part.name)
        _write_part(data, part, root / "JPEGImages/Full-Resolution", root / "Annotations/Full-Resolution")
    folder = root / "ImageSets/2017"
    folder.mkdir(parents=True, exist_ok=True)
    for split, names in listed.items():
        (folder / f"{split}.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def export_youtube_vos(data: Collection, root: Path) -> None:
    """Write <split>/JPEGImages/ and Annotations/<sequence>/00000, and <split>/meta.json with classes and frames."""
    videos: dict[str, dict[str, Any]] = {}
    for part in data.parts():
        base = root / _YOUTUBE[part.split]
        seen = _write_part(data, part, base / "JPEGImages", base / "Annotations")
        videos.setdefault(_YOUTUBE[part.split], {})[part.name] = {"objects": _objects(part, seen)}
    for split, found in videos.items():
        text = json.dumps({"videos": found}, ensure_ascii=False, indent=1)
        (root / split / "meta.json").write_text(text + "\n", encoding="utf-8")


def _write_part(data: Collection, part: Part, pictures: Path, maps: Path) -> dict[int, list[str]]:
    """Write one sequence; return the names of the frames that each object is on."""
    numbers = part.instance_numbers()
    palette = _palette(part, numbers)
    seen: dict[int, list[str]] = {}
    for frame in part.watched():
        name = f"{frame:05d}"
        write_picture(part.job, frame, pictures / part.name / f"{name}.jpg")
        write_map(maps / part.name / f"{name}.png", part.paint(frame, numbers, by_object=True), palette)
        for item, _ in part.sure(frame):
            seen.setdefault(item.object_id, []).append(name)
    return seen


def _objects(part: Part, seen: dict[int, list[str]]) -> dict[str, Any]:
    names = {label.value: label.name for label in part.job.all_labels}
    labels = {item.object_id: names[item.label] for item in part.job.objects}
    numbers = part.instance_numbers()
    return {
        str(numbers[key]): {"category": labels[key], "frames": frames} for key, frames in sorted(seen.items())
    }


def _palette(part: Part, numbers: dict[int, int]) -> bytes:
    """Return a palette of 256 RGB entries: an object's number has the colour of its label."""
    colors = {label.value: label.color for label in part.job.all_labels}
    table = bytearray(768)
    for item in part.job.objects:
        start = 3 * numbers[item.object_id]
        table[start : start + 3] = bytes(colors[item.label])
    table[765:] = bytes((255, 255, 255))
    return bytes(table)
