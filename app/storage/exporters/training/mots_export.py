"""MOTS and KITTI-MOTS (vision.rwth-aachen.de/page/mots): one 16-bit PNG a frame, or one text file a sequence."""

from pathlib import Path
from typing import Final

import numpy as np

from app.domain.errors import ExportError
from app.imaging import masks
from app.storage.exporters.training.collection import Collection, Part
from app.storage.exporters.training.frame_pictures import write_map, write_picture

_IGNORED: Final = 10  # the class of regions about which nothing is said; its instance is 0
_STEP: Final = 1000  # id of an object = class * 1000 + number
_MOST_CLASSES: Final = 64  # 16 bits hold no more


def export_mots_png(data: Collection, root: Path) -> None:
    """Write <split>/images/<sequence>/000000.png and <split>/instances/<sequence>/000000.png.

    A pixel is class * 1000 + object number, 0 background, 10000 ignored. Classes: classes.txt.
    """
    classes = _classes(data, root)
    for part in data.parts():
        ids, base = _ids(part, classes), root / part.split
        for frame in part.watched():
            name = f"{part.name}/{frame:06d}.png"
            write_picture(part.job, frame, base / "images" / name)
            picture = part.paint(frame, ids, by_object=True, void=_IGNORED * _STEP)
            write_map(base / "instances" / name, picture)


def export_mots_txt(data: Collection, root: Path) -> None:
    """Write <split>/images/<sequence>/000000.png and <split>/instances_txt/<sequence>.txt.

    A line is "frame id class height width rle", masks of a frame without overlap, as the format demands.
    """
    classes = _classes(data, root)
    for part in data.parts():
        ids, base = _ids(part, classes), root / part.split
        target = base / "instances_txt" / f"{part.name}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="ascii", newline="\n") as file:
            for frame in part.watched():
                write_picture(part.job, frame, base / "images" / part.name / f"{frame:06d}.png")
                picture = part.paint(frame, ids, by_object=True, void=_IGNORED * _STEP)
                for value in np.unique(picture[picture > 0]).tolist():
                    mask = masks.encode(picture == value)
                    size = f"{mask.height} {mask.width}"
                    file.write(f"{frame} {value} {value // _STEP} {size} {mask.counts.decode('ascii')}\n")


def _classes(data: Collection, root: Path) -> dict[int, int]:
    """Return the class of each label value, from 1 without 10, and write the list of their names."""
    numbers = [number for number in range(1, _MOST_CLASSES + 1) if number != _IGNORED]
    if len(data.labels) > len(numbers):
        raise ExportError(f"MOTS holds {len(numbers)} classes.", subject=data.name, remedy="Use a class map.")
    found = {label.value: number for label, number in zip(data.labels, numbers, strict=False)}
    names = "".join(f"{found[label.value]} {label.name}\n" for label in data.labels)
    (root / "classes.txt").write_text(names, encoding="utf-8")
    return found


def _ids(part: Part, classes: dict[int, int]) -> dict[int, int]:
    """Return class * 1000 + number for each object of the sequence."""
    return {
        item.object_id: classes[item.label] * _STEP + number
        for item in part.job.objects
        for number in (part.instance_numbers()[item.object_id],)
    }
