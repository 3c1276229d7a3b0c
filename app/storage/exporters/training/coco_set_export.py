"""COCO data sets (cocodataset.org/#format-data): annotations/instances_<split>.json beside images/<split>/."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from app.domain.annotation import Mask
from app.imaging import masks
from app.storage.exporters.training.collection import Collection, Part, Split
from app.storage.exporters.training.frame_pictures import write_picture
from app.storage.exporters.training.json_parts import class_list, compressed_rle, polygon_list

Segmentation = Callable[[Mask], Any]


def export_coco_polygons(data: Collection, root: Path) -> None:
    """Write images/<split>/<sequence>_<frame>.jpg and annotations with polygons. Unsure masks are crowd, as RLE."""
    _write(data, root, polygon_list)


def export_coco_rle(data: Collection, root: Path) -> None:
    """Write images/<split>/<sequence>_<frame>.jpg and annotations with compressed RLE. Unsure masks are crowd."""
    _write(data, root, compressed_rle)


def _write(data: Collection, root: Path, segmentation: Segmentation) -> None:
    with ExitStack() as opened:
        lists: dict[Split, tuple[_JsonList, _JsonList]] = {}
        for part in data.parts():
            if part.split not in lists:
                lists[part.split] = _JsonList(opened), _JsonList(opened)
            _add_part(data, part, root / "images" / part.split, segmentation, *lists[part.split])
        folder = root / "annotations"
        folder.mkdir(parents=True, exist_ok=True)
        head = json.dumps(
            {"info": {"description": data.name}, "licenses": [], "categories": class_list(data)}
        )
        for split, (images, annotations) in lists.items():
            with (folder / f"instances_{split}.json").open("wb") as file:
                file.write(head.removesuffix("}").encode())
                images.copy_to(file, "images")
                annotations.copy_to(file, "annotations")
                file.write(b"}\n")


def _add_part(
    data: Collection,
    part: Part,
    folder: Path,
    segmentation: Segmentation,
    images: _JsonList,
    annotations: _JsonList,
) -> None:
    info, names, classes = part.job.info, part.job.frame_names(), data.class_numbers()
    for frame in part.watched():
        name = f"{part.name}_{names[frame]}.jpg"
        write_picture(part.job, frame, folder / name)
        number = images.count + 1
        size = {"width": info.width, "height": info.height}
        images.add({"id": number, "file_name": name, "video": part.name, "frame_id": frame, **size})
        for item, cell in part.job.cells(frame):
            if not masks.area(cell.mask):
                continue
            is_sure = part.is_sure(cell)
            annotations.add({
                "id": annotations.count + 1,
                "image_id": number,
                "category_id": classes[item.label],
                "track_id": item.object_id,
                "segmentation": segmentation(cell.mask) if is_sure else compressed_rle(cell.mask),
                "area": masks.area(cell.mask),
                "bbox": list(masks.box(cell.mask)),
                "iscrowd": int(not is_sure),
                "score": round(cell.score, 4),
                "status": cell.status.name.lower(),
            })  # fmt: skip


class _JsonList:
    """A list that grows in a temporary file, so that memory does not grow with the data set."""

    def __init__(self, opened: ExitStack) -> None:
        self._file: IO[bytes] = opened.enter_context(TemporaryFile())  # noqa: SIM115
        self.count = 0

    def add(self, item: dict[str, Any]) -> None:
        """Add an item."""
        text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
        self._file.write((",\n" if self.count else "").encode() + text.encode())
        self.count += 1

    def copy_to(self, file: IO[bytes], key: str) -> None:
        """Write the list into a document, under a key."""
        self._file.seek(0)
        file.write(f',\n"{key}":['.encode())
        shutil.copyfileobj(self._file, file)
        file.write(b"]")
