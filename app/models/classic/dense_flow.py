"""Where each pixel came from: dense flow, and how far it agrees with itself backward."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_SIDE = 32
"""Dense flow needs a few patches to work with."""
TOLERANCE = 1.5
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BackwardFlow:
    """From one picture back to an earlier one.

    x, y: float32 (h, w), the place in the earlier picture of each pixel of the later one.
    agreement: float32 (h, w) in [0, 1], low where forward and backward flow contradict each other.
    """

    x: Plane
    y: Plane
    agreement: Plane

    def carry(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a picture (h, w) of the earlier time as seen at the later one, 0 where it was out of view."""
        return _sample(picture, self.x, self.y, cv2.BORDER_CONSTANT)

    def fetch(self, picture: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the nearest earlier value of each pixel."""
        height, width = picture.shape
        rows = np.rint(self.y).astype(np.intp).clip(0, height - 1)
        columns = np.rint(self.x).astype(np.intp).clip(0, width - 1)
        fetched: NDArray[np.intp] = picture[rows, columns]
        return fetched


def motion(earlier: NDArray[np.uint8], later: NDArray[np.uint8]) -> BackwardFlow:
    """Return the motion between two grey pictures uint8 (h, w).

    Flow by Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016.
    """
    height, width = later.shape
    back, forth = _flow(later, earlier), _flow(earlier, later)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = columns + back[..., 0], rows + back[..., 1]
    apart = back + _sample(forth, x, y, cv2.BORDER_REPLICATE)
    agreement = cv2.exp((apart * apart).sum(axis=-1) / np.float32(-2 * TOLERANCE * TOLERANCE))
    return BackwardFlow(x, y, np.asarray(agreement, np.float32))


def _flow(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Plane:
    """Return float32 (h, w, 2), what leads from each pixel of first to the same thing in second."""
    height, width = first.shape
    below, beside = max(LEAST_SIDE - height, 0), max(LEAST_SIDE - width, 0)
    one, other = (
        cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_REPLICATE) for picture in (first, second)
    )
    solver = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = solver.calc(one, other, np.zeros((*one.shape, 2), np.float32))
    return np.asarray(found[:height, :width], np.float32)


def _sample(picture: Plane, x: Plane, y: Plane, border: int) -> Plane:
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=border), np.float32)
