"""Clicks land on the pixel under the mouse at every zoom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.views.canvas.viewport import LARGEST, SMALLEST, VISIBLE, Viewport

sizes = st.integers(1, 5000)
scales = st.floats(SMALLEST, LARGEST)
shifts = st.floats(-3000, 3000)
aspects = st.floats(0.1, 10)
flips = st.booleans()
views = st.builds(Viewport, sizes, sizes, sizes, sizes, scales, shifts, shifts, aspects, flips, flips)
points = st.tuples(st.floats(-1000, 6000), st.floats(-1000, 6000))


@given(views, points)
def test_image_and_canvas_map_both_ways(view: Viewport, point: tuple[float, float]) -> None:
    assert view.to_image(*view.to_canvas(*point)) == pytest.approx(point, abs=1e-6)


@given(views, st.integers(0, 4999), st.integers(0, 4999), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_canvas_point_on_an_image_pixel_rounds_to_that_pixel(
    view: Viewport, column: int, row: int, right: float, down: float
) -> None:
    x = view.left + (column + right) * view.scale
    y = view.top + (row + down) * view.scale * view.aspect
    at_x, at_y = view.to_image(x, y)
    wanted_x = view.image_width - 1 - column if view.flip_x else column
    wanted_y = view.image_height - 1 - row if view.flip_y else row
    assert (round(at_x), round(at_y)) == (wanted_x, wanted_y)


@given(views, points)
def test_a_step_in_the_image_is_a_step_on_the_canvas(view: Viewport, point: tuple[float, float]) -> None:
    x, y = view.to_canvas(*point)
    across, down = view.steps
    assert view.to_canvas(point[0] + 1, point[1] + 1) == pytest.approx((x + across, y + down), abs=1e-6)


@given(views, points)
def test_what_is_seen_is_what_lies_on_the_canvas(view: Viewport, point: tuple[float, float]) -> None:
    x, y = view.to_canvas(*point)
    left, top, right, bottom = view.seen()
    if 0 < x < view.width and 0 < y < view.height:
        assert left - 1e-6 <= point[0] <= right + 1e-6
        assert top - 1e-6 <= point[1] <= bottom + 1e-6


def test_at_scale_one_a_mouse_position_is_exactly_its_pixel() -> None:
    view = Viewport(800, 600, 320, 240, scale=1.0, left=100.0, top=50.0)
    assert view.point_at(100, 50) == (0.0, 0.0)
    assert view.point_at(419, 289) == (319.0, 239.0)


def test_at_scale_three_three_mouse_positions_share_a_pixel() -> None:
    view = Viewport(800, 600, 320, 240, scale=3.0)
    assert [round(view.point_at(x, 0)[0]) for x in range(7)] == [0, 0, 0, 1, 1, 1, 2]


@given(views, st.floats(0.1, 10), points)
def test_zooming_keeps_the_point_at_the_cursor(
    view: Viewport, factor: float, cursor: tuple[float, float]
) -> None:
    zoomed = view.zoomed(factor, *cursor)
    assert zoomed.to_canvas(*view.to_image(*cursor)) == pytest.approx(cursor, abs=1e-5)
    assert SMALLEST <= zoomed.scale <= LARGEST


@given(views, shifts, shifts)
def test_panning_never_loses_the_image(view: Viewport, right: float, down: float) -> None:
    moved = view.panned(right, down)
    assert moved.left <= max(view.width - VISIBLE, VISIBLE - view.image_width * view.scale)
    assert moved.left + view.image_width * view.scale >= min(VISIBLE, view.width - VISIBLE)
    assert moved.top <= max(view.height - VISIBLE, VISIBLE - view.image_height * view.scale * view.aspect)


@given(sizes, sizes, sizes, sizes, aspects, flips, flips)
def test_fit_shows_the_whole_image_centred(
    width: int, height: int, across: int, down: int, aspect: float, flip_x: bool, flip_y: bool
) -> None:
    view = Viewport.fit(width, height, across, down, aspect=aspect, flip_x=flip_x, flip_y=flip_y)
    if SMALLEST < view.scale < LARGEST:
        assert view.left >= 0
        assert view.top >= 0
    middle = view.to_image(width / 2, height / 2)
    assert middle == pytest.approx(((across - 1) / 2, (down - 1) / 2), abs=1e-6)


@given(st.integers(300, 2000), st.integers(300, 2000), st.integers(200, 3000), st.integers(200, 3000))
def test_resizing_keeps_the_middle(width: int, height: int, wider: int, higher: int) -> None:
    view = Viewport.fit(width, height, 640, 480)
    before = view.to_image(width / 2, height / 2)
    resized = view.resized(wider, higher)
    assert resized.to_image(wider / 2, higher / 2) == pytest.approx(before, abs=1e-6)


def test_a_whole_image_stays_whole_in_another_canvas() -> None:
    assert Viewport.fit(900, 600, 640, 480).resized(400, 600) == Viewport.fit(400, 600, 640, 480)


def test_the_borders_of_the_image_are_half_a_pixel_out() -> None:
    view = Viewport(10, 10, 4, 3)
    assert view.has(-0.5, -0.5)
    assert view.has(3.4, 2.4)
    assert not view.has(3.5, 0)
    assert not view.has(0, -0.6)
    assert view.clamped(-0.4, 9) == (0.0, 2.0)
