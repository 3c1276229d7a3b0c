"""YOLO (docs.ultralytics.com/datasets): one text file a picture, a line an object, and data.yaml."""

import json
from collections.abc import Callable
from functools import reduce
from pathlib import Path

from app.domain.annotation import Mask
from app.imaging import masks
from app.imaging.polygons.outlines import join_rings, outlines
from app.storage.exporters.training.collection import SPLITS, Collection
from app.storage.exporters.training.frame_pictures import write_picture


def export_yolo_segments(data: Collection, root: Path) -> None:
    """Write images/<split>/ and labels/<split>/ with outlines along pixel edges.

    Pieces of one object and its holes are joined to one ring by lines that enclose nothing. Unsure masks are left out,
    since the format cannot say void.
    """
    _write(data, root, _outline)


def export_yolo_boxes(data: Collection, root: Path) -> None:
    """Write images/<split>/ and labels/<split>/ with boxes."""
    _write(data, root, _box)


def _write(data: Collection, root: Path, describe: Callable[[Mask], list[float]]) -> None:
    classes, splits = data.class_numbers(), set()
    for part in data.parts():
        splits.add(part.split)
        names = part.job.frame_names()
        for frame in part.watched():
            stem = f"{part.name}_{names[frame]}"
            write_picture(part.job, frame, root / "images" / part.split / f"{stem}.jpg")
            lines = [
                " ".join([str(classes[item.label] - 1), *(f"{number:.9g}" for number in describe(cell.mask))])
                for item, cell in part.sure(frame)
            ]
            target = root / "labels" / part.split / f"{stem}.txt"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    listed = "".join(f"{split}: images/{split}\n" for split in SPLITS if split in splits)
    # A string of JSON is one of YAML too.
    names_of = "".join(f"  {classes[label.value] - 1}: {json.dumps(label.name)}\n" for label in data.labels)
    (root / "data.yaml").write_text(f"path: .\n{listed}names:\n{names_of}", encoding="utf-8")


def _outline(mask: Mask) -> list[float]:
    ring = reduce(join_rings, outlines(masks.decode(mask)))
    return [float(number) for number in (ring / [mask.width, mask.height]).ravel()]


def _box(mask: Mask) -> list[float]:
    x, y, width, height = masks.box(mask)
    center = (x + width / 2) / mask.width, (y + height / 2) / mask.height
    return [*center, width / mask.width, height / mask.height]
