"""Outlines that can be touched: which vertex, edge or polygon lies under a point. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.annotation import Point, Polygon, Ring

Outlines = tuple[tuple[int, tuple[Polygon, ...]], ...]
Part = Literal["vertex", "edge", "inside"]


@dataclass(frozen=True, slots=True)
class Hit:
    """What lies under a point. index: the vertex, or the one before the edge; point: there, in the image."""

    part: Part
    object_id: int
    polygon: int
    ring: int = 0
    index: int = 0
    point: Point = (0.0, 0.0)

    def is_same_polygon(self, other: Hit | None) -> bool:
        """Whether both lie on the same polygon."""
        return other is not None and (self.object_id, self.polygon) == (other.object_id, other.polygon)


class Shapes:
    """Polygons of several objects, laid out for quick search."""

    def __init__(self, outlines: Outlines) -> None:
        self.outlines = outlines
        keys: list[tuple[int, int, int, int]] = []
        points: list[Point] = []
        following: list[int] = []
        for object_id, polygons in outlines:
            for polygon, shape in enumerate(polygons):
                for ring, vertices in enumerate(shape.rings):
                    first, count = len(points), len(vertices)
                    points.extend(vertices)
                    keys.extend((object_id, polygon, ring, vertex) for vertex in range(count))
                    following.extend(first + (vertex + 1) % count for vertex in range(count))
        self.points: NDArray[np.float64] = np.array(points, np.float64).reshape(-1, 2)
        self.keys: NDArray[np.int64] = np.array(keys, np.int64).reshape(-1, 4)
        self._following = np.array(following, np.int64)
        self._shape = _group(self.keys[:, :2])

    def ring(self, hit: Hit) -> Ring:
        """Return the ring that a hit lies on."""
        polygons = dict(self.outlines)[hit.object_id]
        return polygons[hit.polygon].rings[hit.ring]

    def touch(self, x: float, y: float, reach: float, preferred: int | None = None) -> Hit | None:
        """Return what is under (x, y): a vertex or else an edge within reach, or else a polygon around it.

        All in image pixels. The preferred object wins over others where both are there.
        """
        if not len(self.points):
            return None
        return (
            self._vertex(x, y, reach, preferred)
            or self._edge(x, y, reach, preferred)
            or self.inside(x, y, preferred)
        )

    def _vertex(self, x: float, y: float, reach: float, preferred: int | None) -> Hit | None:
        squares = np.square(self.points - (x, y)).sum(axis=1)
        index = self._best(squares, reach * reach, preferred)
        if index is None:
            return None
        return self._hit("vertex", index, (float(self.points[index, 0]), float(self.points[index, 1])))

    def _edge(self, x: float, y: float, reach: float, preferred: int | None) -> Hit | None:
        starts, ends = self.points, self.points[self._following]
        along = ends - starts
        lengths = np.maximum(np.square(along).sum(axis=1), 1e-12)
        share = np.clip((((x, y) - starts) * along).sum(axis=1) / lengths, 0.0, 1.0)
        nearest = starts + share[:, None] * along
        index = self._best(np.square(nearest - (x, y)).sum(axis=1), reach * reach, preferred)
        if index is None:
            return None
        return self._hit("edge", index, (float(nearest[index, 0]), float(nearest[index, 1])))

    def inside(self, x: float, y: float, preferred: int | None = None) -> Hit | None:
        """Return the polygon around a point, by the even-odd rule, so that a hole is outside."""
        if not len(self.points):
            return None
        x0, y0 = self.points.T
        x1, y1 = self.points[self._following].T
        spans = (y0 > y) != (y1 > y)
        rise = np.where(spans, y1 - y0, 1.0)
        crosses = spans & (x < x0 + (y - y0) * (x1 - x0) / rise)
        odd = np.bincount(self._shape, weights=crosses) % 2 == 1
        around = np.flatnonzero(odd[self._shape])
        if not len(around):
            return None
        wanted = around[self.keys[around, 0] == preferred] if preferred is not None else around[:0]
        index = int(wanted[0] if len(wanted) else around[-1])
        object_id, polygon = (int(n) for n in self.keys[index, :2])
        return Hit("inside", object_id, polygon, point=(x, y))

    def _best(self, squares: NDArray[np.float64], limit: float, preferred: int | None) -> int | None:
        """Return the index of the smallest square below the limit, of the preferred object if it has one."""
        if preferred is not None:
            own = np.where(self.keys[:, 0] == preferred, squares, np.inf)
            index = int(own.argmin())
            if own[index] <= limit:
                return index
        index = int(squares.argmin())
        return index if squares[index] <= limit else None

    def _hit(self, part: Part, index: int, point: Point) -> Hit:
        object_id, polygon, ring, vertex = (int(n) for n in self.keys[index])
        return Hit(part, object_id, polygon, ring, vertex, point)


def _group(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number consecutive equal pairs 0, 1, 2, …"""
    if not len(pairs):
        return np.zeros(0, np.int64)
    starts = np.any(pairs[1:] != pairs[:-1], axis=1)
    return np.concatenate(([0], np.cumsum(starts)))
