"""What of an answer belongs to the object that a walk follows: it goes on from where it was."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
REACH = 0.25
"""How far an object goes from one frame to the next, in square roots of its area."""
LEAST_REACH = 4
"""In cells of stride 2; small things are quick for their size."""
LOST = 4
"""Cells of stride 4 below which an object was lost, and may be found again anywhere."""
ABSENT = -4.0
"""Logit of what looks like the object but is another thing."""


def continued(logits: Array, before: Array) -> Array:
    """Return an answer, logits (h, w), without those pieces that are out of reach of the frame before.

    before: the mask there, float32 (h/2, w/2). Where no piece is in reach the object has jumped, and
    all pieces stay.
    """
    was = (before > 0.5).astype(np.uint8)
    count = cv2.countNonZero(was)
    if count < LOST:
        return logits
    height, width = logits.shape
    near = cv2.resize(was, (width, height), interpolation=cv2.INTER_NEAREST)
    reach = int(REACH * math.sqrt(4 * count) + LEAST_REACH)
    near = cv2.dilate(near, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    pieces = cv2.connectedComponents((logits > 0).astype(np.uint8), connectivity=8)[1]
    linked = np.zeros(int(pieces.max()) + 1, bool)
    linked[pieces[near > 0]] = True
    linked[0] = False
    if not linked.any():
        return logits
    linked[0] = True
    return np.where(linked[pieces], logits, np.minimum(logits, np.float32(ABSENT)))
