"""A simulated annotator with brush and eraser: it draws along the middle of the worst error, as wide as that is."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Point
from app.domain.mask_operations import Stroke
from app.domain.tool import SMALLEST_SIZE
from app.imaging.strokes import rasterize_stroke
from app.models.engine import BoolMask

# The brush fits where the error is at least so wide, of its widest place; the stroke ends where it is narrower.
NARROWEST = 0.5
SIZES = (0.3, 0.45, 0.6, 0.75, 0.9, 1.05)  # of the brush that are tried, of the widest place
NEIGHBOURS = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0)]
Spot = tuple[int, int]


def paint_until_done(truth: BoolMask, mask: BoolMask, most: int) -> Iterator[tuple[Stroke, BoolMask]]:
    """Yield strokes and the mask after each, bool (h, w), until it is the truth or so many strokes are drawn."""
    mask = mask.copy()
    for _ in range(most):
        stroke = choose_stroke(mask, truth)
        if stroke is None:
            return
        patch = rasterize_stroke(stroke, *mask.shape)
        mask[patch.window][patch.pixels] = not stroke.erase
        yield stroke, mask.copy()


def choose_stroke(mask: BoolMask, truth: BoolMask) -> Stroke | None:
    """Return the stroke along the largest connected error that gains most pixels, None where mask equals truth."""
    errors = [(int(piece.sum()), piece, erase) for piece, erase in _worst(mask, truth)]
    area, piece, erase = max(errors, key=lambda error: error[0])
    if not area:
        return None
    padded = cv2.distanceTransform(np.pad(piece, 1).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    depth = np.asarray(padded[1:-1, 1:-1], np.float32)
    path = _stretch(_middle_line(piece, depth), depth)
    widest = max(float(depth[spot]) for spot in path)
    points = tuple(_centered(spot, piece, float(depth[spot])) for spot in path)
    strokes = [Stroke(points, max(size * widest, SMALLEST_SIZE / 2), erase) for size in SIZES]
    # The smallest brush from pixel to pixel changes these alone: without it strokes that gain nothing take turns.
    strokes.append(
        Stroke(tuple((float(column), float(row)) for row, column in path), SMALLEST_SIZE / 2, erase)
    )
    return max(strokes, key=lambda stroke: _gain(stroke, mask, truth))


def _centered(spot: Spot, piece: BoolMask, depth: float) -> Point:
    """Return (x, y) of the middle of what of a piece is around a pixel, between pixels where the piece is even wide."""
    reach = int(np.ceil(depth + 0.5))
    top, left = max(spot[0] - reach, 0), max(spot[1] - reach, 0)
    rows, columns = np.nonzero(piece[top : spot[0] + reach + 1, left : spot[1] + reach + 1])
    near = np.hypot(rows + top - spot[0], columns + left - spot[1]) <= depth + 0.5
    return float(columns[near].mean() + left), float(rows[near].mean() + top)


def _worst(mask: BoolMask, truth: BoolMask) -> Iterator[tuple[BoolMask, bool]]:
    """Yield the largest piece of what is missing and of what is too much."""
    for error, erase in ((truth & ~mask, False), (mask & ~truth, True)):
        _, pieces, stats, _ = cv2.connectedComponentsWithStats(error.view(np.uint8), connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        yield (pieces == 1 + int(np.argmax(areas)), erase) if areas.size else (error, erase)


def _gain(stroke: Stroke, mask: BoolMask, truth: BoolMask) -> int:
    """Return how many more pixels are right after a stroke."""
    patch = rasterize_stroke(stroke, *mask.shape)
    before, wanted = mask[patch.window][patch.pixels], truth[patch.window][patch.pixels]
    return int((before != wanted).sum()) - int((wanted == stroke.erase).sum())


def _middle_line(piece: BoolMask, depth: NDArray[np.float32]) -> list[Spot]:
    """Return the longest line through the middle of a piece, pixel by pixel."""
    start = divmod(int(np.argmax(np.where(piece, depth, 0))), piece.shape[1])
    end, _ = _farthest(piece, depth, start)
    other, steps = _farthest(piece, depth, end)
    line = [other]
    while line[-1] != end:
        line.append(steps[line[-1]])
    return line


def _farthest(piece: BoolMask, depth: NDArray[np.float32], start: Spot) -> tuple[Spot, dict[Spot, Spot]]:
    """Return the pixel that is farthest along the middle, and for each pixel the one before it on the way."""
    costs, steps, last = {start: 0.0}, {}, start
    queue = [(0.0, start)]
    done = set()
    while queue:
        cost, spot = heapq.heappop(queue)
        if spot in done:
            continue
        done.add(spot)
        last = spot
        for down, right in NEIGHBOURS:
            row, column = spot[0] + down, spot[1] + right
            if not (0 <= row < piece.shape[0] and 0 <= column < piece.shape[1] and piece[row, column]):
                continue
            total = cost + np.hypot(down, right) / float(depth[row, column]) ** 2
            if total < costs.get((row, column), np.inf):
                costs[row, column], steps[row, column] = total, spot
                heapq.heappush(queue, (total, (row, column)))
    return last, steps


def _stretch(line: list[Spot], depth: NDArray[np.float32]) -> list[Spot]:
    """Return the part of a line around its widest place where a brush of one size fits."""
    depths = [float(depth[spot]) for spot in line]
    place = int(np.argmax(depths))
    first = last = place
    while first > 0 and depths[first - 1] >= NARROWEST * depths[place]:
        first -= 1
    while last < len(line) - 1 and depths[last + 1] >= NARROWEST * depths[place]:
        last += 1
    return line[first : last + 1]
