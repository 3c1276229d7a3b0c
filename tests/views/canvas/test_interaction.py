"""Mouse gestures on the canvas become the right events, at every zoom."""

from __future__ import annotations

from math import cos, pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.adjustment import Adjustment
from app.domain.annotation import Polygon, Window
from app.messages.events import (
    ClickAdded,
    FrameRequested,
    ObjectChosen,
    PolygonDeleted,
    VertexDeleted,
    VertexInserted,
    VertexMoved,
    ViewChanged,
    WindowChanged,
)
from app.views.canvas.gestures import AdjustmentDrag, DoubleClickDetector, Scrub, frame_at
from app.views.canvas.hit_testing import Shapes
from tests.views.canvas.outlined_canvas import OUTLINES, SQUARE, at, interaction


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0, 17.0])
def test_left_and_right_click_exactly_where_the_mouse_is(scale: float) -> None:
    bare = interaction(outlines=(), scale=scale)
    for button, positive in (("left", True), ("right", False)):
        (event,) = bare.press(button, *at(bare, 33, 21))  # type: ignore[arg-type]
        assert isinstance(event, ClickAdded)
        assert abs(event.x - 33) <= 0.5 / scale
        assert abs(event.y - 21) <= 0.5 / scale
        assert (event.positive, event.frame) == (positive, 7)


def test_a_click_is_expected_where_a_press_would_be_one() -> None:
    made = interaction()
    for place in ((33, 21), (50, 10), (101, 79)):
        expected = made.expected_click(*at(made, *place))
        made.move(*at(made, *place))
        assert made.expected_click(*at(made, *place)) == expected
        pressed = [event for event in made.press("left", *at(made, *place)) if isinstance(event, ClickAdded)]
        made.release("left")
        assert [(e.frame, e.x, e.y) for e in pressed] == (
            [] if expected is None else [(expected.frame, expected.x, expected.y)]
        )


def test_clicks_beside_the_image_are_no_clicks() -> None:
    bare = interaction(outlines=())
    assert bare.press("left", 5, 5) == ()
    assert bare.press("left", *at(bare, 99, 79)) != ()
    assert bare.press("left", *at(bare, 101, 79)) == ()


def test_a_vertex_follows_the_mouse_and_moves_once_on_release() -> None:
    made = interaction()
    x, y = at(made, 50, 10)
    assert made.press("left", x, y) == ()
    made.move(x + 40, y + 20)
    assert made.preview is None
    (moved,) = made.release("left")
    assert isinstance(moved, VertexMoved)
    assert (moved.frame, moved.object_id, moved.polygon, moved.ring, moved.vertex) == (7, 1, 0, 0, 1)
    assert (moved.x, moved.y) == (60.0, 15.0)
    assert made.preview is not None
    assert made.preview.ring()[1] == (60.0, 15.0)
    assert made.release("left") == ()


def test_grabbing_a_vertex_beside_its_centre_does_not_make_it_jump() -> None:
    made = interaction()
    x, y = at(made, 50, 10)
    made.press("left", x + 3, y - 2)
    made.move(x + 3, y - 2)
    assert made.release("left") == ()


def test_a_dragged_vertex_stays_on_the_image() -> None:
    made = interaction()
    made.press("left", *at(made, 50, 10))
    made.move(5000, -5000)
    (moved,) = made.release("left")
    assert isinstance(moved, VertexMoved)
    assert (moved.x, moved.y) == (99.0, 0.0)


def test_cancel_ends_a_drag_without_a_trace() -> None:
    made = interaction()
    made.press("left", *at(made, 50, 10))
    made.move(300, 300)
    assert made.cancel()
    assert made.release("left") == ()
    assert not made.cancel()


def test_a_double_click_deletes_a_vertex_and_splits_an_edge() -> None:
    made = interaction()
    assert made.double_click(*at(made, 50, 50)) == (VertexDeleted(7, 1, 0, 0, 2),)
    (inserted,) = made.double_click(*at(made, 30, 10))
    assert isinstance(inserted, VertexInserted)
    assert (inserted.edge, round(inserted.x), inserted.y) == (0, 30, 10.0)
    assert made.double_click(*at(made, 30, 30)) == ()


def test_a_press_on_another_object_selects_it_and_adds_no_click() -> None:
    made = interaction()
    assert made.press("left", *at(made, 75, 10)) == (ObjectChosen(2),)
    assert made.press("left", *at(made, 65, 15)) == (ObjectChosen(2),)


def test_a_press_inside_the_selected_object_is_a_click_and_one_on_its_edge_is_not() -> None:
    made = interaction()
    (click,) = made.press("left", *at(made, 30, 30))
    assert isinstance(click, ClickAdded)
    assert click.positive
    assert made.press("left", *at(made, 30, 10)) == ()


def test_a_hole_is_outside_so_a_click_in_it_is_a_click() -> None:
    made = interaction(selected=2)
    (event,) = made.press("left", *at(made, 75, 25))
    assert isinstance(event, ClickAdded)


def test_a_right_click_inside_corrects_that_object() -> None:
    chosen, click = interaction(selected=1).press("right", *at(interaction(), 65, 35))
    assert chosen == ObjectChosen(2)
    assert isinstance(click, ClickAdded)
    assert not click.positive


def test_backspace_takes_the_polygon_under_the_mouse_then_the_last_touched() -> None:
    made = interaction()
    made.press("left", *at(made, 30, 30))
    made.move(*at(made, 65, 15))
    assert made.delete_polygon() == (PolygonDeleted(7, 2, 0),)
    made.press("left", *at(made, 30, 30))
    made.leave()
    assert made.delete_polygon() == (PolygonDeleted(7, 1, 0),)
    assert made.delete_polygon() == (PolygonDeleted(7, 1, 0),)
    made.selected = None
    assert made.delete_polygon() == ()


def test_another_frame_ends_a_drag() -> None:
    made = interaction()
    made.press("left", *at(made, 50, 10))
    made.move(300, 300)
    made.set_outlines(8, OUTLINES, 1)
    assert made.release("left") == ()


def test_a_drag_goes_on_while_other_outlines_come_as_long_as_its_vertex_is_there() -> None:
    made = interaction()
    made.press("left", *at(made, 10, 10))
    made.move(*at(made, 14, 18))
    other = Polygon((((10.0, 10.0), (55.0, 10.0), (50.0, 50.0), (10.0, 50.0)),))
    made.set_outlines(7, ((1, (other,)), (3, (SQUARE,))), 1)
    (event,) = made.release("left")
    assert isinstance(event, VertexMoved)
    assert (event.object_id, event.vertex) == (1, 0)


@pytest.mark.parametrize(
    "left",
    [(), ((10.0, 10.0), (50.0, 10.0), (10.0, 50.0)), ((9.0, 9.0), (50.0, 10.0), (50.0, 50.0), (10.0, 50.0))],
)
def test_a_drag_ends_when_its_vertex_is_gone_or_elsewhere(left: tuple[tuple[float, float], ...]) -> None:
    made = interaction()
    made.press("left", *at(made, 10, 10))
    made.move(*at(made, 14, 18))
    made.set_outlines(7, ((1, (Polygon((left,)),)),), 1)
    assert made.release("left") == ()


def test_the_selected_object_wins_where_two_overlap() -> None:
    twins = Shapes(((1, (SQUARE,)), (2, (SQUARE,))))
    for preferred in (1, 2):
        for point in ((10, 10), (30, 10), (30, 30)):
            hit = twins.touch(*point, 1.0, preferred)
            assert hit is not None
            assert hit.object_id == preferred


def test_the_middle_button_pans_and_the_wheel_zooms_at_the_mouse() -> None:
    made = interaction(outlines=())
    assert made.view is not None
    before = made.view.point_at(100, 100)
    made.wheel(3, 100, 100)
    assert made.view.point_at(100, 100) == pytest.approx(before)
    made.press("middle", 100, 100)
    made.move(130, 90)
    made.release("middle")
    assert made.view.point_at(130, 90) == pytest.approx(before)


@given(st.integers(1, 60000), st.floats(1, 4000), st.floats(-100, 5000))
def test_scrubbing_stays_within_the_frames(frames: int, width: float, x: float) -> None:
    assert 0 <= frame_at(x, width, frames) < frames


def test_scrubbing_asks_once_for_each_frame() -> None:
    scrub = Scrub(10, left=100, width=200)
    assert scrub.move(100) == (FrameRequested(0),)
    assert scrub.move(119) == ()
    assert scrub.move(120) == (FrameRequested(1),)
    assert scrub.move(900) == (FrameRequested(9),)
    assert scrub.move(-5) == (FrameRequested(0),)


@given(st.integers(3, 40), st.floats(5, 40), st.floats(0, 6.28), st.floats(0, 1.5))
def test_inside_agrees_with_a_circle(vertices: int, radius: float, angle: float, share: float) -> None:
    turns = [2 * pi * n / vertices for n in range(vertices)]
    outline = tuple((50 + radius * cos(turn), 50 + radius * sin(turn)) for turn in turns)
    x, y = 50 + share * radius * cos(angle), 50 + share * radius * sin(angle)
    hit = Shapes(((1, (Polygon((outline,)),)),)).touch(x, y, 0.0)
    if share < cos(pi / vertices) - 1e-6:
        assert hit is not None
    if share * radius > radius + 0.51:
        assert hit is None


def test_two_quick_presses_at_one_place_are_a_double_click() -> None:
    presses = DoubleClickDetector()
    assert [presses.is_double(now, 10, 10) for now in (0.0, 0.3, 0.5, 0.7)] == [False, True, False, True]
    assert not presses.is_double(2.0, 10, 10)
    assert not presses.is_double(2.1, 30, 10)
    assert not presses.is_double(9.0, 30, 10)


def test_a_press_that_became_a_drag_is_not_half_a_double_click() -> None:
    presses = DoubleClickDetector()
    assert not presses.is_double(0.0, 10, 10)
    presses.move(60, 10)
    presses.move(10, 10)
    assert not presses.is_double(0.2, 10, 10)
    assert presses.is_double(0.3, 10, 10)


def test_shift_drags_the_window_of_a_scan_and_clicks_nothing() -> None:
    bare = interaction(outlines=())
    bare.window = Window(400, 40)
    assert bare.press("right", *at(bare, 33, 21), shift=True) == ()
    x, y = at(bare, 33, 21)
    (wider,) = bare.move(x + 64, y)
    assert wider == WindowChanged(500, 40)
    assert bare.move(x + 64, y) == ()
    (brighter,) = bare.move(x, y - 64)
    assert brighter == WindowChanged(400, -60)
    assert bare.release("right") == ()
    assert bare.move(x + 9, y) == ()
    (click,) = bare.press("right", x, y)
    assert isinstance(click, ClickAdded)


def test_on_a_video_shift_drags_brightness_and_contrast_and_escape_restores_them() -> None:
    bare = interaction(outlines=())
    x, y = at(bare, 33, 21)
    assert bare.press("left", x, y, shift=True) == ()
    (change,) = bare.move(x - 30, y - 60)
    assert isinstance(change, ViewChanged) and change.adjustment is not None
    assert change.adjustment.brightness > 0 and change.adjustment.contrast > 1
    assert isinstance(bare.gesture, AdjustmentDrag)
    assert bare.gesture.cancel() == (ViewChanged(adjustment=Adjustment()),)
    assert bare.release("left") == () and bare.gesture is None
