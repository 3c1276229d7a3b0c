"""Masks whose outline is moved or smoothed. Pure.

Lengths are in widths of a pixel. The picture goes on beyond its border as it is there, so that nothing is eaten from
the border inwards.
"""

from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

BoolMask = NDArray[np.bool_]

# Sigma of the smoothing Gaussian by the distance up to which corners are rounded; chosen by hand.
_SPREAD = 0.5
_SQUARE = 0.01  # Difference of an aspect from 1 up to which pixels count as square.


def grow(mask: BoolMask, distance: float, aspect: float = 1.0) -> BoolMask:
    """Return bool (h, w) with the outline moved outwards by a distance, inwards where it is negative."""
    window = _around(mask, abs(distance) + 1, aspect)
    part = np.ascontiguousarray(mask[window])
    result = np.zeros_like(mask)
    if not part.size:
        return result
    result[window] = _dilate(part, distance, aspect) if distance >= 0 else ~_dilate(~part, -distance, aspect)
    return result


def smooth(mask: BoolMask, distance: float, aspect: float = 1.0) -> BoolMask:
    """Return bool (h, w) with a smoother outline; a mask that would vanish stays as it is."""
    window = _around(mask, 3 * distance + 1, aspect)
    part = mask[window].astype(np.float32)
    if not part.size:
        return mask.copy()
    sigma = distance * _SPREAD
    blurred = cv2.GaussianBlur(
        part, (0, 0), sigmaX=sigma, sigmaY=sigma / aspect, borderType=cv2.BORDER_REPLICATE
    )
    result = np.zeros_like(mask)
    result[window] = blurred >= 0.5
    return result if result.any() else mask.copy()


def _dilate(part: BoolMask, distance: float, aspect: float) -> BoolMask:
    if abs(aspect - 1) <= _SQUARE:
        if not part.any():
            return part
        away = cv2.distanceTransform((~part).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        return np.asarray(away <= distance)
    across, down = int(distance), int(distance / aspect)
    y, x = np.mgrid[-down : down + 1, -across : across + 1]
    disc = (np.hypot(x, y * aspect) <= distance).astype(np.uint8)
    return cv2.dilate(part.view(np.uint8), disc, borderValue=0).view(np.bool_)


def _around(mask: BoolMask, margin: float, aspect: float) -> tuple[slice, slice]:
    """Return the bounds of the pixels set with a margin, within the picture; empty where none is set."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return np.s_[0:0, 0:0]
    down, across = ceil(margin / aspect), ceil(margin)
    return (
        slice(max(int(rows[0]) - down, 0), int(rows[-1]) + down + 1),
        slice(max(int(columns[0]) - across, 0), int(columns[-1]) + across + 1),
    )
