"""Pictures with other brightness, contrast and gamma, or one channel of them. Pure."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.adjustment import CHANNELS, Adjustment

Pixels = NDArray[np.uint8]


def adjust_picture(image: Pixels, adjustment: Adjustment) -> Pixels:
    """Return uint8 (h, w, 3) RGB as it is to be shown; the image itself where nothing is to change."""
    if adjustment == Adjustment():
        return image
    if adjustment.channel != "all":
        one = np.ascontiguousarray(image[..., CHANNELS.index(adjustment.channel) - 1])
        return np.asarray(cv2.cvtColor(cv2.LUT(one, _curve(adjustment)), cv2.COLOR_GRAY2RGB), np.uint8)
    return np.asarray(cv2.LUT(image, _curve(adjustment)), np.uint8)


@lru_cache(maxsize=8)
def _curve(adjustment: Adjustment) -> Pixels:
    """Return the new value of each value, uint8 (256,)."""
    shares = np.arange(256) / 255
    shares = (shares - 0.5) * adjustment.contrast + 0.5 + adjustment.brightness
    shares = np.clip(shares, 0, 1) ** (1 / adjustment.gamma)
    return np.asarray(shares * 255 + 0.5).astype(np.uint8)
