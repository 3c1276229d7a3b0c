"""When a sequence may be called done, and what is locked once it is verified."""

from __future__ import annotations

from app.domain.annotation import Status
from app.messages import events as ev
from app.messages import orders as od
from app.messages.events import worklist as we
from app.messages.worklist_orders import FinishEntry, ReopenEntry
from tests.session.desk import FRAMES, Desk, mask


def unreviewed(desk: Desk) -> int:
    return desk.session.snapshot().unreviewed


def test_a_frame_counts_as_looked_at_until_its_masks_change(desk: Desk) -> None:
    assert unreviewed(desk) == FRAMES - 1
    desk.say(ev.FrameStepped(1))
    desk.say(ev.FrameStepped(1))
    assert unreviewed(desk) == FRAMES - 3
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    desk.propagated(1, thing)
    assert unreviewed(desk) == FRAMES - 2
    desk.propagated(2, thing)
    desk.say(ev.FrameRequested(1))
    assert unreviewed(desk) == FRAMES - 3


def test_what_a_person_made_or_verified_counts_unseen_where_every_object_is(desk: Desk) -> None:
    first = desk.annotate()
    desk.say(ev.ObjectAdded(2))
    second = desk.annotate(2, 2)
    desk.say(ev.FramesVerified(4, 8, (first,)))
    assert unreviewed(desk) == FRAMES - 1
    desk.say(ev.FramesVerified(4, 8, (second,)))
    assert unreviewed(desk) == FRAMES - 5
    desk.say(ev.FramesVerified(5, 6, verified=False))
    assert unreviewed(desk) == FRAMES - 4


def test_the_next_frame_that_nobody_has_looked_at_is_found_all_around(desk: Desk) -> None:
    for frame in range(FRAMES):
        if frame not in (3, 20):
            desk.say(ev.FrameRequested(frame))
    desk.say(ev.FrameRequested(10))
    desk.say(we.UnseenRequested())
    assert desk.state.frame == 20
    desk.say(we.UnseenRequested())
    assert desk.state.frame == 3
    desk.say(we.UnseenRequested())
    assert desk.state.frame == 3
    assert "Every frame" in desk.state.toasts[-1].text


def test_done_is_refused_while_frames_are_unseen_and_clicks_are_open(desk: Desk) -> None:
    desk.say(we.SequenceFinished())
    assert "29 frames" in desk.state.toasts[-1].text
    for frame in range(FRAMES):
        desk.say(ev.FrameRequested(frame))
    desk.click()
    desk.say(we.SequenceFinished())
    assert desk.count(FinishEntry) == 0
    desk.say(ev.ClicksCleared())
    desk.say(ev.OperatorChosen("Ada"))
    desk.say(we.SequenceFinished())
    assert desk.last(FinishEntry).operator == "Ada"
    desk.say(we.SequenceReopened())
    assert desk.count(ReopenEntry) == 1


def test_accepting_the_rest_verifies_it_in_one_step_that_can_be_undone(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    desk.propagated(1, thing)
    orders = desk.say(we.SequenceFinished(accept=True))
    kinds = [type(order) for order in orders]
    assert kinds.index(od.CancelPropagation) < kinds.index(od.Record) < kinds.index(FinishEntry)
    assert desk.state.annotation(1, thing).status is Status.VERIFIED
    assert unreviewed(desk) == 0
    desk.say(ev.Undone())
    assert desk.state.annotation(1, thing).status is Status.PROPAGATED
    assert unreviewed(desk) == FRAMES - 1


def test_what_was_looked_at_is_known_after_opening_again(desk: Desk) -> None:
    seen = bytes([1]) * (FRAMES - 2) + bytes(2)
    desk.say(ev.SequenceOpened(desk.state.sequence, seen=seen))
    assert unreviewed(desk) == 2
    desk.say(ev.SequenceOpened(desk.state.sequence, seen=b"of another length"))
    assert unreviewed(desk) == FRAMES - 1


def test_a_verified_mask_is_locked_until_it_is_unlocked(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.FramesVerified(0, 1))
    locked = desk.state.annotation(0, thing)
    desk.say(ev.ClickAdded(0, 3, 4, False))
    assert desk.state.pending is None
    assert "Unlock" in desk.state.toasts[-1].text
    desk.say(ev.MaskDeleted(0, thing))
    desk.say(ev.MaskSet(0, thing, mask(7)))
    desk.say(ev.MaskReshaped(0, thing, locked.mask, mask(8), (), "Move vertex"))
    assert desk.state.annotation(0, thing) == locked
    desk.say(ev.FramesVerified(0, 1, verified=False))
    desk.say(ev.MaskSet(0, thing, mask(7)))
    assert desk.state.annotation(0, thing).mask == mask(7)


def test_clicks_of_another_object_do_not_land_on_a_verified_one(desk: Desk) -> None:
    first = desk.annotate()
    desk.say(ev.ObjectChosen(None))
    job = desk.click()
    desk.say(ev.PendingSegmented(job, mask(5)))
    desk.say(ev.FramesVerified(0, 1))
    desk.say(ev.MaskFinished())
    assert desk.state.annotation(0, first).mask == mask(1)
    assert desk.state.pending is not None
    desk.say(ev.MaskFinished(2))
    assert len(desk.state.objects) == 2


def test_of_equal_doubts_the_one_carried_last_comes_first(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    for frame, score in ((4, 0.5), (9, 0.5), (7, 0.2), (4, 0.5)):
        desk.propagated(frame, thing, score=score)
    visited = []
    for _ in range(3):
        desk.say(ev.WorstFrameRequested())
        visited.append(desk.state.frame)
    assert visited == [7, 4, 9]


def test_the_clicks_that_an_edit_took_are_kept_with_it_those_taken_back_too(desk: Desk) -> None:
    desk.click()
    desk.click(x=5)
    desk.say(ev.Undone())
    desk.say(ev.PendingSegmented(desk.last(od.Segment).job, mask(1)))
    desk.say(ev.MaskFinished())
    assert desk.last(od.Record).edit.clicks == 2
