"""Copying the selected object's mask to other frames, and clearing it from a range."""

from __future__ import annotations

import pytest

from app.domain.annotation import Status
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import FRAMES, SessionHarness, mask


def test_a_copied_mask_is_pasted_on_another_frame(harness: SessionHarness) -> None:
    thing = harness.annotate(seed=3)
    harness.handle(ev.MaskCopied())
    assert harness.toast == "The mask is copied."
    harness.handle(ev.FrameRequested(5))
    harness.handle(ev.MaskPasted())
    assert harness.annotation(5, thing).mask == mask(3)


def test_what_cannot_be_copied_or_pasted_says_why(harness: SessionHarness) -> None:
    harness.handle(ev.MaskCopied())
    assert harness.toast == "The object chosen has no mask on this frame."
    harness.handle(ev.MaskPasted())
    assert harness.toast == "Copy a mask and choose an object first."
    assert harness.count(od.Record) == 2, "only the labels of the fixture"


@pytest.mark.parametrize(("at", "step", "target"), [(0, 1, 1), (0, -1, None), (FRAMES - 1, 1, None)])
def test_a_mask_is_copied_on_to_the_neighbour_as_far_as_there_is_one(
    harness: SessionHarness, at: int, step: int, target: int | None
) -> None:
    harness.handle(ev.FrameRequested(at))
    thing = harness.annotate(seed=4)
    harness.handle(ev.MaskCopiedOn(step))
    assert harness.state.sequence.frame == (at if target is None else target)
    if target is not None:
        assert harness.annotation(target, thing).mask == mask(4)


def test_a_cleared_range_keeps_verified_masks_and_is_one_step_of_undo(harness: SessionHarness) -> None:
    thing = harness.annotate(seed=5)
    harness.handle(ev.FramesVerified(0, 1))
    harness.handle(ev.MaskSet(1, thing, mask(6)))
    harness.handle(ev.RangeCleared(thing, 0, 3))
    assert harness.annotation(0, thing).status is Status.VERIFIED
    assert harness.annotation(1, thing).mask == harness.annotation(2, thing).mask != mask(6)
    assert harness.handle(ev.RangeCleared(thing, 0, 3)) == [], "nothing is left to clear"
    harness.handle(ev.Undone())
    assert harness.annotation(1, thing).mask == mask(6)


def test_a_locked_object_is_not_cleared(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.ObjectDescribed(thing, locked=True))
    assert harness.handle(ev.RangeCleared(thing, 0, 3)) == []
    assert "is locked" in harness.toast


def test_masks_that_a_script_sets_are_one_edit_and_leave_verified_ones(harness: SessionHarness) -> None:
    thing = harness.annotate(seed=1)
    harness.handle(ev.FramesVerified(0, 1))
    made = tuple((frame, mask(frame + 10)) for frame in range(3))
    harness.handle(ev.MasksSet(thing, made, Status.EDITED, 1.0))
    assert harness.annotation(0, thing).mask == mask(1)
    assert [harness.annotation(frame, thing).mask for frame in (1, 2)] == [mask(11), mask(12)]
    assert harness.annotation(1, thing).reference
    assert harness.handle(ev.MasksSet(thing, made[:1], Status.EDITED, 1.0)) == []
    harness.handle(ev.Undone())
    assert harness.state.annotation(1, thing) is None
