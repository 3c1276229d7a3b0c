"""CIELAB colours, in which Euclidean distance is roughly perceived difference."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.engine import Image

# Weight of lightness against a and b: shading varies more than hue within one object. Chosen by hand.
LIGHTNESS = 0.7


def lab(image: Image) -> NDArray[np.float32]:
    """Return CIELAB float32 (h, w, 3) of an RGB image: lightness 0..70, a and b around 0."""
    return scale_lab(cv2.cvtColor(image, cv2.COLOR_RGB2LAB))


def scale_lab(bytes_: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return 8-bit CIELAB as OpenCV packs it as float32."""
    colors = bytes_.astype(np.float32)
    colors -= np.array((0, 128, 128), np.float32)
    colors *= np.array((LIGHTNESS * 100 / 255, 1, 1), np.float32)
    return colors
