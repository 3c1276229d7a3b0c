"""Moving, deleting and inserting the vertices of a polygon. Pure: no arrays."""

import math
from dataclasses import replace

from app.domain.annotation import Point, Polygon, Ring

FEWEST_VERTICES = 3  # of a ring that has an area


def move_vertex(
    polygon: Polygon, ring: int, vertex: int, x: float, y: float, width: int, height: int
) -> Polygon:
    """Put a vertex at (x, y), clamped to the pixel centres of a width x height image.

    Raises IndexError when there is no such vertex, ValueError when x or y is not a number.
    """
    points = list(polygon.rings[_known(polygon, ring, vertex)])
    points[vertex] = (_clamp(x, width), _clamp(y, height))
    return _with_ring(polygon, ring, tuple(points))


def delete_vertex(polygon: Polygon, ring: int, vertex: int) -> Polygon | None:
    """Delete a vertex; a ring of three or fewer disappears.

    An outer ring that disappears takes the polygon with it (None), a hole that disappears is filled.
    Raises IndexError when there is no such vertex.
    """
    points = polygon.rings[_known(polygon, ring, vertex)]
    if len(points) > FEWEST_VERTICES:
        return _with_ring(polygon, ring, points[:vertex] + points[vertex + 1 :])
    if ring == 0:
        return None
    return replace(polygon, rings=polygon.rings[:ring] + polygon.rings[ring + 1 :])


def insert_vertex(polygon: Polygon, ring: int, edge: int, x: float, y: float) -> Polygon:
    """Insert a vertex on the edge from vertex edge to the next one, at the point nearest to (x, y).

    On the edge, so that the shape does not change until the vertex is dragged.
    Raises IndexError when there is no such edge, ValueError when x or y is not a number.
    """
    points = polygon.rings[_known(polygon, ring, edge)]
    point = nearest_on_edge(points[edge], points[(edge + 1) % len(points)], x, y)
    return _with_ring(polygon, ring, (*points[: edge + 1], point, *points[edge + 1 :]))


def nearest_on_edge(start: Point, end: Point, x: float, y: float) -> Point:
    """Return the point of the edge from start to end that is nearest to (x, y)."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = along_x * along_x + along_y * along_y
    share = ((x - start[0]) * along_x + (y - start[1]) * along_y) / length if length else 0.0
    if math.isnan(share):
        raise ValueError(f"({x}, {y}) is not a point")
    share = min(max(share, 0.0), 1.0)
    return start[0] + share * along_x, start[1] + share * along_y


def _known(polygon: Polygon, ring: int, vertex: int) -> int:
    """Return the ring after checking that it has the vertex; negative indices are refused."""
    if not (0 <= ring < len(polygon.rings) and 0 <= vertex < len(polygon.rings[ring])):
        raise IndexError(f"no vertex {vertex} in ring {ring}")
    return ring


def _clamp(value: float, size: int) -> float:
    if math.isnan(value):
        raise ValueError(f"{value} is not a coordinate")
    return min(max(float(value), 0.0), size - 1.0)


def _with_ring(polygon: Polygon, ring: int, points: Ring) -> Polygon:
    return replace(polygon, rings=(*polygon.rings[:ring], points, *polygon.rings[ring + 1 :]))
