"""Hit testing of outlines: which vertex, edge or polygon of which object is at a point. Pure."""

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Point, Polygon, Ring
from app.imaging.polygons import Outlines

ObjectPolygons = tuple[tuple[int, tuple[Polygon, ...]], ...]
HitPart = Literal["vertex", "edge", "inside"]


@dataclass(frozen=True, slots=True)
class Hit:
    """Shapes under a point of the image."""

    part: HitPart
    object_id: int
    polygon: int
    ring: int = 0
    index: int = 0  #: The vertex, or the one before the edge.
    point: Point = (0.0, 0.0)  #: The vertex, the nearest point of the edge, or the point itself.


@dataclass(frozen=True)
class PolygonGroup:
    """Polygons that are searched together, with their owners."""

    owners: tuple[tuple[int, int], ...]  #: Object id and index within the object, for each polygon.
    polygons: tuple[Polygon, ...]
    aspect: float  #: height of an image pixel by its width

    @cached_property
    def outlines(self) -> Outlines:
        """The polygons, prepared for search."""
        return Outlines(self.polygons, self.aspect)

    def touch(self, x: float, y: float, reach: float) -> Hit | None:
        """Return the vertex, or else the edge within reach of a point."""
        vertex = self.outlines.hit_vertex(x, y, reach)
        if vertex is not None:
            point = self.polygons[vertex.polygon].rings[vertex.ring][vertex.vertex]
            return Hit("vertex", *self.owners[vertex.polygon], vertex.ring, vertex.vertex, point)
        edge = self.outlines.hit_edge(x, y, reach)
        if edge is not None:
            return Hit("edge", *self.owners[edge.polygon], edge.ring, edge.edge, (edge.x, edge.y))
        return None

    def inside(self, x: float, y: float) -> Hit | None:
        """Return the polygon around a point; a hole is outside."""
        polygon = self.outlines.contains(x, y)
        return Hit("inside", *self.owners[polygon], point=(x, y)) if polygon is not None else None


class Shapes:
    """The outlines of all objects on a frame. aspect: how much taller than wide its pixels are."""

    def __init__(self, shown: ObjectPolygons, aspect: float = 1.0) -> None:
        self.shown, self.aspect = shown, aspect
        self._own = {key: _group(((key, polygons),), aspect) for key, polygons in shown}
        self._all = _group(shown, aspect)

    def ring(self, hit: Hit) -> Ring:
        """Return the ring that a hit lies on."""
        return self.polygons(hit.object_id)[hit.polygon].rings[hit.ring]

    def polygons(self, object_id: int | None) -> tuple[Polygon, ...]:
        """Return the polygons of an object."""
        return self._own[object_id].polygons if object_id in self._own else ()

    def vertices(self, hit: Hit) -> tuple[NDArray[np.float64], list[tuple[int, int]]]:
        """Return the vertices, (n, 2), of the polygon that a hit lies on, and their (ring, index)."""
        rings = self.polygons(hit.object_id)[hit.polygon].rings
        places = [(n, index) for n, ring in enumerate(rings) for index in range(len(ring))]
        return np.array(list(chain.from_iterable(rings)), np.float64).reshape(-1, 2), places

    def touch(self, x: float, y: float, reach: float, preferred: int | None = None) -> Hit | None:
        """Return what is under (x, y): a vertex or else an edge within reach, or else a polygon around it.

        All in image pixels, the reach in widths of one. The preferred object wins over others where both are there.
        """
        if not self.shown:
            return None
        own = self._own.get(preferred or 0)
        layers = (own, self._all) if own is not None else (self._all,)
        found = next((hit for layer in layers if (hit := layer.touch(x, y, reach))), None)
        return found or next((hit for layer in layers if (hit := layer.inside(x, y))), None)


def _group(shown: ObjectPolygons, aspect: float) -> PolygonGroup:
    owners = tuple((key, index) for key, polygons in shown for index in range(len(polygons)))
    return PolygonGroup(owners, tuple(chain.from_iterable(polygons for _, polygons in shown)), aspect)
