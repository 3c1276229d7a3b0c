"""Whether a mask looks like another one to a person who has seen that one. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Mask
from app.imaging.masks import box, decode

BoolMask = NDArray[np.bool_]
ALIKE: Final = 2
"""Pixels along rows and columns that an outline may be off: set by hand, of the width of a drawn outline."""
LEAST_OVERLAP: Final = 0.95
"""IoU, set by hand: of a thing of a few pixels an outline that is one or two off is another shape."""
_MOST_RUNS: Final = 20_000  # of pixels in rows; the parts of masks in more pieces take over 0.1 s to count


def look_alike(one: Mask, other: Mask) -> bool:
    """Whether the outlines of two masks of one size lie within ALIKE of each other, and nearly all pixels are in both.

    A part or hole that is in one alone makes them differ, however small it is.
    """
    if one == other:
        return True
    if (one.height, one.width) != (other.height, other.width):
        return False
    part = _around(box(one), box(other))
    first, second = (np.pad(decode(mask)[part], ALIKE) for mask in (one, other))
    if np.count_nonzero(first & second) < LEAST_OVERLAP * np.count_nonzero(first | second):
        return False
    pairs = ((first, second), (second, first), (~first, ~second), (~second, ~first))
    return all(not (inner & ~_grown(outer)).any() for inner, outer in pairs) and (
        (pieces := count_pieces(first)) is not None and pieces == count_pieces(second)
    )


def count_pieces(mask: BoolMask) -> tuple[int, int] | None:
    """Return how many parts (pixels that touch at a side or corner) and holes a mask, bool (h, w), has.

    None for a mask in too many pieces to count. Runs of rows that touch make a graph with as many parts and holes.
    """
    steps = np.diff(np.pad(mask, 1).view(np.int8), axis=1)
    rows, starts = np.nonzero(steps == 1)
    if len(rows) > _MOST_RUNS:
        return None
    _, stops = np.nonzero(steps == -1)
    above = (rows - 1) * steps.shape[1]
    first = np.searchsorted(rows * steps.shape[1] + stops, above + starts)
    last = np.searchsorted(rows * steps.shape[1] + starts, above + stops, "right")
    roots = list(range(len(rows)))
    parts = len(rows)
    for run, touched in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        for other in range(*touched):
            ends = _root(roots, run), _root(roots, other)
            roots[ends[0]] = ends[1]
            parts -= ends[0] != ends[1]
    return parts, parts - len(rows) + int((last - first).clip(0).sum())


def _root(roots: list[int], run: int) -> int:
    while roots[run] != run:
        roots[run] = run = roots[roots[run]]
    return run


def _around(*boxes: tuple[int, int, int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of boxes together; an empty one has none."""
    full = [found for found in boxes if found[2] and found[3]]
    left, top = (min((found[axis] for found in full), default=0) for axis in (0, 1))
    right, bottom = (max((found[axis] + found[axis + 2] for found in full), default=0) for axis in (0, 1))
    return slice(top, bottom), slice(left, right)


def _grown(mask: BoolMask) -> BoolMask:
    """Return a mask, bool (h, w), grown by ALIKE along rows and columns; beyond the border is what the border has."""
    height, width = mask.shape
    padded = np.pad(mask, ALIKE, mode="edge")
    steps = range(2 * ALIKE + 1)
    tall = np.logical_or.reduce([padded[step : step + height] for step in steps])
    grown: BoolMask = np.logical_or.reduce([tall[:, step : step + width] for step in steps])
    return grown
