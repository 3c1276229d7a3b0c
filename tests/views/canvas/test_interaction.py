"""Mouse gestures on the canvas become the right events, at every zoom."""

from __future__ import annotations

from dataclasses import replace
from math import cos, pi, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.adjustment import Adjustment
from app.domain.annotation import Polygon, Window
from app.domain.mask_operations import Region, Stroke
from app.domain.model_prompts import Box, Lasso, Scribble
from app.domain.tool import LARGEST_SIZE, SMALLEST_SIZE, Tool, ToolSettings, step_size
from app.imaging.mask_editing import edit_mask
from app.messages.events import (
    ClickAdded,
    FrameRequested,
    MaskEditRequested,
    ObjectChosen,
    ObjectCut,
    PolygonDeleted,
    PromptDrawn,
    VertexDeleted,
    VertexInserted,
    VertexMoved,
    ViewChanged,
    WindowChanged,
)
from app.views.canvas.drawing_gestures import BrushDrag
from app.views.canvas.gestures import AdjustmentDrag, DoubleClickDetector, Scrub, frame_at
from app.views.canvas.hit_testing import Shapes
from app.views.canvas.interaction import CanvasInteraction
from app.views.canvas.viewport import Viewport

SQUARE = Polygon((((10.0, 10.0), (50.0, 10.0), (50.0, 50.0), (10.0, 50.0)),))
RING = Polygon(
    (
        ((60.0, 10.0), (90.0, 10.0), (90.0, 40.0), (60.0, 40.0)),
        ((70.0, 20.0), (80.0, 20.0), (80.0, 30.0), (70.0, 30.0)),
    )
)
OUTLINES = ((1, (SQUARE,)), (2, (RING,)))


def interaction(
    outlines: object = OUTLINES, selected: int | None = 1, scale: float = 4.0
) -> CanvasInteraction:
    made = CanvasInteraction(view=Viewport(800, 600, 100, 80, scale, 20.0, 30.0))
    made.set_outlines(7, outlines, selected)  # type: ignore[arg-type]
    return made


def at(made: CanvasInteraction, x: float, y: float) -> tuple[int, int]:
    assert made.view is not None
    left, top = made.view.to_canvas(x, y)
    return int(left), int(top)


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0, 17.0])
def test_left_and_right_click_exactly_where_the_mouse_is(scale: float) -> None:
    bare = interaction(outlines=(), scale=scale)
    for button, positive in (("left", True), ("right", False)):
        (event,) = bare.press(button, *at(bare, 33, 21))  # type: ignore[arg-type]
        assert isinstance(event, ClickAdded)
        assert abs(event.x - 33) <= 0.5 / scale
        assert abs(event.y - 21) <= 0.5 / scale
        assert (event.positive, event.frame) == (positive, 7)


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


def drawing(tool: Tool) -> CanvasInteraction:
    made = interaction()
    made.tools = ToolSettings(tool)
    return made


def draw(made: CanvasInteraction, *points: tuple[float, float], button: str = "left") -> tuple[object, ...]:
    assert made.press(button, *at(made, *points[0])) == ()  # type: ignore[arg-type]
    for point in points[1:]:
        made.move(*at(made, *point))
    return made.release(button)  # type: ignore[arg-type]


def test_a_box_is_drawn_from_corner_to_corner() -> None:
    (event,) = draw(drawing(Tool.BOX), (40, 50), (20, 20), (10, 30))
    assert isinstance(event, PromptDrawn) and isinstance(event.prompt, Box) and event.frame == 7
    assert (event.prompt.left, event.prompt.top) == pytest.approx((10, 30), abs=0.2)
    assert (event.prompt.right, event.prompt.bottom) == pytest.approx((40, 50), abs=0.2)


@pytest.mark.parametrize(("button", "positive"), [("left", True), ("right", False)])
def test_a_scribble_has_the_sign_of_its_button(button: str, positive: bool) -> None:
    (event,) = draw(drawing(Tool.SCRIBBLE), (10, 10), (30, 10), (30, 40), button=button)
    assert isinstance(event, PromptDrawn) and isinstance(event.prompt, Scribble)
    assert event.prompt.positive is positive and len(event.prompt.points) == 3


@pytest.mark.parametrize("tool", [Tool.FIND_LASSO, Tool.DIAMETER])
def test_a_lasso_and_a_diameter_enclose_the_thing(tool: Tool) -> None:
    (event,) = draw(drawing(tool), *((10, 10), (30, 10), (30, 40))[: 3 if tool is Tool.FIND_LASSO else 2])
    assert isinstance(event, PromptDrawn) and isinstance(event.prompt, Lasso)
    across = [x for x, _ in event.prompt.points]
    ends = (10, 30) if tool is Tool.FIND_LASSO else (8.5, 31.5)
    assert (min(across), max(across)) == pytest.approx(ends, abs=0.3)


def test_a_press_that_only_trembles_is_a_click_with_every_prompt_tool() -> None:
    made = drawing(Tool.BOX)
    (event,) = draw(made, (30, 30), (30.5, 30), button="right")
    assert isinstance(event, ClickAdded) and not event.positive


def test_what_is_drawn_ends_with_its_frame_and_with_escape() -> None:
    made = drawing(Tool.SCRIBBLE)
    draw(made, (10, 10))
    made.press("left", *at(made, 10, 10))
    made.move(*at(made, 40, 10))
    assert made.drawn_prompt() is not None
    made.set_outlines(8, OUTLINES, 1)
    assert made.drawn_prompt() is None and made.release("left") == ()
    made.press("left", *at(made, 10, 10))
    assert made.cancel() and made.release("left") == ()


def test_outlines_are_edited_with_the_click_tool_only() -> None:
    made = drawing(Tool.BOX)
    assert made.double_click(*at(made, 10, 10)) == ()
    made.move(*at(made, 10, 10))
    assert made.focused_polygon() is None


@pytest.mark.parametrize(
    ("tool", "button", "erase"),
    [("brush", "left", False), ("brush", "right", True), ("eraser", "left", True)],
)
def test_a_stroke_goes_where_the_mouse_went_with_the_size_of_the_brush(
    tool: str, button: str, erase: bool
) -> None:
    made = drawing(Tool(tool))
    made.tools = replace(made.tools, size=9, square=True, ball=True)
    (event,) = draw(made, (10, 10), (30, 10), (30, 40), button=button)
    assert isinstance(event, MaskEditRequested) and isinstance(event.operation, Stroke) and event.is_ball
    stroke = event.operation
    assert (stroke.radius, stroke.square, stroke.erase) == (4.5, True, erase)
    assert [(round(x), round(y)) for x, y in stroke.points] == [(10, 10), (30, 10), (30, 40)]


def test_a_stroke_is_shown_piece_by_piece_without_gaps() -> None:
    made = drawing(Tool.BRUSH)
    made.press("left", *at(made, 10, 10))
    drag = made.gesture
    assert isinstance(drag, BrushDrag)
    pieces = [drag.take_new()]
    for x in (20, 30):
        made.move(*at(made, x, 10))
        pieces.append(drag.take_new())
    assert drag.take_new() is None
    ends = [(round(piece.points[0][0]), round(piece.points[-1][0])) for piece in pieces if piece is not None]
    assert ends == [(10, 10), (10, 20), (20, 30)]


@pytest.mark.parametrize(("button", "erase"), [("left", False), ("right", True)])
def test_a_lasso_of_the_hand_is_a_region(button: str, erase: bool) -> None:
    (event,) = draw(drawing(Tool.LASSO), (10, 10), (30, 10), (30, 40), button=button)
    assert isinstance(event, MaskEditRequested) and isinstance(event.operation, Region)
    assert event.operation.erase is erase and len(event.operation.points) == 3


@pytest.mark.parametrize(("button", "erase"), [("left", False), ("right", True)])
def test_a_rectangle_of_the_hand_is_a_region(button: str, erase: bool) -> None:
    (event,) = draw(drawing(Tool.RECTANGLE), (10, 40), (30, 30), (50, 20), button=button)
    assert isinstance(event, MaskEditRequested)
    mask = edit_mask(np.full((60, 60), erase), event.operation)
    ys, xs = np.nonzero(mask != erase)
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == (10, 50, 20, 40)
    assert len(xs) == 41 * 21, "every pixel of it, and no other"


def test_a_polygon_is_closed_at_its_first_corner_by_a_double_click_or_a_key() -> None:
    for how in ("corner", "double", "key"):
        made = drawing(Tool.POLYGON)
        for point in ((10, 10), (40, 10), (40, 40)):
            assert draw(made, point) == ()
        if how == "corner":
            events = made.press("left", *at(made, 10.5, 10))
        else:
            events = made.double_click(*at(made, 40, 40)) if how == "double" else made.close_polygon()
        (event,) = events
        assert isinstance(event, MaskEditRequested) and isinstance(event.operation, Region)
        assert len(event.operation.points) == 3 and made.polygon is None


def test_corners_of_a_polygon_are_taken_back_and_too_few_close_nothing() -> None:
    made = drawing(Tool.POLYGON)
    for point in ((10, 10), (40, 10)):
        draw(made, point)
    assert made.close_polygon() == () and made.drawn_line()
    made.delete_polygon()
    made.delete_polygon()
    assert made.polygon is None
    draw(made, (10, 10))
    assert made.cancel() and not made.drawn_line()


def test_a_cut_is_a_line_through_the_mask() -> None:
    (event,) = draw(drawing(Tool.CUT), (10, 10), (30, 60))
    assert isinstance(event, ObjectCut) and len(event.points) == 2


@given(st.floats(1, 1000), st.sampled_from([-3, -1, 1, 3]))
def test_every_step_changes_the_size_of_the_brush_up_to_its_limits(size: float, steps: int) -> None:
    changed = step_size(size, steps)
    assert SMALLEST_SIZE <= changed <= LARGEST_SIZE
    limit = LARGEST_SIZE if steps > 0 else SMALLEST_SIZE
    assert changed == limit or abs(changed - size) >= min(abs(steps), 0.9)
