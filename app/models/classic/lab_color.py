"""Colours in which Euclidean distance is roughly what an eye sees."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.engine import Image

LIGHTNESS = 0.7
"""Weight of lightness against hue: shade changes more than colour within one thing."""


def lab(image: Image) -> NDArray[np.float32]:
    """Return CIELAB float32 (h, w, 3) of an RGB image: lightness 0..70, a and b around 0."""
    return scale_lab(cv2.cvtColor(image, cv2.COLOR_RGB2LAB))


def scale_lab(bytes_: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return the float32 form of 8-bit CIELAB as OpenCV packs it."""
    colors = bytes_.astype(np.float32)
    colors -= np.array((0, 128, 128), np.float32)
    colors *= np.array((LIGHTNESS * 100 / 255, 1, 1), np.float32)
    return colors
