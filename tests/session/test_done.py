"""When a sequence may be called done, and what is locked once it is verified."""

from __future__ import annotations

from app.domain.annotation import Status
from app.messages import events as ev
from app.messages import orders as od
from app.messages.events import worklist as we
from app.messages.worklist_orders import FinishEntry, ReopenEntry
from tests.session.harness import FRAMES, SessionHarness, mask


def unreviewed(harness: SessionHarness) -> int:
    return harness.snapshot().edits.unreviewed


def test_a_frame_counts_as_looked_at_until_its_masks_change(harness: SessionHarness) -> None:
    assert unreviewed(harness) == FRAMES - 1
    harness.handle(ev.FrameStepped(1))
    harness.handle(ev.FrameStepped(1))
    assert unreviewed(harness) == FRAMES - 3
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.propagated(1, thing)
    assert unreviewed(harness) == FRAMES - 2
    harness.propagated(2, thing)
    harness.handle(ev.FrameRequested(1))
    assert unreviewed(harness) == FRAMES - 3


def test_what_a_person_made_or_verified_counts_unseen_where_every_object_is(harness: SessionHarness) -> None:
    first = harness.annotate()
    harness.handle(ev.ObjectAdded(2))
    second = harness.annotate(2, 2)
    harness.handle(ev.FramesVerified(4, 8, (first,)))
    assert unreviewed(harness) == FRAMES - 1
    harness.handle(ev.FramesVerified(4, 8, (second,)))
    assert unreviewed(harness) == FRAMES - 5
    harness.handle(ev.FramesVerified(5, 6, verified=False))
    assert unreviewed(harness) == FRAMES - 4


def test_the_next_frame_that_nobody_has_looked_at_is_found_all_around(harness: SessionHarness) -> None:
    for frame in range(FRAMES):
        if frame not in (3, 20):
            harness.handle(ev.FrameRequested(frame))
    harness.handle(ev.FrameRequested(10))
    harness.handle(we.UnseenRequested())
    assert harness.state.sequence.frame == 20
    harness.handle(we.UnseenRequested())
    assert harness.state.sequence.frame == 3
    harness.handle(we.UnseenRequested())
    assert harness.state.sequence.frame == 3
    assert "Every frame" in harness.state.toasts[-1].text


def test_done_is_refused_while_frames_are_unseen_and_clicks_are_open(harness: SessionHarness) -> None:
    harness.handle(we.SequenceFinished())
    assert "29 frames" in harness.state.toasts[-1].text
    for frame in range(FRAMES):
        harness.handle(ev.FrameRequested(frame))
    harness.click()
    harness.handle(we.SequenceFinished())
    assert harness.count(FinishEntry) == 0
    harness.handle(ev.ClicksCleared())
    harness.handle(ev.OperatorChosen("Ada"))
    harness.handle(we.SequenceFinished())
    assert harness.last(FinishEntry).operator == "Ada"
    harness.handle(we.SequenceReopened())
    assert harness.count(ReopenEntry) == 1


def test_accepting_the_rest_verifies_it_in_one_step_that_can_be_undone(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.propagated(1, thing)
    orders = harness.handle(we.SequenceFinished(accept=True))
    kinds = [type(order) for order in orders]
    assert kinds.index(od.CancelPropagation) < kinds.index(od.Record) < kinds.index(FinishEntry)
    assert harness.annotation(1, thing).status is Status.VERIFIED
    assert unreviewed(harness) == 0
    harness.handle(ev.Undone())
    assert harness.annotation(1, thing).status is Status.PROPAGATED
    assert unreviewed(harness) == FRAMES - 1


def test_what_was_looked_at_is_known_after_opening_again(harness: SessionHarness) -> None:
    seen = bytes([1]) * (FRAMES - 2) + bytes(2)
    harness.handle(ev.SequenceOpened(harness.info, seen=seen))
    assert unreviewed(harness) == 2
    harness.handle(ev.SequenceOpened(harness.info, seen=b"of another length"))
    assert unreviewed(harness) == FRAMES - 1


def test_a_verified_mask_is_locked_until_it_is_unlocked(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.FramesVerified(0, 1))
    locked = harness.annotation(0, thing)
    harness.handle(ev.ClickAdded(0, 3, 4, False))
    assert harness.state.pending is None
    assert "Unlock" in harness.state.toasts[-1].text
    harness.handle(ev.MaskDeleted(0, thing))
    harness.handle(ev.MaskSet(0, thing, mask(7)))
    harness.handle(ev.MaskReshaped(0, thing, locked.mask, mask(8), (), "Move vertex"))
    assert harness.state.annotation(0, thing) == locked
    harness.handle(ev.FramesVerified(0, 1, verified=False))
    harness.handle(ev.MaskSet(0, thing, mask(7)))
    assert harness.annotation(0, thing).mask == mask(7)


def test_clicks_of_another_object_do_not_land_on_a_verified_one(harness: SessionHarness) -> None:
    first = harness.annotate()
    harness.handle(ev.ObjectChosen(None))
    job = harness.click()
    harness.handle(ev.PendingSegmented(job, mask(5)))
    harness.handle(ev.FramesVerified(0, 1))
    harness.handle(ev.MaskFinished())
    assert harness.annotation(0, first).mask == mask(1)
    assert harness.state.pending is not None
    harness.handle(ev.MaskFinished(2))
    assert len(harness.state.sequence.objects) == 2


def test_of_equal_doubts_the_one_carried_last_comes_first(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    for frame, score in ((4, 0.5), (9, 0.5), (7, 0.2), (4, 0.5)):
        harness.propagated(frame, thing, score=score)
    visited = []
    for _ in range(3):
        harness.handle(ev.WorstFrameRequested())
        visited.append(harness.state.sequence.frame)
    assert visited == [7, 4, 9]


def test_the_clicks_that_an_edit_took_are_kept_with_it_those_taken_back_too(harness: SessionHarness) -> None:
    harness.click()
    harness.click(x=5)
    harness.handle(ev.Undone())
    harness.handle(ev.PendingSegmented(harness.last(od.Segment).job, mask(1)))
    harness.handle(ev.MaskFinished())
    assert harness.last(od.Record).edit.clicks == 2


def test_verifying_twice_and_unlocking_what_is_open_change_nothing(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.FramesVerified(0, 1))
    assert harness.handle(ev.FramesVerified(0, 1)) == []
    harness.handle(ev.FramesVerified(0, 1, verified=False))
    assert harness.handle(ev.FramesVerified(0, 1, verified=False)) == []


def test_a_propagated_mask_is_propagated_again_after_unlocking(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.propagated(1, thing)
    before = harness.state.annotation(1, thing)
    harness.handle(ev.FramesVerified(1, 2))
    harness.handle(ev.FramesVerified(1, 2, verified=False))
    assert harness.state.annotation(1, thing) == before


def test_undoing_a_verification_out_of_sight_goes_there_and_says_so(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.FramesVerified(0, 1))
    harness.handle(ev.FrameRequested(7))
    harness.handle(ev.Undone())
    assert harness.state.sequence.frame == 0 and "verify, frame 0" in harness.toast
    harness.handle(ev.FrameRequested(7))
    harness.handle(ev.Redone())
    assert harness.state.sequence.frame == 0 and "Redone" in harness.toast


def test_undoing_what_is_on_many_frames_out_of_sight_is_said_where_one_is(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.FramesVerified(1, 6))
    harness.handle(ev.FrameRequested(20))
    harness.handle(ev.Undone())
    assert harness.state.sequence.frame == 20 and "5 frames" in harness.toast


def test_a_deletion_says_how_much_went_and_that_it_can_come_back(harness: SessionHarness) -> None:
    harness.handle(ev.ObjectDeleted(harness.annotate()))
    assert "with its mask" in harness.toast and "Undo" in harness.toast
    harness.handle(ev.LabelDeleted(1))
    assert "Label 1 was deleted" in harness.toast
