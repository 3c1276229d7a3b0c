"""A frame as the tracker sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import ColorPalette, Index, Lab8
from app.models.engine import Image

MARGIN, LEAST_MARGIN, LEAST_SIDE = 0.35, 24, 32
LIKELY = 0.3


@dataclass(frozen=True, slots=True)
class FrameRegion:
    """A box of a frame, working pixels: left, top, first column and row past it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """What cuts the box out of a picture (h, w, …)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, slots=True)
class FrameFeatures:
    """A frame at working size: 8-bit CIELAB (h, w, 3), grey (h, w) and palette colours (h, w)."""

    lab: Lab8
    grey: NDArray[np.uint8]
    colors: Index


def take(image: Image, palette: ColorPalette) -> FrameFeatures:
    """Return the shot of an image uint8 (h, w, 3) RGB at working size."""
    lab = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2LAB), np.uint8)
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    return FrameFeatures(lab, grey, palette.index(lab))


def part_around(pictures: Sequence[NDArray[np.float32]]) -> FrameRegion | None:
    """Return a box with room to move around everything likely in any picture; None where nothing is."""
    if not pictures:
        return None
    seen = (np.max(pictures, axis=0) > LIKELY).astype(np.uint8)
    rows, columns = seen.shape
    x, y, width, height = cv2.boundingRect(seen)
    if not width:
        return None
    margin = int(max(LEAST_MARGIN, MARGIN * max(width, height)))
    left, right = _side(x - margin, x + width + margin, columns)
    top, bottom = _side(y - margin, y + height + margin, rows)
    return FrameRegion(left, top, right, bottom)


def _side(first: int, last: int, limit: int) -> tuple[int, int]:
    """Return first and last within the picture and LEAST_SIDE apart where it is that large."""
    first, last = max(first, 0), min(last, limit)
    first = max(min(first, last - LEAST_SIDE), 0)
    return first, min(max(last, first + LEAST_SIDE), limit)
