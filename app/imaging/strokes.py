"""Strokes of a brush and drawn regions as pixels. Pure.

A pixel belongs to a stroke when its centre is within the brush somewhere along the line, and a brush smaller than a
pixel still paints the pixel that it is on. Every brush is convex, so that a stretch of the line covers one run of
pixels in each row: all runs are computed at once, for any size of the brush.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.domain.mask_operations import Region, Stroke
from app.imaging.polygons import fill_holes
from app.imaging.polygons.tracing import fill_rings

BoolMask = NDArray[np.bool_]
Array = NDArray[np.float64]
_NEAR = 1e-9  # Pixels, of float64 sums: a centre exactly on the rim belongs to the brush.
# Points, each of which may add three runs that begin in one place, which 16 bits have to count.
_MANY = 10_000
_EMPTY = 1e9  # Columns, beyond every picture: the bound of no run.


class Patch(NamedTuple):
    """A part of a mask: its left top corner and its pixels, bool (h, w)."""

    left: int
    top: int
    pixels: BoolMask

    @property
    def window(self) -> tuple[slice, slice]:
        """Its place in the whole mask."""
        height, width = self.pixels.shape
        return np.s_[self.top : self.top + height, self.left : self.left + width]


def rasterize_stroke(stroke: Stroke, height: int, width: int) -> Patch:
    """Return the pixels of a stroke on an image, in their bounds; none where it is wholly beside it."""
    rows, left, right = _runs(stroke)
    keep = (rows >= 0) & (rows < height) & (right >= 0) & (left < width) & (left <= right)
    rows, left, right = rows[keep], np.maximum(left[keep], 0), np.minimum(right[keep], width - 1)
    if not len(rows):
        return Patch(0, 0, np.zeros((0, 0), np.bool_))
    x, y = int(left.min()), int(rows.min())
    kind = np.int16 if len(stroke.points) < _MANY else np.int32
    steps = np.zeros((int(rows.max()) - y + 1, int(right.max()) - x + 2), kind)
    np.add.at(steps, (rows - y, left - x), 1)
    np.add.at(steps, (rows - y, right - x + 1), -1)
    return Patch(x, y, np.cumsum(steps, axis=1, out=steps)[:, :-1] > 0)


def rasterize_region(region: Region, height: int, width: int) -> Patch:
    """Return what a closed line runs through and encloses, in its bounds; where it crosses itself, all its loops."""
    ring = np.asarray(region.points, np.float64)
    left, top = np.clip(np.floor(ring.min(0)).astype(int), 0, (width, height))
    right, bottom = np.clip(np.ceil(ring.max(0)).astype(int) + 1, 0, (width, height))
    drawn = fill_rings([ring], (int(left), int(top), int(right), int(bottom)), (height, width))
    return Patch(int(left), int(top), fill_holes(drawn) if drawn.size else drawn)


def _runs(stroke: Stroke) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return row, first and last column of every run of pixels; some are empty, with the last before the first."""
    points = np.array(stroke.points, np.float64)
    starts, ends = (points[:-1], points[1:]) if len(points) > 1 else (points, points)
    reach = stroke.radius / stroke.aspect
    low = np.ceil(np.minimum(starts[:, 1], ends[:, 1]) - reach - _NEAR).astype(np.int64)
    high = np.floor(np.maximum(starts[:, 1], ends[:, 1]) + reach + _NEAR).astype(np.int64)
    counts = np.maximum(high - low + 1, 0)
    owner = np.repeat(np.arange(len(counts)), counts)
    rows = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + low[owner]
    stretch = np.array((1.0, stroke.aspect))
    extent = _square_extent if stroke.square else _round_extent
    left, right = extent(
        rows * stroke.aspect, starts[owner] * stretch, ends[owner] * stretch, stroke.radius + _NEAR
    )
    on = np.floor(points + 0.5).astype(np.int64)
    return (
        np.concatenate((rows, on[:, 1])),
        np.concatenate((np.ceil(left).astype(np.int64), on[:, 0])),
        np.concatenate((np.floor(right).astype(np.int64), on[:, 0])),
    )


def _round_extent(rows: Array, starts: Array, ends: Array, radius: float) -> tuple[Array, Array]:
    """Return how far a disc moved from start to end reaches left and right in a row: by its two ends and two sides."""
    along = ends - starts
    length = np.hypot(*along.T)
    side = radius * np.stack((-along[:, 1], along[:, 0]), 1) / np.where(length > 0, length, 1.0)[:, None]
    found = []
    for center in (starts, ends):
        away = rows - center[:, 1]
        half = np.sqrt(np.maximum(radius**2 - away**2, 0.0))
        hits = np.abs(away) <= radius
        found += [(hits, center[:, 0] - half), (hits, center[:, 0] + half)]
    for offset in (side, -side):
        share = (rows - starts[:, 1] - offset[:, 1]) / np.where(along[:, 1] == 0, np.inf, along[:, 1])
        hits = (along[:, 1] != 0) & (share >= 0) & (share <= 1)
        found.append((hits, starts[:, 0] + offset[:, 0] + share * along[:, 0]))
    left = np.min([np.where(hits, x, _EMPTY) for hits, x in found], axis=0)
    right = np.max([np.where(hits, x, -_EMPTY) for hits, x in found], axis=0)
    return left, right


def _square_extent(rows: Array, starts: Array, ends: Array, radius: float) -> tuple[Array, Array]:
    """Return how far a square moved from start to end reaches left and right in a row."""
    down = ends[:, 1] - starts[:, 1]
    slope = np.where(down == 0, np.inf, down)
    first, second = (rows - radius - starts[:, 1]) / slope, (rows + radius - starts[:, 1]) / slope
    is_level = down == 0
    enter = np.where(is_level, 0.0, np.clip(np.minimum(first, second), 0.0, 1.0))
    leave = np.where(is_level, 1.0, np.clip(np.maximum(first, second), 0.0, 1.0))
    across = ends[:, 0] - starts[:, 0]
    one, other = starts[:, 0] + enter * across, starts[:, 0] + leave * across
    return np.minimum(one, other) - radius, np.maximum(one, other) + radius
