"""Connected components of masks; foreground is 8-connected, background 4-connected."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

BoolMask = NDArray[np.bool_]
Point = tuple[float, float]
# Of a mask's area: what is smaller is no part that a person would draw. Chosen by hand: fingers and instrument tips of
# the surgery clips are above it, speckles of every engine below.
SMALL_SHARE = 0.02


def largest_component(mask: BoolMask) -> BoolMask:
    """Return the largest component of bool (h, w); of equals the uppermost, nothing of an empty mask."""
    labels, areas = _components(mask, 8)
    if len(areas) <= 2:
        return mask.copy()
    return np.asarray(labels == 1 + int(np.argmax(areas[1:])))


def keep_piece(mask: BoolMask, x: float, y: float) -> BoolMask:
    """Return the component of bool (h, w) at a point, nothing where there is none."""
    labels, _ = _components(mask, 8)
    row, column = round(y), round(x)
    is_on = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1] and mask[row, column]
    return np.asarray(labels == labels[row, column]) if is_on else np.zeros_like(mask)


def fill_holes(mask: BoolMask) -> BoolMask:
    """Return bool (h, w) with every hole set: background that cannot reach the border of the image."""
    labels, areas = _components(np.pad(~mask, 1, constant_values=True), 4)
    if len(areas) <= 2:
        return mask.copy()
    outside = labels[0, 0]
    return np.asarray(labels[1:-1, 1:-1] != outside)


def remove_small(mask: BoolMask, min_area: int) -> BoolMask:
    """Return bool (h, w) without the components of fewer than min_area pixels."""
    labels, areas = _components(mask, 8)
    kept = areas >= min_area
    kept[0] = False
    return np.asarray(kept[labels])


def tidy_mask(mask: BoolMask, kept: Iterable[Point]) -> BoolMask:
    """Return bool (h, w) with small holes set and small pieces unset, all below SMALL_SHARE of the mask.

    kept: points (x, y) whose piece or hole stays, because a person clicked there.
    """
    # All is within the bounds of the mask, which are a small part of most pictures.
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(mask).view(np.uint8))
    tidied = np.zeros_like(mask)
    part = slice(top, top + height), slice(left, left + width)
    tidied[part] = _tidy_part(mask[part], [(round(y) - top, round(x) - left) for x, y in kept])
    return tidied


def _tidy_part(mask: BoolMask, places: Sequence[tuple[int, int]]) -> BoolMask:
    """See tidy_mask. places: (row, column) of the points."""
    least = SMALL_SHARE * np.count_nonzero(mask)
    inside = [place for place in places if _is_on(mask, place)]
    pieces, areas = _components(mask, 8)
    stays = areas >= least
    stays[[0, *(pieces[place] for place in inside)]] = True
    tidied = mask & stays[pieces]
    holes, areas = _components(~tidied, 4)
    edges = np.concatenate(
        (holes[:1].ravel(), holes[-1:].ravel(), holes[:, :1].ravel(), holes[:, -1:].ravel())
    )
    fills = areas < least
    fills[[0, *edges, *(holes[place] for place in places if _is_on(~tidied, place))]] = False
    return np.asarray(tidied | fills[holes])


def _is_on(mask: BoolMask, place: tuple[int, int]) -> bool:
    """Whether a pixel (row, column) lies on the image and is set."""
    row, column = place
    return 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1] and bool(mask[row, column])


def _components(mask: BoolMask, connectivity: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Component number of each pixel, 0 for background, and the area of each number."""
    if not mask.size:
        return np.zeros(mask.shape, np.int32), np.zeros(1, np.int32)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        np.ascontiguousarray(mask).view(np.uint8), connectivity=connectivity, ltype=cv2.CV_32S
    )
    return labels.astype(np.int32, copy=False), stats[:, cv2.CC_STAT_AREA].astype(np.int32, copy=False)
