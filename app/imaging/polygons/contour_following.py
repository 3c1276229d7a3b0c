"""Contours of a mask in place of polygon edges that were simplified from them.

Simplifying took the detail out of the rings; it is still in the mask. Following puts it back: an edge whose
ends are on the contour, and which the contour keeps to, gives way to the contour between its ends. A polygon
as traced follows to the full contours of its piece, which fill to exactly its pixels. An edge that a person
has dragged away from the contour stays straight.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from app.domain.annotation import Polygon, Ring
from app.domain.vertices import nearest_on_edge
from app.imaging.polygons.tracing import (
    ROUNDING,
    BoolMask,
    Path,
    Points,
    ring_tolerance,
    stretch_deviations,
    trace_contours,
)

FLAT = 0.5  # pixels off the line below which a vertex bends nothing
STARTS_TRIED = 4  # alignments tried, chosen by hand: fewer may miss the best one, more cost time


class ContourFollower:
    """The contours of a mask, bool (h, w), for polygons to follow."""

    def __init__(self, mask: BoolMask) -> None:
        self.shape = mask.shape
        self._followed: dict[tuple[Ring, bool], Path] = {}
        pieces = trace_contours(mask)
        self._outer = _Index([piece.outer for piece in pieces], mask.shape[1])
        self._holes = _Index([hole for piece in pieces for hole in piece.holes], mask.shape[1])

    def follow(self, polygon: Polygon) -> list[Path]:
        """Return the rings of a polygon with the detail put back, float (n, 2) each."""
        return [self._recall(ring, number > 0) for number, ring in enumerate(polygon.rings) if ring]

    def _recall(self, ring: Ring, is_hole: bool) -> Path:
        """Follow a ring; the next polygon, mostly the same one after an edit, shares most of its rings."""
        if (ring, is_hole) not in self._followed:
            self._followed[ring, is_hole] = self._follow_ring(ring, self._holes if is_hole else self._outer)
        return self._followed[ring, is_hole]

    def _follow_ring(self, ring: Ring, index: _Index) -> Path:
        contour, candidates = index.locate(np.asarray(ring, np.float64))
        if contour is None:
            return np.asarray(ring, np.float64)
        positions = _align(candidates, len(contour))
        ring, positions = _without_flat(ring, positions)
        return _splice(ring, positions, contour)


class _Index:
    """Finds the pixels of several contours by their coordinates."""

    def __init__(self, rings: Sequence[Points], width: int) -> None:
        self.rings = rings
        self.width = width
        sizes = np.array([len(ring) for ring in rings], np.intp)
        path = np.concatenate(rings) if len(rings) else np.zeros((0, 2), np.int32)
        keys = path[:, 1].astype(np.int64) * width + path[:, 0]
        order = np.argsort(keys, kind="stable")
        self.keys = keys[order]
        self.owner = np.repeat(np.arange(len(rings)), sizes)[order]
        self.position = (np.arange(len(path)) - np.repeat(np.cumsum(sizes) - sizes, sizes))[order]

    def locate(self, points: Path) -> tuple[Points | None, list[list[int]]]:
        """Return the contour that most of the points are on, and for each point its positions there."""
        whole = np.isfinite(points).all(1) & (points == np.rint(points)).all(1) & (points[:, 0] < self.width)
        keys = np.where(whole, points[:, 1] * self.width + points[:, 0], -1)
        begin, end = np.searchsorted(self.keys, keys), np.searchsorted(self.keys, keys, side="right")
        counts = end - begin
        vertex = np.repeat(np.arange(len(points)), counts)
        if not len(vertex):
            return None, []
        found = np.arange(len(vertex)) - (np.cumsum(counts) - counts)[vertex] + begin[vertex]
        best = int(np.argmax(np.bincount(self.owner[found])))
        candidates: list[list[int]] = [[] for _ in points]
        chosen = self.owner[found] == best
        for n, position in zip(vertex[chosen].tolist(), self.position[found][chosen].tolist(), strict=True):
            candidates[n].append(position)
        return self.rings[best], candidates


def _align(candidates: list[list[int]], length: int) -> list[int]:
    """Give each vertex one of its positions, or -1, so that they go once around the contour in ring order.

    The most vertices win: one that was moved onto a distant stretch of contour leaves the others in place.
    """
    usable = [n for n, positions in enumerate(candidates) if positions]
    single = [n for n in usable if len(candidates[n]) == 1] or usable
    best = [-1] * len(candidates)
    for start in single[:: -(-len(single) // STARTS_TRIED)]:
        order = usable[bisect_left(usable, start) :] + usable[: bisect_left(usable, start)]
        origin = candidates[start][0]
        turned = [sorted((position - origin) % length for position in candidates[n]) for n in order]
        aligned = [-1] * len(candidates)
        for n, position in zip(order, _longest_ascent(turned), strict=True):
            aligned[n] = (position + origin) % length if position >= 0 else -1
        if aligned.count(-1) < best.count(-1):
            best = aligned
        if best.count(-1) == len(candidates) - len(usable):
            break
    return best


def _longest_ascent(choices: list[list[int]]) -> list[int]:
    """Pick at most one number from each ascending list, so that they ascend and are many; -1 for none."""
    tails: list[int] = []
    holders: list[tuple[int, int]] = []
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    for n, numbers in enumerate(choices):
        for number in reversed(numbers):
            place = bisect_left(tails, number)
            before[n, number] = holders[place - 1] if place else None
            tails[place : place + 1] = [number]
            holders[place : place + 1] = [(n, number)]
    picked = [-1] * len(choices)
    link = holders[-1] if holders else None
    while link is not None:
        picked[link[0]] = link[1]
        link = before[link]
    return picked


def _without_flat(ring: Ring, positions: list[int]) -> tuple[Ring, list[int]]:
    """Leave out vertices off the contour that lie on the line between their neighbours: they bend nothing."""
    kept: list[int] = []
    for n, point in enumerate(ring):
        if positions[n] < 0:
            near = nearest_on_edge(ring[kept[-1] if kept else n - 1], ring[(n + 1) % len(ring)], *point)
            if math.dist(near, point) <= FLAT:
                continue
        kept.append(n)
    return tuple(ring[n] for n in kept), [positions[n] for n in kept]


def _splice(ring: Ring, positions: list[int], contour: Points) -> Path:
    """Replace the edges that the contour keeps to by the contour."""
    length = len(contour)
    starts = np.array(positions, np.intp)
    nexts = np.roll(starts, -1)
    ends = np.where(nexts <= starts, nexts + length, nexts)
    edges = np.flatnonzero((starts >= 0) & (nexts >= 0))
    path = np.concatenate((contour, contour, contour[:1]))
    if len(edges):
        away, _ = stretch_deviations(path, starts[edges], ends[edges])
        edges = edges[away <= ring_tolerance(length) + ROUNDING]
    points, detail = np.array(ring, np.float64), path.astype(np.float64)
    parts = [points[n : n + 1] for n in range(len(points))]
    for n, start, end in zip(edges.tolist(), starts[edges].tolist(), ends[edges].tolist(), strict=True):
        parts[n] = detail[start:end]
    return np.concatenate(parts)
