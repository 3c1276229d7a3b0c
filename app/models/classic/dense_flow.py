"""Dense optical flow with a forward-backward consistency check."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_SIDE = 32  # Pixels; smaller pictures are padded, since dense flow needs a few patches.
# Pixels of forward-backward error at one standard deviation of agreement: lower trusts colour
# over flow. Chosen by hand; halved and doubled, J on DAVIS changes by -0.009 and +0.008.
TOLERANCE = 1.5
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BackwardFlow:
    """Flow from a picture back to an earlier one."""

    x: Plane  #: float32 (h, w), column in the earlier picture of each pixel of the later one
    y: Plane  #: row
    agreement: Plane  #: float32 (h, w) in [0, 1], low where forward and backward flow contradict each other

    def warp(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return an earlier picture (h, w) warped to the later time, 0 where it was out of view."""
        return _remap(picture, self.x, self.y, cv2.BORDER_CONSTANT)

    def warp_nearest(self, picture: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return an earlier picture warped with nearest-neighbour sampling."""
        height, width = picture.shape
        rows = np.rint(self.y).astype(np.intp).clip(0, height - 1)
        columns = np.rint(self.x).astype(np.intp).clip(0, width - 1)
        fetched: NDArray[np.intp] = picture[rows, columns]
        return fetched


def estimate_flow(earlier: NDArray[np.uint8], later: NDArray[np.uint8]) -> BackwardFlow:
    """Return the flow between two grey pictures uint8 (h, w).

    Method: Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016.
    """
    height, width = later.shape
    back, forth = _dense_flow(later, earlier), _dense_flow(earlier, later)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = columns + back[..., 0], rows + back[..., 1]
    apart = back + _remap(forth, x, y, cv2.BORDER_REPLICATE)
    agreement = cv2.exp((apart * apart).sum(axis=-1) / np.float32(-2 * TOLERANCE * TOLERANCE))
    return BackwardFlow(x, y, np.asarray(agreement, np.float32))


def _dense_flow(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Plane:
    """Return the flow from first to second, float32 (h, w, 2)."""
    height, width = first.shape
    below, beside = max(LEAST_SIDE - height, 0), max(LEAST_SIDE - width, 0)
    one, other = (
        cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_REPLICATE) for picture in (first, second)
    )
    solver = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = solver.calc(one, other, np.zeros((*one.shape, 2), np.float32))
    return np.asarray(found[:height, :width], np.float32)


def _remap(picture: Plane, x: Plane, y: Plane, border: int) -> Plane:
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=border), np.float32)
