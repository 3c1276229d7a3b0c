"""Fusion of two masks of one object by interpolated signed distances."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.engine import BoolMask, Probability

SOFTNESS = 1.0  # Source pixels over which the fused outline fades, about that of the inputs.


def fuse_masks(earlier: Probability, newer: Probability, weight: float) -> Probability:
    """Return the probability, float32 (h, w), whose outline lies between those of two others.

    weight: share of newer in [0, 1]. Where only one of the two shows the object, the one with the larger
    share decides.
    """
    before, after = earlier > 0.5, newer > 0.5
    if not before.any() or not after.any():
        return np.asarray((1 - weight) * earlier + weight * newer, np.float32)
    x, y, width, height = cv2.boundingRect((before | after).astype(np.uint8))
    region = np.s_[max(y - 2, 0) : y + height + 2, max(x - 2, 0) : x + width + 2]
    depth = (1 - weight) * _signed_distance(before[region]) + weight * _signed_distance(after[region])
    joined = np.zeros(newer.shape, np.float32)
    joined[region] = 1 / (1 + np.exp(-depth / SOFTNESS))
    return joined


def _signed_distance(mask: BoolMask) -> NDArray[np.float32]:
    """Return the signed distance to the outline, float32 (h, w), positive inside."""
    inside = mask.astype(np.uint8)
    deep, away = (cv2.distanceTransform(m, cv2.DIST_L2, cv2.DIST_MASK_5) for m in (inside, 1 - inside))
    return np.asarray(deep - away, np.float32)
