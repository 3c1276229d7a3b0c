"""Prompt encoding: clicks, previous mask and similarity to clicked pixels as maps for the decoder.

The definitions are those of tool/dev/train/decoder.py, with which the model was trained.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Spot = tuple[float, float, bool]  # x, y in working pixels, and whether the click is positive.
HINT_SIGMAS = (1.0, 4.0, 16.0)  # Of the Gaussians around clicks, cells of stride 4; as trained.
MOST_CLICKS = 24  # Clicks that one answer uses; of more, the last ones. Training had up to 19.
FAR_AWAY = 1e6  # Squared distance without a click, cells.


def click_hints(spots: Sequence[Spot], previous: Array | None, height: int, width: int) -> Array:
    """Return float32 (1, 9, height, width) at stride 4; previous: probability (height, width) or None."""
    hints = np.zeros((1, 9, height, width), np.float32)
    for offset, wanted in ((0, True), (3, False)):
        nearest = _squared_distance(
            [(x, y) for x, y, positive in spots[-MOST_CLICKS:] if positive == wanted], height, width
        )
        for index, spread in enumerate(HINT_SIGMAS):
            np.exp(nearest / np.float32(-2 * spread**2), out=hints[0, offset + index])
    if previous is not None:
        hints[0, 6], hints[0, 7] = previous, 1
    return hints


def click_likeness(embedding: Array, spots: Sequence[Spot]) -> Array:
    """Return float32 (1, 2, h, w): cosine similarity to the most similar positive and negative click, else -1.

    embedding: unit vectors (1, c, h, w) at stride 8.
    """
    channels, height, width = embedding.shape[1:]
    flat = embedding.reshape(channels, -1)
    result = np.full((1, 2, height, width), -1, np.float32)
    for index, wanted in enumerate((True, False)):
        at = [
            _cell_index(x, y, height, width) for x, y, positive in spots[-MOST_CLICKS:] if positive == wanted
        ]
        if at:
            result[0, index] = (flat[:, at].T @ flat).max(0).reshape(height, width)
    return result


def _squared_distance(points: list[tuple[float, float]], height: int, width: int) -> Array:
    """Return the squared distance to the nearest point, cells of stride 4."""
    nearest = np.full((height, width), FAR_AWAY, np.float32)
    xs, ys = np.arange(width, dtype=np.float32) * 4 + 1.5, np.arange(height, dtype=np.float32) * 4 + 1.5
    for x, y in points:
        np.minimum(nearest, ((xs - x) ** 2 + ((ys - y) ** 2)[:, None]) / 16, out=nearest)
    return nearest


def _cell_index(x: float, y: float, height: int, width: int) -> int:
    column, row = min(max(int(x / 8), 0), width - 1), min(max(int(y / 8), 0), height - 1)
    return row * width + column
