"""Outlines are handles on a mask; the mask stays the truth."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.domain.annotation import Polygon
from app.imaging.polygons import (
    delete_vertex,
    fill_holes,
    insert_vertex,
    move_vertex,
    rasterize_polygon,
    reshape_mask,
    reshape_polygons,
    trace_polygons,
)
from tests.imaging.polygons.shapes import (
    Mask,
    canvas,
    curve,
    diagonals,
    disc,
    pieces,
    ring_in_ring,
    rough,
    specks,
)

SHAPES = [disc(5), disc(25), curve(), ring_in_ring(), specks(), diagonals(), rough()]
NAMES = ["small disc", "disc", "curve", "ring in ring", "specks", "diagonals", "rough"]
every_shape = pytest.mark.parametrize("mask", SHAPES, ids=NAMES)


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """Noise, blobs and lines: the masks that outlines get wrong are thin, touching or nested."""
    shape = draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    if draw(st.booleans()):
        return draw(arrays.arrays(np.bool_, shape, elements=st.booleans(), fill=st.just(False)))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    picture = canvas(*shape)
    for _ in range(random.integers(1, 6)):
        center, axes = random.integers(0, 40, 2).tolist(), random.integers(0, 18, 2).tolist()
        thickness = -1 if random.random() < 0.5 else int(random.integers(1, 3))
        cv2.ellipse(picture, center, axes, float(random.integers(180)), 0, 360, 1, thickness)
        cv2.circle(picture, random.integers(0, 40, 2).tolist(), int(random.integers(5)), 0, -1)
    return picture.astype(bool)


def union(polygons: tuple[Polygon, ...], shape: tuple[int, ...]) -> Mask:
    drawn = (rasterize_polygon(polygon, *shape) for polygon in polygons)
    result: Mask = np.logical_or.reduce([np.zeros(shape, bool), *drawn])
    return result


# -- tracing and rasterising -----------------------------------------------------------------------


@every_shape
def test_an_outline_stays_close_to_its_mask(mask: Mask) -> None:
    drawn = union(trace_polygons(mask), mask.shape)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3))).astype(bool)
    deep = cv2.erode(mask.astype(np.uint8), np.ones((3, 3)), borderValue=1).astype(bool)
    assert not (drawn & ~near).any() and not (deep & ~drawn).any()


def test_small_shapes_keep_every_pixel_in_their_outlines() -> None:
    for mask in (disc(5), specks(), diagonals()):
        assert np.array_equal(union(trace_polygons(mask), mask.shape), mask)


def test_a_large_outline_has_few_vertices() -> None:
    (polygon,) = trace_polygons(disc(400, 1080, 1920))
    assert len(polygon.rings[0]) < 120


@given(mask=masks())
@settings(max_examples=60)
def test_every_piece_has_one_polygon_however_small(mask: Mask) -> None:
    pieces, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    polygons = trace_polygons(mask)
    assert len(polygons) == pieces - 1
    on_pieces = [{int(labels[int(y), int(x)]) for ring in p.rings for x, y in ring} for p in polygons]
    assert sorted(on_pieces, key=min) == [{n} for n in range(1, pieces)]


def test_holes_are_rings_of_the_piece_around_them() -> None:
    assert sorted(len(polygon.rings) for polygon in trace_polygons(ring_in_ring())) == [1, 2, 2]


def test_a_vertex_counts_to_parts_of_a_pixel() -> None:
    rows = [
        rasterize_polygon(Polygon((((10.0, 5.0), (30.0, 5.0), (30.0, y), (10.0, y)),)), 40, 40).sum(1)
        for y in (15.3, 15.7)
    ]
    assert [int((row > 0).sum()) for row in rows] == [11, 12]


def test_what_lies_outside_the_image_is_cut_off_without_a_giant_canvas() -> None:
    wide = Polygon((((-1e12, 5.0), (1e12, 5.0), (1e12, 8.0), (-1e12, 8.0)),))
    assert rasterize_polygon(wide, 20, 30)[5:9].all()
    assert not rasterize_polygon(Polygon((((50.0, 50.0), (60.0, 50.0), (60.0, 60.0)),)), 20, 30).any()


# -- editing ---------------------------------------------------------------------------------------


@st.composite
def moves(draw: st.DrawFn, most: int = 4) -> list[tuple[int, int, int, float, float]]:
    """Places among polygons, rings and vertices, taken modulo what there is, and where to drag to."""
    place = st.integers(0, 1000)
    target = st.one_of(st.floats(-5, 45), st.integers(-5, 45).map(float))
    return draw(st.lists(st.tuples(place, place, place, target, target), min_size=1, max_size=most))


def moved(
    polygons: tuple[Polygon, ...], move: tuple[int, int, int, float, float], shape: tuple[int, ...]
) -> tuple[int, Polygon]:
    index = move[0] % len(polygons)
    ring = move[1] % len(polygons[index].rings)
    vertex = move[2] % len(polygons[index].rings[ring])
    return index, move_vertex(polygons[index], ring, vertex, *move[3:], shape[1], shape[0])


def edges_at(move: tuple[int, int, int, float, float], polygon: Polygon, shape: tuple[int, ...]) -> Mask:
    """The pixels under the two edges that a move takes along; the detail that they stood for lies beside them."""
    ring = polygon.rings[move[1] % len(polygon.rings)]
    vertex = move[2] % len(ring)
    points = [ring[vertex - 1], ring[vertex], ring[(vertex + 1) % len(ring)]]
    return cv2.polylines(canvas(*shape), [np.rint(points).astype(np.int32)], False, 1).astype(bool)


@given(mask=masks(), steps=moves())
@settings(max_examples=80)
def test_moving_vertices_there_and_back_gives_every_pixel_back(
    mask: Mask, steps: list[tuple[int, int, int, float, float]]
) -> None:
    traced = trace_polygons(mask)
    if not traced:
        return
    result, polygons, story = mask, traced, []
    for step in steps:
        index, after = moved(polygons, step, mask.shape)
        story.append((index, polygons[index]))
        result, polygons = reshape_polygons(result, polygons, index, after, traced=mask)
    for index, before in reversed(story):
        result, polygons = reshape_polygons(result, polygons, index, before, traced=mask)
    assert np.array_equal(result, mask)
    assert polygons == traced


@given(mask=masks(), steps=moves(), knows_traced=st.booleans())
@settings(max_examples=80)
def test_deleting_every_polygon_empties_the_mask(
    mask: Mask, steps: list[tuple[int, int, int, float, float]], knows_traced: bool
) -> None:
    result, polygons = mask, trace_polygons(mask)
    for step in steps if polygons else ():
        index, after = moved(polygons, step, mask.shape)
        traced = mask if knows_traced else None
        result, polygons = reshape_polygons(result, polygons, index, after, traced=traced)
    while polygons:
        index = len(polygons) // 2
        traced = mask if knows_traced else None
        result, polygons = reshape_polygons(result, polygons, index, None, traced=traced)
    assert not result.any()


def bitten_corner() -> Mask:
    """A piece whose outline, simplified, covers a pixel at its corner that the mask does not have."""
    points = [(20, 0), (23, 4), (23, 9), (26, 12), (22, 16), (11, 18), (11, 21), (28, 21), (28, 0)]
    picture = cv2.fillPoly(canvas(22, 29), [np.array(points, np.int32)], 1).astype(bool)
    picture[21, 27:] = False
    return picture


@given(mask=masks(), step=moves(most=1))
@example(mask=bitten_corner(), step=[(0, 0, 0, 27.0, 21.0)])
@settings(max_examples=60)
def test_an_edit_changes_nothing_but_what_lies_between_the_two_outlines(
    mask: Mask, step: list[tuple[int, int, int, float, float]]
) -> None:
    polygons = trace_polygons(mask)
    if not polygons:
        return
    index, after = moved(polygons, step[0], mask.shape)
    result, edited = reshape_polygons(mask, polygons, index, after)
    between = rasterize_polygon(polygons[index], *mask.shape) ^ rasterize_polygon(after, *mask.shape)
    spread = cv2.dilate(between.astype(np.uint8), np.ones((5, 5))).astype(bool)
    ends = edges_at(step[0], polygons[index], mask.shape) | edges_at(step[0], after, mask.shape)
    detail = cv2.dilate(ends.astype(np.uint8), np.ones((3, 3))).astype(bool)
    assert not ((result ^ mask) & ~spread & ~detail).any()
    assert all(a is b for n, (a, b) in enumerate(zip(polygons, edited, strict=True)) if n != index)


@every_shape
def test_deleting_one_polygon_takes_its_whole_piece_and_no_other(mask: Mask) -> None:
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    polygons = trace_polygons(mask)
    for index, polygon in enumerate(polygons):
        x, y = polygon.rings[0][0]
        result, _ = reshape_polygons(mask, polygons, index, None)
        assert np.array_equal(result, mask & (labels != labels[int(y), int(x)]))
        assert np.array_equal(reshape_mask(mask, polygon, None), result)


def test_a_drag_that_starts_from_the_same_mask_leaves_no_trace_of_the_way() -> None:
    mask = rough()
    polygons = trace_polygons(mask)
    there = move_vertex(polygons[0], 0, 3, 100.0, 20.0, 160, 120)
    away = move_vertex(polygons[0], 0, 3, 5.0, 110.0, 160, 120)
    reshape_mask(mask, polygons[0], away)
    again = reshape_mask(mask, polygons[0], there)
    assert np.array_equal(again, reshape_mask(mask, polygons[0], there))
    assert np.array_equal(reshape_mask(mask, polygons[0], polygons[0]), mask)


def test_pulling_an_edge_in_leaves_no_crumbs_and_pulling_it_out_no_cracks() -> None:
    mask = rough()
    polygons = trace_polygons(mask)
    largest = max(range(len(polygons)), key=lambda n: len(polygons[n].rings[0]))
    for ring_share in range(0, 100, 7):
        vertex = ring_share * len(polygons[largest].rings[0]) // 100
        x, y = polygons[largest].rings[0][vertex]
        for factor in (0.5, 1.6):
            after = move_vertex(
                polygons[largest], 0, vertex, 80 + (x - 80) * factor, 60 + (y - 60) * factor, 160, 120
            )
            result, _ = reshape_polygons(mask, polygons, largest, after)
            gained = rasterize_polygon(after, 120, 160) & ~rasterize_polygon(polygons[largest], 120, 160)
            assert result[gained].all()
            assert len(trace_polygons(result)) <= len(polygons)


def test_grown_into_each_other_two_polygons_stay_two_handles() -> None:
    mask = np.zeros((30, 60), bool)
    mask[5:25, 5:20] = mask[5:25, 40:55] = True
    left, right = sorted(trace_polygons(mask), key=lambda polygon: polygon.rings[0][0][0])
    corner = max(range(4), key=lambda n: sum(left.rings[0][n]))
    wide = move_vertex(left, 0, corner, 50.0, 24.0, 60, 30)
    merged, polygons = reshape_polygons(mask, (left, right), 0, wide, traced=mask)
    assert polygons == (wide, right)
    assert len(trace_polygons(merged)) == 1
    alone, _ = reshape_polygons(merged, polygons, 0, None, traced=mask)
    assert np.array_equal(alone, reshape_mask(mask, left, None))


def test_a_hole_that_is_deleted_is_filled_and_a_new_polygon_is_added() -> None:
    mask = ring_in_ring()
    polygons = trace_polygons(mask)
    index = next(n for n, polygon in enumerate(polygons) if len(polygon.rings) == 2)
    filled, _ = reshape_polygons(mask, polygons, index, Polygon(polygons[index].rings[:1]))
    x, y = polygons[index].rings[0][0]
    piece = next(piece for piece in pieces(mask) if piece[int(y), int(x)])
    assert np.array_equal(filled, mask | fill_holes(piece))
    square = Polygon((((1.0, 1.0), (4.0, 1.0), (4.0, 4.0), (1.0, 4.0)),))
    grown, more = reshape_polygons(mask, polygons, len(polygons), square)
    assert (grown & ~mask).sum() == 16 and more == (*polygons, square)


# -- vertices --------------------------------------------------------------------------------------


@every_shape
def test_a_vertex_put_on_an_edge_and_taken_off_again_changes_no_pixel(mask: Mask) -> None:
    polygons = trace_polygons(mask)
    polygon = polygons[0]
    for edge in range(0, len(polygon.rings[0]), 5):
        (x0, y0), (x1, y1) = polygon.rings[0][edge], polygon.rings[0][(edge + 1) % len(polygon.rings[0])]
        more = insert_vertex(polygon, 0, edge, (x0 + x1) / 2 + 0.3, (y0 + y1) / 2 - 0.2)
        result, edited = reshape_polygons(mask, polygons, 0, more)
        assert np.array_equal(result, mask)
        if len(more.rings[0]) > 3:
            fewer = delete_vertex(more, 0, edge + 1)
            assert fewer == polygon
            assert np.array_equal(reshape_polygons(result, edited, 0, fewer)[0], mask)


SQUARE = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))


def test_a_moved_vertex_stays_in_the_image() -> None:
    assert move_vertex(Polygon((SQUARE,)), 0, 2, 1e9, -4.0, 20, 10).rings[0][2] == (19.0, 0.0)
    with pytest.raises(ValueError, match="nan"):
        move_vertex(Polygon((SQUARE,)), 0, 2, float("nan"), 0.0, 20, 10)


def test_a_ring_of_three_disappears_with_its_vertex() -> None:
    hole = ((3.0, 3.0), (5.0, 3.0), (4.0, 5.0))
    polygon = Polygon((SQUARE, hole))
    assert delete_vertex(polygon, 1, 0) == Polygon((SQUARE,))
    assert delete_vertex(polygon, 0, 1) == Polygon(((SQUARE[0], *SQUARE[2:]), hole))
    assert delete_vertex(Polygon((hole,)), 0, 2) is None


@pytest.mark.parametrize(("ring", "vertex"), [(0, 4), (0, -1), (1, 0), (-1, 0)])
def test_a_vertex_that_is_not_there_is_an_error(ring: int, vertex: int) -> None:
    with pytest.raises(IndexError):
        delete_vertex(Polygon((SQUARE,)), ring, vertex)


# -- real masks ------------------------------------------------------------------------------------


def test_real_masks_are_outlined_closely_and_edited_without_loss(shared_data: Path) -> None:
    for path in sorted(shared_data.glob("davis10/*/masks/*.png"))[::120]:
        mask = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) > 127
        polygons = trace_polygons(mask)
        drawn = union(polygons, mask.shape)
        assert (drawn & mask).sum() / (drawn | mask).sum() > 0.95, path
        index = max(range(len(polygons)), key=lambda n: len(polygons[n].rings[0]))
        x, y = polygons[index].rings[0][5]
        after = move_vertex(polygons[index], 0, 5, x + 12, y - 9, mask.shape[1], mask.shape[0])
        result, edited = reshape_polygons(mask, polygons, index, after, traced=mask)
        assert not np.array_equal(result, mask)
        back, _ = reshape_polygons(result, edited, index, polygons[index], traced=mask)
        assert np.array_equal(back, mask)
