"""What is under the cursor is found at any number of vertices."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.annotation import Polygon
from app.imaging.polygons import Outlines, rasterize_polygon, trace_polygons

SQUARE = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0))
HOLE = ((15.0, 15.0), (25.0, 15.0), (25.0, 25.0), (15.0, 25.0))
SPECK = ((50.0, 50.0),)
POLYGONS = (Polygon((SQUARE, HOLE)), Polygon((SPECK,)))


def test_the_nearest_vertex_within_reach_is_named() -> None:
    outlines = Outlines(POLYGONS)
    hit = outlines.hit_vertex(24.0, 16.5, 3.0)
    assert hit is not None and (hit.polygon, hit.ring, hit.vertex) == (0, 1, 1)
    assert hit.distance == pytest.approx(math.hypot(1, 1.5))
    speck = outlines.hit_vertex(51.0, 50.0, 3.0)
    assert speck is not None and (speck.polygon, speck.ring, speck.vertex) == (1, 0, 0)
    assert outlines.hit_vertex(20.0, 20.0, 3.0) is None


def test_the_nearest_edge_is_named_with_the_point_on_it() -> None:
    outlines = Outlines(POLYGONS)
    hit = outlines.hit_edge(9.0, 22.0, 2.0)
    assert hit is not None and (hit.polygon, hit.ring, hit.edge) == (0, 0, 3)
    assert (hit.x, hit.y, hit.distance) == (10.0, 22.0, 1.0)
    assert outlines.hit_edge(20.0, 20.0, 4.0) is None


def test_a_hole_is_outside_and_a_lone_pixel_can_be_hit() -> None:
    outlines = Outlines(POLYGONS)
    assert outlines.contains(12.0, 20.0) == 0
    assert outlines.contains(20.0, 20.0) is None
    assert outlines.contains(50.3, 49.8) == 1
    assert outlines.contains(50.8, 50.8) is None
    assert outlines.contains(50.8, 50.8, radius=2.0) == 1


def test_where_polygons_lie_over_each_other_the_last_one_is_hit() -> None:
    assert Outlines((Polygon((SQUARE,)), Polygon((SQUARE,)))).contains(20.0, 20.0) == 1


def test_tall_pixels_count_by_their_height() -> None:
    outlines = Outlines(POLYGONS, aspect=4.0)
    assert outlines.hit_edge(20.0, 8.9, 4.0) is None
    hit = outlines.hit_edge(8.0, 22.0, 4.0)
    assert hit is not None and (hit.edge, hit.x, hit.y, hit.distance) == (3, 10.0, 22.0, 2.0)
    assert outlines.hit_vertex(10.0, 11.1, 4.0) is None
    assert outlines.contains(12.0, 20.0) == 0
    assert outlines.contains(20.0, 20.0) is None


def test_without_polygons_nothing_is_hit() -> None:
    outlines = Outlines(())
    assert outlines.contains(1.0, 1.0) is None
    assert outlines.hit_vertex(1.0, 1.0, 9.0) is None
    assert outlines.hit_edge(1.0, 1.0, 9.0) is None


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25)
def test_a_point_is_in_the_polygon_that_is_drawn_there(seed: int) -> None:
    mask = np.random.default_rng(seed).random((14, 17)) < 0.6
    polygons = trace_polygons(mask)
    outlines = Outlines(polygons)
    drawn = [rasterize_polygon(polygon, *mask.shape) for polygon in polygons]
    around = [cv2.dilate(piece.astype(np.uint8), np.ones((3, 3))).astype(bool) for piece in drawn]
    for y, x in np.ndindex(*mask.shape):
        hit = outlines.contains(float(x), float(y))
        assert around[hit][y, x] if hit is not None else not any(piece[y, x] for piece in drawn)
