"""What is drawn with a tool becomes the right event."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.mask_operations import Region, Stroke
from app.domain.model_prompts import Box, Lasso, Scribble
from app.domain.tool import LARGEST_SIZE, SMALLEST_SIZE, Tool, ToolSettings, step_size
from app.imaging.mask_editing import edit_mask
from app.messages.events import (
    ClickAdded,
    MaskEditRequested,
    ObjectCut,
    PromptDrawn,
)
from app.views.canvas.drawing_gestures import BrushDrag
from app.views.canvas.interaction import CanvasInteraction
from tests.views.canvas.outlined_canvas import OUTLINES, at, interaction


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
