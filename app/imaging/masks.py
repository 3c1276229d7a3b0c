"""Masks as arrays and as COCO run-length codes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from app.domain.annotation import Mask


def encode(array: NDArray[np.bool_] | NDArray[np.uint8]) -> Mask:
    """Return the code of a mask, bool or 0/1 uint8 (h, w)."""
    height, width = array.shape
    columns = np.asfortranarray(array, dtype=np.uint8)
    return Mask(height, width, bytes(coco.encode(columns)["counts"]))


def decode(mask: Mask) -> NDArray[np.bool_]:
    """Return bool (h, w)."""
    return np.asarray(coco.decode(_coco(mask))).view(np.bool_)


def area(mask: Mask) -> int:
    """Count the pixels set."""
    return int(coco.area(_coco(mask)))


def box(mask: Mask) -> tuple[int, int, int, int]:
    """Return the tight bounds (x, y, width, height); all zero for an empty mask."""
    x, y, width, height = (int(n) for n in coco.toBbox(_coco(mask)))
    return x, y, width, height


def paint(layers: Iterable[tuple[int, Mask]], height: int, width: int) -> NDArray[np.uint8]:
    """Paint (value, mask) layers in order into a label map, uint8 (h, w); later ones cover earlier ones."""
    labels = np.zeros((height, width), np.uint8)
    for value, mask in layers:
        x, y, across, down = box(mask)
        part = np.s_[y : y + down, x : x + across]
        labels[part][decode(mask)[part]] = value
    return labels


def _coco(mask: Mask) -> dict[str, object]:
    return {"size": [mask.height, mask.width], "counts": mask.counts}
