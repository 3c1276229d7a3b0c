"""Boxes around text, from a map of how likely each pixel is text."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""x, y, width, height in whole pixels."""

# Probability from which a pixel is text: Liao et al., Real-time Scene Text Detection (DB), AAAI 2020
_PIXEL: Final = 0.3
_GROWTH: Final = 1.6  # the network knows shrunken texts; DB grows them by area * this / perimeter
_LEAST_SIDE: Final = 3  # pixels of a shrunken text; less is noise


def text_boxes(probability: NDArray[np.float32], least_mean: float) -> list[Box]:
    """Return upright boxes around the texts of a map float32 (h, w), grown to whole letters and cut to the map.

    least_mean: mean probability from which a region is text.
    """
    regions = cv2.dilate((probability > _PIXEL).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(regions, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    height, width = probability.shape
    boxes = []
    for outline in outlines:
        x, y, w, h = cv2.boundingRect(outline)
        if min(w, h) < _LEAST_SIDE or _mean_inside(probability, outline, (x, y, w, h)) < least_mean:
            continue
        _, (long, short), _ = cv2.minAreaRect(outline)
        more = int(np.ceil(long * short * _GROWTH / max(2 * (long + short), 1)))
        left, top = max(x - more, 0), max(y - more, 0)
        boxes.append((left, top, min(x + w + more, width) - left, min(y + h + more, height) - top))
    return boxes


def _mean_inside(probability: NDArray[np.float32], outline: cv2.typing.MatLike, box: Box) -> float:
    x, y, w, h = box
    inside = np.zeros((h, w), np.uint8)
    cv2.drawContours(inside, [outline - (x, y)], -1, 1, cv2.FILLED)
    return float(cv2.mean(probability[y : y + h, x : x + w], inside)[0])
