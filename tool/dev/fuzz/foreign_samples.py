"""Good files of annotations in formats that the program reads and does not write."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Final

# Of VIA, in pixels, and of Label Studio, in percent.
_SHAPES: Final = (
    {"name": "polygon", "all_points_x": [5, 15, 15, 5], "all_points_y": [5, 5, 10, 10]},
    {"name": "rect", "x": 20, "y": 10, "width": 8, "height": 4},
    {"name": "ellipse", "cx": 30, "cy": 20, "rx": 15, "ry": 5, "theta": 0.3},
    {"name": "circle", "cx": 30, "cy": 20, "r": 9},
)
_VALUES: Final = (
    {"points": [[0, 0], [50, 0], [50, 50]], "closed": True, "polygonlabels": ["tool"]},
    {"x": 5, "y": 6, "width": 20, "height": 30, "rotation": 10, "rectanglelabels": ["tool"]},
    {"x": 50, "y": 50, "radiusX": 9, "radiusY": 8, "rotation": 3, "ellipselabels": ["vessel"]},
)
_FRAME: Final = {"x": 5, "y": 6, "width": 20, "height": 30, "rotation": 0}


def write_foreign_samples(folder: Path, width: int, height: int, frames: int) -> None:
    """Write files of VIA and Label Studio for a clip."""
    folder.mkdir()
    pictures = {
        f"{frame:05}.png9": {
            "filename": f"{frame:05}.png",
            "size": 9,
            "regions": [
                {"shape_attributes": shape, "region_attributes": {"type": "tool"}} for shape in _SHAPES
            ],
            "file_attributes": {},
        }
        for frame in range(0, frames, 4)
    }
    (folder / "via.json").write_text(json.dumps(pictures), encoding="utf-8")
    with (folder / "via.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["filename", "region_count", "region_shape_attributes", "region_attributes"])
        table.writerows(["00004.png", 4, json.dumps(shape), '{"type": "tool"}'] for shape in _SHAPES)
    size = {"original_width": width, "original_height": height, "image_rotation": 0}
    drawn = [{"id": f"r{n}", "value": value, **size} for n, value in enumerate(_VALUES)]
    drawn.append({"id": "r9", "value": {"rle": _full_stroke(width, height), "brushlabels": ["tool"]}, **size})
    keyframes = [{"frame": 2, "enabled": True, **_FRAME}, {"frame": 9, "enabled": False, **_FRAME, "x": 50}]
    boxes = {"sequence": keyframes, "framesCount": frames, "labels": ["tool"]}
    for name, data, results in (
        ("pictures", {"image": "/data/upload/1/0123abcd-00004.png"}, drawn),
        ("film", {"video": "/data/upload/1/0123abcd-a.mp4"}, [{"id": "v", "value": boxes}]),
    ):
        task = {"id": 1, "data": data, "annotations": [{"result": results}]}
        (folder / f"{name}.json").write_text(json.dumps([task]), encoding="utf-8")


def _full_stroke(width: int, height: int) -> list[int]:
    """Return the code of a stroke over the whole picture: runs of 65536 bytes of 255, see brush_runs."""
    left, bits = 4 * width * height, f"{4 * width * height:032b}{7:05b}{2:04b}{3:04b}{7:04b}{15:04b}"
    while left > 0:
        bits += f"111{min(left, 1 << 16) - 1:016b}{255:08b}"
        left -= 1 << 16
    bits += "0" * (-len(bits) % 8)
    return [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
