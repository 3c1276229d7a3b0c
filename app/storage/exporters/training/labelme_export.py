"""labelme JSON (github.com/wkentaro/labelme): one file a picture, a polygon for each piece of an object."""

import json
from pathlib import Path
from typing import Any, Final

from app.imaging import masks
from app.imaging.polygons.outlines import outlines
from app.storage.exporters.training.collection import Collection, Part
from app.storage.exporters.training.frame_pictures import write_picture

_VERSION: Final = "5.5.0"  # of labelme, whose fields these are


def export_labelme(data: Collection, root: Path) -> None:
    """Write <split>/<sequence>/<frame>.jpg and .json; pieces of one object share its id as group_id."""
    names = {label.value: label.name for label in data.labels}
    for part in data.parts():
        folder, stems = root / part.split / part.name, part.job.frame_names()
        for frame in part.watched():
            picture = folder / f"{stems[frame]}.jpg"
            write_picture(part.job, frame, picture)
            document = _document(part, frame, picture.name, names)
            text = json.dumps(document, ensure_ascii=False, indent=1)
            picture.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def _document(part: Part, frame: int, picture: str, names: dict[int, str]) -> dict[str, Any]:
    shapes = [
        {
            "label": names[item.label],
            "points": ring.astype(float).tolist(),
            "group_id": item.object_id,
            "description": "",
            "shape_type": "polygon",
            "flags": {},
        }
        for item, cell in part.sure(frame)
        for ring in outlines(masks.decode(cell.mask))
    ]
    info = part.job.info
    return {
        "version": _VERSION,
        "flags": {},
        "shapes": shapes,
        "imagePath": picture,
        "imageData": None,
        "imageHeight": info.height,
        "imageWidth": info.width,
    }
