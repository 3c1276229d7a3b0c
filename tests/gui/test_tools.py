"""Hand tools paint the masks that they show, as they are drawn."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from app.domain.annotation import Status
from app.domain.tool import Tool
from app.imaging import masks
from app.messages.events import MaskEditRequested, SequenceRequested, ToolChanged, ViewChanged
from app.storage.demo.demo_sequence import write_demo
from tests.gui.pilot import Pilot


def mask(pilot: Pilot, object_id: int = 1) -> np.ndarray:
    """The object's mask on the frame."""
    return masks.decode(dict(pilot.snapshot.annotations)[object_id].mask)


def use(pilot: Pilot, key: str, tool: Tool) -> None:
    pilot.key(key)
    pilot.until(lambda: pilot.snapshot.tools.tool is tool, f"for {tool}")


def settle(pilot: Pilot) -> None:
    """Wait until every gesture is durable and on the screen."""
    pilot.until(lambda: not pilot.snapshot.edits.editing and pilot.snapshot.edits.saved, "for the edits")
    pilot.frames(6)


def screen_color(pilot: Pilot, x: float, y: float, name: str = "tools") -> np.ndarray:
    """The colour on the screen at an image point, RGB."""
    screen = cv2.imread(str(pilot.shot(name)))
    assert screen is not None
    column, row = pilot.at(x, y)
    return screen[row, column, ::-1].astype(int)


def test_a_stroke_shows_while_it_is_drawn_and_becomes_the_mask(opened: Pilot) -> None:
    opened.loop.post(ViewChanged(prefetch=False))
    use(opened, "b", Tool.BRUSH)
    opened.point(60, 60)
    bare = screen_color(opened, 120, 60)
    opened.tool("mousedown", 1)
    for x in (80, 100, 120, 140):
        opened.point(x, 60)
    assert not opened.count(MaskEditRequested)
    painted = screen_color(opened, 120, 60, "tools-stroke")
    assert np.abs(painted - bare).max() > 40, "the stroke does not show before the button is released"
    opened.tool("mouseup", 1)
    settle(opened)
    assert np.abs(screen_color(opened, 120, 60) - painted).max() < 30
    found = mask(opened)
    assert found[60, 60:141].all() and found[60 - 11, 100] and not found[60 - 14, 100]
    assert dict(opened.snapshot.annotations)[1].status is Status.EDITED


def test_the_wheel_with_shift_changes_the_size_and_the_right_button_erases(opened: Pilot) -> None:
    opened.point(100, 60)
    opened.tool("keydown", "shift", "click", 4, "keyup", "shift")
    opened.until(lambda: opened.snapshot.tools.size > 24)
    opened.key("shift+minus", "shift+minus", "shift+minus")
    opened.until(lambda: opened.snapshot.tools.size < 20)
    before = mask(opened)
    opened.drag((100, 60), (100, 61), button=3)
    settle(opened)
    assert before[60, 100] and not mask(opened)[60, 100] and mask(opened)[60, 70]
    opened.key("ctrl+z")
    opened.until(lambda: mask(opened)[60, 100])


def test_a_lasso_adds_and_a_polygon_takes_away(opened: Pilot) -> None:
    use(opened, "q", Tool.LASSO)
    opened.point(200, 150)
    opened.tool("mousedown", 1)
    for point in ((240, 150), (240, 200), (200, 200)):
        opened.point(*point)
    opened.shot("tools-lasso")
    opened.tool("mouseup", 1)
    settle(opened)
    assert mask(opened)[155:195, 205:235].all()
    use(opened, "y", Tool.POLYGON)
    opened.click(205, 155, button=3)
    for point in ((235, 155), (235, 175)):
        opened.click(*point)
    opened.point(205, 195)
    opened.shot("tools-polygon")
    opened.key("space")
    settle(opened)
    assert not mask(opened)[158, 230] and mask(opened)[198, 210]


def test_a_cut_makes_another_object_in_one_step(opened: Pilot) -> None:
    use(opened, "k", Tool.CUT)
    opened.drag((100, 40), (100, 80))
    opened.wait_for_objects(2)
    settle(opened)
    opened.shot("tools-cut")
    opened.key("ctrl+z")
    opened.wait_for_objects(1)


def test_a_locked_mask_shows_as_it_is_after_a_stroke_that_was_refused(opened: Pilot) -> None:
    use(opened, "d", Tool.ERASER)
    opened.key("alt+v")
    opened.until(lambda: dict(opened.snapshot.annotations)[1].status is Status.VERIFIED)
    before = screen_color(opened, 70, 60)
    opened.drag((60, 60), (80, 60))
    opened.until(lambda: any("locked" in toast.text for toast in opened.snapshot.toasts))
    settle(opened)
    assert np.abs(screen_color(opened, 70, 60) - before).max() < 12
    opened.key("u")


def test_a_box_asks_the_model(opened: Pilot) -> None:
    opened.loop.post(ToolChanged(Tool.CLICK))
    use(opened, "t", Tool.BOX)
    opened.key("n")
    opened.drag((55, 75), (145, 165))
    opened.wait_for_mask(1)
    opened.shot("tools-box")
    pending = opened.snapshot.pending
    assert pending is not None and pending.mask is not None
    assert masks.decode(pending.mask)[120, 100]


def test_the_tour_makes_two_objects_and_paints_on_one(pilot: Pilot, tmp_path: Path) -> None:
    """Steps 2 to 5 of the README's tour, on the demo."""
    demo = write_demo(tmp_path, frames=4, width=480, height=270)
    pilot.loop.post(ToolChanged(Tool.CLICK))
    pilot.loop.post(SequenceRequested(str(demo.video)))
    pilot.wait_for_sequence(demo.video.name)
    pilot.frames(6)
    truth = demo.true_labels(0)
    for value in (1, 2):
        rows, columns = np.nonzero(truth == value)
        pilot.click(float(np.median(columns)), float(np.median(rows)))
        pilot.wait_for_mask(1)
        pilot.key("space")
        pilot.wait_for_objects(value)
    settle(pilot)
    ball, jelly = pilot.snapshot.sequence.objects
    assert ball.label == jelly.label and pilot.snapshot.sequence.selected == jelly.object_id
    before = mask(pilot, jelly.object_id)
    use(pilot, "b", Tool.BRUSH)
    pilot.drag((20, 20), (60, 20))
    settle(pilot)
    pilot.shot("tools-tour")
    after = mask(pilot, jelly.object_id)
    assert after[20, 20:61].all() and (after & before).sum() == before.sum()
    use(pilot, "a", Tool.CLICK)
