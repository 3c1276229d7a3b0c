"""Overlay of a frame: masks painted as pixels."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Color, Mask
from app.imaging import masks

OPAQUE = 255  # largest alpha of uint8


def paint_overlay(layers: Sequence[tuple[Mask, Color]], height: int, width: int) -> NDArray[np.uint8]:
    """Paint masks in order, later ones on top, into uint8 (h, w, 4) RGBA; alpha is 0 where there is none."""
    pixels = np.zeros((height, width), np.uint32)
    across, down = _bounds([mask for mask, _ in layers])
    # Decoded masks are column-major, so the label map is painted column-major too and turned once at the end.
    columns = np.zeros((across.stop - across.start, down.stop - down.start), np.uint8)
    for position, (mask, _) in enumerate(layers[:255]):
        np.copyto(columns, position + 1, where=masks.decode(mask).T[across, down])
    if columns.size:
        rows = np.asarray(cv2.transpose(columns), np.uint8)
        pixels[down, across] = _palette(layers).take(rows, mode="clip")
    return pixels.view(np.uint8).reshape(height, width, 4)


def with_alpha(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Copy an image, uint8 (h, w, 3) RGB, into uint8 (h, w, 4) RGBA."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA), np.uint8)


def _bounds(shown: Sequence[Mask]) -> tuple[slice, slice]:
    """Return the columns and rows around all masks: what is beside them stays transparent without being painted."""
    boxes = [box for box in map(masks.box, shown) if box[2]]
    left, top = (min((box[axis] for box in boxes), default=0) for axis in (0, 1))
    right, bottom = (max((box[axis] + box[axis + 2] for box in boxes), default=0) for axis in (0, 1))
    return slice(left, right), slice(top, bottom)


def _palette(layers: Sequence[tuple[Mask, Color]]) -> NDArray[np.uint32]:
    colors = np.zeros((256, 4), np.uint8)
    for position, (_, color) in enumerate(layers[:255]):
        colors[position + 1] = (*color, OPAQUE)
    return colors.view(np.uint32).reshape(256)
