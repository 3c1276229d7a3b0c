"""Hit tests: the vertex, edge or polygon under the cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Polygon


@dataclass(frozen=True, slots=True)
class VertexHit:
    """A vertex under the cursor."""

    polygon: int
    ring: int
    vertex: int
    distance: float  #: source pixels


@dataclass(frozen=True, slots=True)
class EdgeHit:
    """An edge under the cursor."""

    polygon: int
    ring: int
    edge: int  #: the vertex it begins at
    x: float  #: of its point nearest to the cursor
    y: float
    distance: float  #: source pixels


class Outlines:
    """Polygons prepared for many questions; thousands of vertices are answered in well under a millisecond.

    Make one when the polygons change. Radii and distances are in widths of a source pixel.
    aspect: how much taller than wide a pixel is.
    """

    def __init__(self, polygons: Sequence[Polygon], aspect: float = 1.0) -> None:
        self._aspect = aspect
        rings = [ring for polygon in polygons for ring in polygon.rings]
        sizes = np.array([len(ring) for ring in rings], np.intp)
        places = [(n, k) for n, polygon in enumerate(polygons) for k in range(len(polygon.rings))]
        first = np.repeat(np.cumsum(sizes) - sizes, sizes)
        step = np.arange(int(sizes.sum())) - first
        self._place = np.repeat(np.array(places, np.intp).reshape(-1, 2), sizes, axis=0)
        self._vertex = step
        self._start = np.array(list(chain.from_iterable(rings)), np.float64).reshape(-1, 2)
        self._start[:, 1] *= aspect
        self._end = self._start[first + (step + 1) % np.repeat(sizes, sizes)]

    def hit_vertex(self, x: float, y: float, radius: float) -> VertexHit | None:
        """Return the nearest vertex within radius of (x, y); of equals the one drawn last."""
        found = _nearest(np.hypot(*(self._start - (x, y * self._aspect)).T), radius)
        if found is None:
            return None
        n, distance = found
        polygon, ring = self._place[n].tolist()
        return VertexHit(polygon, ring, int(self._vertex[n]), distance)

    def hit_edge(self, x: float, y: float, radius: float) -> EdgeHit | None:
        """Return the nearest edge within radius of (x, y); of equals the one drawn last."""
        y *= self._aspect
        along = self._end - self._start
        offset = np.array((x, y)) - self._start
        length = np.square(along).sum(1)
        share = np.clip((offset * along).sum(1) / np.where(length > 0, length, 1.0), 0.0, 1.0)
        points = self._start + share[:, None] * along
        found = _nearest(np.hypot(*(points - (x, y)).T), radius)
        if found is None:
            return None
        n, distance = found
        polygon, ring = self._place[n].tolist()
        near_x, near_y = points[n].tolist()
        return EdgeHit(polygon, ring, int(self._vertex[n]), near_x, near_y / self._aspect, distance)

    def contains(self, x: float, y: float, radius: float = 0.5) -> int | None:
        """Return the last polygon that (x, y) is in or within radius of, or None; a hole is not in it.

        The radius lets lone pixels and thin lines be hit: half a pixel is what they cover on the screen.
        """
        inside = self._crossings(x, y * self._aspect) % 2 == 1
        if inside.any():
            return int(np.flatnonzero(inside)[-1])
        edge = self.hit_edge(x, y, radius)
        return edge.polygon if edge is not None else None

    def _crossings(self, x: float, y: float) -> NDArray[np.intp]:
        """Number of edges of each polygon that a ray from (x, y) to the right crosses."""
        (x0, y0), (x1, y1) = self._start.T, self._end.T
        spans = (y0 <= y) != (y1 <= y)
        rise = np.where(spans, y1 - y0, 1.0)
        crossed = spans & (x < x0 + (y - y0) * (x1 - x0) / rise)
        return np.bincount(self._place[crossed, 0]) if crossed.any() else np.zeros(0, np.intp)


def _nearest(distances: NDArray[np.float64], radius: float) -> tuple[int, float] | None:
    if not len(distances):
        return None
    n = len(distances) - 1 - int(np.argmin(distances[::-1]))
    distance = float(distances[n])
    return (n, distance) if distance <= radius else None
