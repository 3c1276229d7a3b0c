"""Shapes between those of two frames or slices, by their signed distances. Pure.

Raya and Udupa, "Shape-based interpolation of multidimensional objects", IEEE Trans. Med. Imaging 9(1), 1990: the
distance of each pixel from the outline, positive inside, is interpolated, and the shape is where it is positive. The
shapes are laid over each other by their centres of gravity first, so that one that moves farther than its own size
does not vanish on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Mask
from app.domain.mask_operations import Between
from app.imaging import masks

BoolMask = NDArray[np.bool_]
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ShapePair:
    """Two shapes on one canvas with their centres of gravity in its middle."""

    distances: tuple[Array, Array]  #: signed, float32 (h, w) pixels, positive inside
    corners: tuple[NDArray[np.float64], NDArray[np.float64]]  #: (x, y) of the canvas on each frame
    overlap: float  #: Dice of the shapes as they lie over each other, in [0, 1]


def shape_between(operation: Between) -> BoolMask:
    """Return bool (h, w): the shape between two that are not empty, a share of the way from one to the other."""
    pair, share = _lay_over(operation.start, operation.stop), operation.share
    shape = (1 - share) * pair.distances[0] + share * pair.distances[1] > 0
    left, top = np.rint((1 - share) * pair.corners[0] + share * pair.corners[1]).astype(int)
    result = np.zeros((operation.start.height, operation.start.width), np.bool_)
    height, width = shape.shape
    cut = np.s_[max(-top, 0) : max(result.shape[0] - top, 0), max(-left, 0) : max(result.shape[1] - left, 0)]
    seen = shape[cut]
    result[max(top, 0) :, max(left, 0) :][: seen.shape[0], : seen.shape[1]] = seen
    return result


def overlap_between(operation: Between) -> float:
    """Return how sure a shape between two is, in [0, 1]: less in the middle, and less where the two differ."""
    pair = _lay_over(operation.start, operation.stop)
    return 1 - (1 - pair.overlap) * 2 * min(operation.share, 1 - operation.share)


@lru_cache(maxsize=4)  # The gaps that are filled at a time.
def _lay_over(start: Mask, stop: Mask) -> ShapePair:
    shapes = [_cropped(masks.decode(mask)) for mask in (start, stop)]
    sizes = np.array([shape.shape[::-1] for shape, _, _ in shapes])
    inner = [np.rint(center).astype(int) for _, _, center in shapes]
    # The canvas reaches as far to each side of the centres as the larger shape does, and one pixel farther.
    before = np.max(inner, axis=0) + 1
    after = np.max(sizes - inner, axis=0) + 1
    canvases = []
    for (shape, _, _), center in zip(shapes, inner, strict=True):
        canvas = np.zeros((before + after)[::-1], np.bool_)
        left, top = before - center
        canvas[top : top + shape.shape[0], left : left + shape.shape[1]] = shape
        canvases.append(canvas)
    one, other = canvases
    overlap = 2 * int((one & other).sum()) / int(one.sum() + other.sum())
    corners = [corner + center - before for (_, corner, _), center in zip(shapes, inner, strict=True)]
    return ShapePair((_signed_distance(one), _signed_distance(other)), (corners[0], corners[1]), overlap)


def _cropped(mask: BoolMask) -> tuple[BoolMask, NDArray[np.float64], NDArray[np.float64]]:
    """Return the pixels within their bounds, (x, y) of the bounds, and the centre of gravity within them."""
    rows, columns = np.nonzero(mask)
    left, top = int(columns.min()), int(rows.min())
    shape = mask[top : int(rows.max()) + 1, left : int(columns.max()) + 1]
    center = np.array((columns.mean() - left, rows.mean() - top))
    return shape, np.array((left, top), np.float64), center


def _signed_distance(shape: BoolMask) -> Array:
    """Return the distance from the outline, which lies half a pixel from the pixels on both its sides."""
    inside = cv2.distanceTransform(shape.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    outside = cv2.distanceTransform((~shape).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.where(shape, inside - 0.5, 0.5 - outside), np.float32)
