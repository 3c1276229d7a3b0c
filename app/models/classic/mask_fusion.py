"""Joining two masks of one object by the distance to their outlines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.engine import BoolMask, Probability

SOFTNESS = 1.0
"""Source pixels over which the joined outline fades."""


def fuse(earlier: Probability, newer: Probability, weight: float) -> Probability:
    """Return the mask whose outline lies between two others, float32 (h, w).

    weight: share of newer in [0, 1]. Where only one of the two shows the object, the one with the larger
    share decides.
    """
    before, after = earlier > 0.5, newer > 0.5
    if not before.any() or not after.any():
        return np.asarray((1 - weight) * earlier + weight * newer, np.float32)
    x, y, width, height = cv2.boundingRect((before | after).astype(np.uint8))
    part = np.s_[max(y - 2, 0) : y + height + 2, max(x - 2, 0) : x + width + 2]
    depth = (1 - weight) * _depth(before[part]) + weight * _depth(after[part])
    joined = np.zeros(newer.shape, np.float32)
    joined[part] = 1 / (1 + np.exp(-depth / SOFTNESS))
    return joined


def _depth(mask: BoolMask) -> NDArray[np.float32]:
    """Return how deep inside the outline each pixel lies, float32 (h, w), below 0 outside."""
    inside = mask.astype(np.uint8)
    deep, away = (cv2.distanceTransform(m, cv2.DIST_L2, cv2.DIST_MASK_5) for m in (inside, 1 - inside))
    return np.asarray(deep - away, np.float32)
