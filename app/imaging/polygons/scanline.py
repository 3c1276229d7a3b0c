"""Filling of rings by the centres of pixels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def fill_even_odd(rings: Sequence[NDArray[np.float64]], height: int, width: int) -> NDArray[np.bool_]:
    """Return bool (h, w): pixels whose centre lies within an odd number of rings, (n, 2) x and y each.

    Pixel centres are at integers; rings may leave the picture. Unlike OpenCV, a line itself belongs to no pixel.
    """
    turns = np.zeros((height, width + 1), np.int32)
    for ring in rings:
        ends = np.roll(ring, -1, axis=0)
        low, high = (
            part for part in (np.minimum(ring[:, 1], ends[:, 1]), np.maximum(ring[:, 1], ends[:, 1]))
        )
        first = np.clip(np.ceil(low), 0, height).astype(np.int64)
        last = np.clip(np.ceil(high), 0, height).astype(np.int64)
        counts = last - first
        edge = np.repeat(np.arange(len(ring)), counts)
        rows = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
        slope = (ends[edge, 0] - ring[edge, 0]) / (ends[edge, 1] - ring[edge, 1])
        across = ring[edge, 0] + (rows - ring[edge, 1]) * slope
        np.add.at(turns, (rows, np.clip(np.ceil(across), 0, width).astype(np.int64)), 1)
    return np.asarray(np.cumsum(turns, axis=1)[:, :width] % 2 == 1)
