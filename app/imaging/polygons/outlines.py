"""Outlines of masks along the edges of pixels, for formats whose coordinates count from a pixel's upper left corner.

A pixel (x, y) covers x to x + 1 and y to y + 1 there, as in COCO, CVAT, labelme and YOLO. Filled, an outline gives
exactly the mask again. Contours through the centres of pixels, which a person edits, are in tracing.py.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

BoolMask = NDArray[np.bool_]
Ring = NDArray[np.int32]


def outlines(mask: BoolMask) -> list[Ring]:
    """Return one closed ring, int32 (n, 2) of (x, y), for each 4-connected piece of bool (h, w).

    A hole is joined to the ring around it by a line that is walked in both directions, so that it encloses nothing, and
    runs the other way round: filling by even-odd or by winding number, and the shoelace area, all give the mask.
    """
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    if not width:
        return []
    # Most masks are a small part of a frame.
    rings = _outlines(np.ascontiguousarray(mask[top : top + height, left : left + width]))
    return [ring + np.array([left, top], np.int32) for ring in rings]


def _outlines(mask: BoolMask) -> list[Ring]:
    corners, _, order = _corners(mask)
    _, pieces = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    outer: dict[int, Ring] = {}
    holes: list[tuple[int, Ring]] = []
    for ring in (corners[path] for path in _paths(order)):
        x, y = min(ring.tolist(), key=lambda point: (point[1], point[0]))
        is_outer = y < mask.shape[0] and x < mask.shape[1] and bool(mask[y, x])
        if is_outer:
            outer[int(pieces[y, x])] = ring
        else:
            holes.append((int(pieces[y - 1, x]), ring))
    for piece, hole in holes:
        outer[piece] = join_rings(outer[piece], hole[::-1])
    return [outer[piece] for piece in sorted(outer)]


def inset_rings(mask: BoolMask, inset: float) -> list[NDArray[np.float64]]:
    """Return all rings, holes too, moved into the mask by a share of a pixel; float64 (n, 2), centres at integers.

    By less than half: readers that take a pixel whose centre is inside, and readers that round to pixels and take the
    line too, then both fill an even number of turns to exactly the mask.
    """
    if not mask.any():
        return []
    corners, inward, order = _corners(mask)
    return [corners[path] - 0.5 + inset * inward[path] for path in _paths(order)]


def join_rings(one: Ring, other: Ring) -> Ring:
    """Return one ring that encloses what both do, or what only one of them does, by a line walked twice."""
    start = other[0]
    nearest = int(np.abs(one - start).sum(axis=1).argmin())
    parts = (one[: nearest + 1], other, start[None], one[nearest:])
    return np.concatenate(parts)


def _corners(mask: BoolMask) -> tuple[Ring, NDArray[np.int8], NDArray[np.intp]]:
    """Return all corners of pixel edges, sorted by y and x; for each the way into the mask along x and y, -1 or 1; and
    its neighbour along a column.

    Where two pixels touch in a corner alone that corner is listed twice, once for each of them.
    """
    framed = np.pad(mask, 1).astype(np.int8)
    upper, lower = framed[:-1], framed[1:]
    left_up, right_up, left_down, right_down = upper[:, :-1], upper[:, 1:], lower[:, :-1], lower[:, 1:]
    count = left_up + right_up + left_down + right_down
    crossing = (count == 2) & (left_up == right_down)
    once = (count == 1) | (count == 3) | crossing
    ys, xs = np.nonzero(once)
    twice = crossing[ys, xs]
    places = np.repeat(np.arange(len(ys)), 1 + twice)
    corners = np.stack([xs, ys], axis=1).astype(np.int32)[places]
    # The first of a pair ends the edge on its left, the second begins that on its right. Above both is the upper
    # edge, which belongs to the left pixel where that is set, else to the right one.
    second = np.zeros(len(places), np.int8)
    second[1:] = places[1:] == places[:-1]
    is_pair = twice[places]
    left_is_set = left_up[ys, xs].astype(bool)[places]
    down_first = is_pair & ~left_is_set
    rank = np.where(down_first, 1 - second, second)
    across = (right_up + right_down - left_up - left_down)[ys, xs][places]
    down = (left_down + right_down - left_up - right_up)[ys, xs][places]
    side = np.where(second == 1, 1, -1)
    inward = np.stack(
        [np.where(is_pair, side, across), np.where(is_pair, np.where(left_is_set, side, -side), down)], 1
    )
    by_column = np.lexsort((rank, corners[:, 1], corners[:, 0]))
    partner = np.empty(len(by_column), np.intp)
    partner[by_column[0::2]], partner[by_column[1::2]] = by_column[1::2], by_column[0::2]
    return corners, inward.astype(np.int8), partner


def _paths(partner: NDArray[np.intp]) -> list[list[int]]:
    """Return the rings as numbers of corners, walked along a row and a column in turn; along a row they are pairs."""
    along = partner.tolist()
    seen = bytearray(len(along))
    paths = []
    for first in range(0, len(along), 2):
        if seen[first]:
            continue
        path, at = [], first
        while not seen[at]:
            other = at ^ 1
            seen[at] = seen[other] = 1
            path += [at, other]
            at = along[other]
        paths.append(path)
    return paths
