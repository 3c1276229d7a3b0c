"""Which object a click changes, and that none loses its mask unseen."""

from __future__ import annotations

import numpy as np

from app.domain.annotation import Mask
from app.domain.model_prompts import Box
from app.imaging.masks import encode
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import HEIGHT, WIDTH, SessionHarness


def half(side: str) -> Mask:
    """The left or the right half of a frame."""
    array = np.zeros((HEIGHT, WIDTH), bool)
    array[:, slice(0, WIDTH // 2) if side == "left" else slice(WIDTH // 2, WIDTH)] = True
    return encode(array)


LEFT, RIGHT = (3, 4), (12, 4)


def two_objects(harness: SessionHarness) -> tuple[int, int]:
    """Make an object of each half and label; the second one is selected by its finishing."""
    found = []
    for label, side in ((1, "left"), (2, "right")):
        harness.handle(ev.LabelChosen(label))
        harness.handle(ev.PendingSegmented(harness.click(*(LEFT if side == "left" else RIGHT)), half(side)))
        harness.handle(ev.MaskFinished())
        assert harness.state.sequence.selected is not None
        found.append(harness.state.sequence.selected)
    return found[0], found[1]


def test_a_click_on_a_mask_selects_its_object_and_corrects_it(harness: SessionHarness) -> None:
    first, second = two_objects(harness)
    assert harness.state.sequence.selected == second
    harness.click(*LEFT)
    assert harness.pending.target == first == harness.state.sequence.selected
    assert harness.pending.base == half("left") and harness.state.label == 1


def test_an_object_chosen_by_hand_stays_the_one_that_clicks_concern(harness: SessionHarness) -> None:
    _, second = two_objects(harness)
    harness.handle(ev.LabelChosen(2))
    harness.click(*LEFT)
    assert harness.pending.target == second


def test_a_second_click_never_changes_the_object(harness: SessionHarness) -> None:
    first, _ = two_objects(harness)
    harness.click(*LEFT)
    harness.click(*RIGHT)
    assert harness.pending.target == first and len(harness.pending.prompts) == 2


def test_alt_begins_the_mask_anew_and_replaces_it(harness: SessionHarness) -> None:
    first, _ = two_objects(harness)
    harness.click(*LEFT)
    harness.handle(ev.ClickAdded(0, *LEFT, True, afresh=True))
    assert harness.pending.base is None and len(harness.pending.prompts) == 1
    harness.handle(ev.PendingSegmented(harness.last(od.Segment).job, half("right")))
    assert len(harness.session.layers()) == 2, "the mask before is still painted below the new one"
    harness.handle(ev.MaskFinished())
    assert harness.annotation(0, first).mask == half("right")


def test_a_right_click_beside_every_mask_does_nothing_and_says_why(harness: SessionHarness) -> None:
    harness.click(*LEFT, positive=True)
    harness.handle(ev.PendingSegmented(harness.last(od.Segment).job, half("left")))
    harness.handle(ev.MaskFinished())
    harness.handle(ev.ClickAdded(0, *RIGHT, False))
    assert harness.state.pending is None
    assert "right click" in harness.toast


def test_a_right_click_that_takes_most_of_a_mask_away_is_told(harness: SessionHarness) -> None:
    first, _ = two_objects(harness)
    job = harness.click(*LEFT, positive=False)
    small = np.zeros((HEIGHT, WIDTH), bool)
    small[0, 0] = True
    harness.handle(ev.PendingSegmented(job, encode(small)))
    assert harness.pending.target == first
    assert "took away 99 %" in harness.toast


def test_stepping_to_another_object_ends_the_editing_of_outlines(harness: SessionHarness) -> None:
    two_objects(harness)
    assert harness.snapshot().sequence.mode == "edit"
    harness.handle(ev.ObjectStepped(1))
    assert harness.snapshot().sequence.mode == "annotate" and not harness.state.polygons


def dot(x: int, y: int) -> Mask:
    """A mask of one pixel."""
    array = np.zeros((HEIGHT, WIDTH), bool)
    array[y, x] = True
    return encode(array)


def finish(harness: SessionHarness, x: int, y: int) -> int:
    """Click and finish a mask of one pixel; return its object."""
    harness.handle(ev.PendingSegmented(harness.click(x, y), dot(x, y)))
    harness.handle(ev.MaskFinished())
    assert harness.state.sequence.selected is not None
    return harness.state.sequence.selected


def test_a_click_on_another_thing_right_after_finishing_begins_another_object(
    harness: SessionHarness,
) -> None:
    first = finish(harness, 3, 4)
    assert harness.snapshot().begins_new
    second = finish(harness, 12, 8)
    assert second != first and [item.label for item in harness.state.sequence.objects] == [1, 1]
    assert harness.annotation(0, first).mask == dot(3, 4)


def test_a_box_around_another_thing_begins_another_object_too(harness: SessionHarness) -> None:
    first = finish(harness, 3, 4)
    harness.handle(ev.PromptDrawn(0, Box(10, 6, 14, 10)))
    assert harness.pending.is_new and harness.pending.target is None
    harness.handle(ev.LabelChosen(2))
    harness.handle(ev.PendingSegmented(harness.last(od.Segment).job, dot(12, 8)))
    harness.handle(ev.MaskFinished())
    assert [(item.object_id == first, item.label) for item in harness.state.sequence.objects] == [
        (True, 1),
        (False, 2),
    ]


def test_a_click_beside_the_mask_just_finished_still_corrects_it(harness: SessionHarness) -> None:
    first = finish(harness, 3, 4)
    harness.click(3.2, 4.2)
    assert harness.pending.target == first


def test_on_another_frame_and_after_a_choice_the_selected_object_goes_on(harness: SessionHarness) -> None:
    first = finish(harness, 3, 4)
    harness.handle(ev.FrameStepped(1))
    assert not harness.snapshot().begins_new
    harness.click(12, 8)
    assert harness.pending.target == first
    harness.handle(ev.ClicksCleared())
    harness.handle(ev.FrameStepped(-1))
    finish(harness, 3, 4)
    harness.handle(ev.ObjectChosen(first))
    harness.click(12, 8)
    assert harness.pending.target == first
