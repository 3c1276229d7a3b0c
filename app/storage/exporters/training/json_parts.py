"""Parts that the JSON formats of data sets share."""

from typing import Any

from app.domain.annotation import Mask
from app.imaging import masks
from app.imaging.polygons.outlines import outlines
from app.storage.exporters.training.collection import Collection


def class_list(data: Collection) -> list[dict[str, Any]]:
    """Return the classes as COCO's categories, numbered from 1."""
    numbers = data.class_numbers()
    return [
        {"id": numbers[label.value], "name": label.name, "color": list(label.color), "supercategory": ""}
        for label in data.labels
    ]


def compressed_rle(mask: Mask) -> dict[str, Any]:
    """Return a mask as COCO's compressed run lengths."""
    return {"size": [mask.height, mask.width], "counts": mask.counts.decode("ascii")}


def plain_rle(mask: Mask) -> dict[str, Any]:
    """Return a mask as COCO's uncompressed run lengths, column by column, which readers of YouTube-VIS expect."""
    runs, _ = masks.run_lengths([mask.counts])
    return {"size": [mask.height, mask.width], "counts": runs.tolist()}


def polygon_list(mask: Mask) -> list[list[int]]:
    """Return a mask as COCO's polygons, x, y, x, y and so on, along pixel edges: filled they are exactly the mask."""
    return [ring.ravel().tolist() for ring in outlines(masks.decode(mask))]
