"""The contact sheet: frames marked on it are verified together, and so is all that was looked at."""

from __future__ import annotations

from app.actions.registry import registry
from app.domain.annotation import Status
from app.domain.tier import Term, Tier
from app.messages import events as ev
from tests.session.harness import FRAMES, SessionHarness, mask


def verified(harness: SessionHarness) -> set[int]:
    """The frames with a verified mask."""
    return {frame for (frame, _), cell in harness.state.cells.items() if cell.status is Status.VERIFIED}


def press(harness: SessionHarness, action: str) -> None:
    """Carry out an action as its key does."""
    for event in registry()[action].events(harness.snapshot()):
        harness.handle(event)


def test_marked_frames_are_verified_with_one_key_and_one_undo(harness: SessionHarness) -> None:
    harness.annotate()
    press(harness, "sheet.toggle")
    assert harness.snapshot().sheet.shown
    harness.handle(ev.FramesMarked(frozenset({2, 5, 9, FRAMES + 3})))
    press(harness, "review.accept")
    assert verified(harness) == {2, 5, 9}
    assert harness.state.sequence.frame == 0 and not harness.state.sheet.marked
    harness.handle(ev.Undone())
    assert verified(harness) == set()


def test_a_mark_is_taken_away_by_the_same_key_and_all_are_marked_at_once(harness: SessionHarness) -> None:
    press(harness, "sheet.mark")
    assert not harness.state.sheet.marked
    press(harness, "sheet.toggle")
    press(harness, "sheet.mark")
    assert harness.state.sheet.marked == {0}
    press(harness, "sheet.mark")
    assert not harness.state.sheet.marked
    press(harness, "sheet.mark_all")
    assert len(harness.state.sheet.marked) == FRAMES
    press(harness, "sheet.toggle")
    assert not harness.state.sheet.marked


def test_the_sheet_is_put_in_order_of_doubt_and_stays_so_while_frames_are_verified(
    harness: SessionHarness,
) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    for frame, score in ((1, 0.9), (2, 0.3), (3, 0.6)):
        harness.propagated(frame, thing, score=score)
    harness.handle(ev.PropagationCancelled())
    press(harness, "sheet.order")
    assert not harness.state.sheet.order, "only where it is seen"
    press(harness, "sheet.toggle")
    press(harness, "sheet.order")
    assert harness.state.sheet.order == (2, 3, 1, 0, *range(4, FRAMES))
    harness.handle(ev.FramesMarked(frozenset({2})))
    press(harness, "review.accept")
    assert harness.state.sheet.order[0] == 2 and verified(harness) == {2}
    press(harness, "sheet.toggle")
    press(harness, "sheet.toggle")
    assert harness.state.sheet.order == (3, 1, 0, 2, *range(4, FRAMES))
    press(harness, "sheet.order")
    assert not harness.state.sheet.order


def test_all_that_was_looked_at_is_verified_and_nothing_else(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    for frame in (1, 2, 3):
        harness.propagated(frame, thing)
    harness.handle(ev.PropagationCancelled())
    harness.handle(ev.FrameRequested(2))
    press(harness, "review.seen")
    assert verified(harness) == {0, 2}
    assert harness.toast == "2 frames verified."
    press(harness, "review.seen")
    assert "verified already" in harness.toast


def test_opening_the_sheet_finishes_a_pending_mask(harness: SessionHarness) -> None:
    harness.handle(ev.PendingSegmented(harness.click(), mask(1)))
    press(harness, "sheet.toggle")
    assert harness.state.pending is None
    assert harness.annotation(0, 1).mask == mask(1)


def test_only_frames_of_a_phase_without_a_mask_lie_on_the_sheet(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.TierAdded(Tier("phase", "phases", (Term("cut", ""), Term("close", "")))))
    harness.handle(ev.IntervalAdded("phase", "cut", 0, 4))
    harness.handle(ev.IntervalAdded("phase", "cut", 8, 10))
    harness.handle(ev.SheetFiltered(("phase", "cut")))
    sheet = harness.snapshot().sheet
    assert sheet.shown and sheet.order == (1, 2, 3, 8, 9) and sheet.term == ("phase", "cut")
    assert harness.state.sequence.frame == 1, "the frame that was shown has a mask"
    press(harness, "sheet.mark_all")
    assert harness.state.sheet.marked == {1, 2, 3, 8, 9}
    press(harness, "sheet.toggle")
    harness.handle(ev.MaskSet(2, harness.state.sequence.objects[0].object_id, mask(1)))
    press(harness, "sheet.toggle")
    assert harness.snapshot().sheet.order == (1, 3, 8, 9), "what has a mask by now is gone"
    press(harness, "sheet.order")
    assert harness.snapshot().sheet.term is None and len(harness.snapshot().sheet.order) == FRAMES
    harness.handle(ev.SheetFiltered(("phase", "close")))
    sheet = harness.snapshot().sheet
    assert sheet.shown and not sheet.order and sheet.term is None
    assert "Every frame of close has a mask" in harness.toast
