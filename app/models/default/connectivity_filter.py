"""Connectivity filter: drops components of a propagated mask that are out of reach of the frame before."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
# Chosen by hand; the history keeps no measurement.
# Largest motion per frame, in square roots of the object's area: more lets alike objects in.
MOTION_REACH = 0.25
LEAST_REACH = 4  # Cells of stride 2; small objects are quick for their size.
LOST_CELLS = 4  # Cells of stride 4 below which an object was lost, and may be found again anywhere.
ABSENT_LOGIT = -4.0  # Of the components that are dropped: probability 0.02.


def keep_connected(logits: Array, before: Array) -> Array:
    """Return logits (h, w) without the components that are out of reach of the frame before.

    before: the mask there, float32 (h/2, w/2). If no component is in reach the object has jumped, and all stay.
    """
    was = (before > 0.5).astype(np.uint8)
    count = cv2.countNonZero(was)
    if count < LOST_CELLS:
        return logits
    height, width = logits.shape
    near = cv2.resize(was, (width, height), interpolation=cv2.INTER_NEAREST)
    reach = int(MOTION_REACH * math.sqrt(4 * count) + LEAST_REACH)
    near = cv2.dilate(near, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    pieces = cv2.connectedComponents((logits > 0).astype(np.uint8), connectivity=8)[1]
    linked = np.zeros(int(pieces.max()) + 1, bool)
    linked[pieces[near > 0]] = True
    linked[0] = False
    if not linked.any():
        return logits
    linked[0] = True
    return np.where(linked[pieces], logits, np.minimum(logits, np.float32(ABSENT_LOGIT)))
