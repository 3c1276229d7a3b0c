"""What the decoder is told besides the features: clicks, previous mask, likeness to what was clicked.

The definitions are those that tool/dev/train/decoder.py trains with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Spot = tuple[float, float, bool]
"""x, y in working pixels and whether the click is positive."""
SPREADS = (1.0, 4.0, 16.0)
MOST = 24
"""Clicks that one answer uses; of more, the last ones."""
NOWHERE = 1e6


def click_hints(spots: Sequence[Spot], previous: Array | None, height: int, width: int) -> Array:
    """Return float32 (1, 9, height, width) at stride 4; previous: probability (height, width) or None."""
    hints = np.zeros((1, 9, height, width), np.float32)
    for offset, wanted in ((0, True), (3, False)):
        nearest = _nearest([(x, y) for x, y, positive in spots[-MOST:] if positive == wanted], height, width)
        for index, spread in enumerate(SPREADS):
            np.exp(nearest / np.float32(-2 * spread**2), out=hints[0, offset + index])
    if previous is not None:
        hints[0, 6], hints[0, 7] = previous, 1
    return hints


def carried_hints(previous: Array) -> Array:
    """Return float32 (n, 9, h, w) for propagation; previous: (n, h, w) masks of the frame before."""
    hints = np.zeros((len(previous), 9, *previous.shape[1:]), np.float32)
    hints[:, 6], hints[:, 7:] = previous, 1
    return hints


def likeness(embedding: Array, spots: Sequence[Spot]) -> Array:
    """Return float32 (1, 2, h, w): cosine to the most similar positive and negative click, -1 without one.

    embedding: unit vectors (1, c, h, w) at stride 8.
    """
    channels, height, width = embedding.shape[1:]
    flat = embedding.reshape(channels, -1)
    result = np.full((1, 2, height, width), -1, np.float32)
    for index, wanted in enumerate((True, False)):
        at = [_cell(x, y, height, width) for x, y, positive in spots[-MOST:] if positive == wanted]
        if at:
            result[0, index] = (flat[:, at].T @ flat).max(0).reshape(height, width)
    return result


def recalled(shares: Array) -> Array:
    """Return what stands for likeness in propagation, (n, 2, 2h, 2w).

    shares: masks read from memory, (n, h, w) at stride 16.
    """
    wide = (2 * shares - 1).repeat(2, 1).repeat(2, 2)
    return np.stack([wide, -wide], 1)


def _nearest(points: list[tuple[float, float]], height: int, width: int) -> Array:
    """Squared distance to the nearest point, in cells of stride 4."""
    nearest = np.full((height, width), NOWHERE, np.float32)
    xs, ys = np.arange(width, dtype=np.float32) * 4 + 1.5, np.arange(height, dtype=np.float32) * 4 + 1.5
    for x, y in points:
        np.minimum(nearest, ((xs - x) ** 2 + ((ys - y) ** 2)[:, None]) / 16, out=nearest)
    return nearest


def _cell(x: float, y: float, height: int, width: int) -> int:
    column, row = min(max(int(x / 8), 0), width - 1), min(max(int(y / 8), 0), height - 1)
    return row * width + column
