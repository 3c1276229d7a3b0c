"""Propagation, as the session sees it."""

from __future__ import annotations

import pytest

from app.domain.annotation import Status
from app.messages import events as ev
from app.messages import orders as od
from app.session.propagation import SETBACKS
from tests.session.desk import FRAMES, Desk, mask


def test_without_a_reference_nothing_starts_and_the_annotator_is_told(desk: Desk) -> None:
    desk.say(ev.PropagationRequested())
    assert desk.count(od.Propagate) == 0
    assert "click an object" in desk.state.toasts[-1].text


@pytest.mark.parametrize("lock", ["edit", "verify"])
def test_results_never_overwrite_what_a_person_made_or_accepted(desk: Desk, lock: str) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    desk.propagated(5, thing, seed=2)
    if lock == "verify":
        desk.say(ev.FramesVerified(5, 6))
    else:
        desk.say(ev.MaskSet(5, thing, mask(2)))
    desk.propagated(5, thing, seed=3)
    assert desk.state.annotation(5, thing).mask == mask(2)


def test_late_results_of_a_cancelled_job_are_dropped(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    job = desk.last(od.Propagate).job
    desk.say(ev.PropagationCancelled())
    desk.say(ev.FramePropagated(job, 4, ((thing, mask(2), 0.5, (1, 0)),), 1, 9))
    assert desk.state.annotation(4, thing) is None


def test_a_result_for_an_object_that_is_gone_is_dropped(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    job = desk.last(od.Propagate).job
    desk.say(ev.ObjectDeleted(thing))
    desk.say(ev.FramePropagated(job, 4, ((thing, mask(2), 0.5, (1, 0)),), 1, 9))
    assert not desk.state.cells


def test_cancel_keeps_what_is_done_and_the_next_run_goes_on_from_there(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    for frame in range(1, 6):
        desk.propagated(frame, thing)
    desk.say(ev.PropagationCancelled())
    desk.say(ev.PropagationRequested())
    (run,) = desk.last(od.Propagate).passes
    assert (run.start_frame, list(run.frames)) == (5, list(range(6, FRAMES)))


def test_an_object_added_later_joins_without_disturbing_the_others(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    for frame in range(1, FRAMES):
        desk.propagated(frame, thing)
    desk.say(ev.PropagationEnded(desk.last(od.Propagate).job, finished=True))
    other = desk.annotate(4, label=2)
    desk.say(ev.PropagationRequested())
    assert {span.object_id for run in desk.last(od.Propagate).passes for span in run.spans} == {other}


def test_a_correction_walks_back_to_the_reference_before_and_is_fused_with_it(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    for frame in range(1, FRAMES):
        desk.propagated(frame, thing)
    desk.say(ev.PropagationEnded(desk.last(od.Propagate).job, finished=True))
    desk.say(ev.MaskSet(10, thing, mask(5)))
    desk.say(ev.PropagationRequested())
    order = desk.last(od.Propagate)
    assert sorted((run.start_frame, run.direction, run.frames[-1]) for run in order.passes) == [
        (10, -1, 1),
        (10, 1, FRAMES - 1),
    ]
    assert {frame for frame, _, _ in order.earlier} == set(range(1, 10))


@pytest.mark.parametrize(("direction", "frames"), [("forward", range(11, 20)), ("backward", range(9, 4, -1))])
def test_range_and_direction_are_kept_to(
    desk: Desk, direction: ev.PropagationDirection, frames: range
) -> None:
    desk.say(ev.FrameRequested(10))
    desk.annotate()
    desk.say(ev.PropagationRequested(start=5, stop=20, direction=direction))
    (run,) = desk.last(od.Propagate).passes
    assert list(run.frames) == list(frames)


def test_prefetch_starts_after_a_commit_and_one_undo_takes_both_back(desk: Desk) -> None:
    desk.say(ev.ViewChanged(prefetch=True))
    thing = desk.annotate()
    assert desk.last(od.Propagate).background
    desk.propagated(1, thing)
    desk.propagated(2, thing)
    desk.say(ev.Undone())
    assert not desk.state.cells and desk.state.propagation is None


def test_a_propagation_asked_for_is_an_undo_step_of_its_own(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    desk.propagated(1, thing)
    desk.say(ev.Undone())
    assert list(desk.state.cells) == [(0, thing)]


def test_an_edit_while_it_runs_plans_the_rest_anew(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    desk.propagated(1, thing)
    before = desk.last(od.Propagate).job
    desk.say(ev.MaskSet(8, thing, mask(7)))
    assert desk.last(od.Propagate).job != before
    assert any(isinstance(order, od.CancelPropagation) and order.job == before for order in desk.orders)


def test_after_the_loss_of_the_worker_the_work_goes_on_but_not_for_ever(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    desk.propagated(3, thing)
    for _ in range(SETBACKS):
        job = desk.last(od.Propagate).job
        desk.say(ev.PropagationEnded(job, finished=False, error="It died.", worker_lost=True))
        assert desk.state.propagation is not None
    job = desk.last(od.Propagate).job
    desk.say(ev.PropagationEnded(job, finished=False, error="It died.", worker_lost=True))
    assert desk.state.propagation is None
    assert desk.session.snapshot().can_resume


def test_every_frame_carries_its_score_and_the_worst_is_found_first(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.PropagationRequested())
    for frame, score in ((4, 0.9), (7, 0.1), (9, 0.5)):
        desk.propagated(frame, thing, score=score)
    visited = []
    for _ in range(4):
        desk.say(ev.WorstFrameRequested())
        visited.append(desk.state.frame)
    assert visited == [7, 9, 4, 7]


def test_verifying_an_empty_frame_says_there_is_nothing_and_locks_it(desk: Desk) -> None:
    thing = desk.annotate()
    desk.say(ev.FramesVerified(3, 4))
    assert desk.state.annotation(3, thing).status is Status.VERIFIED
    desk.say(ev.PropagationRequested())
    desk.propagated(3, thing)
    assert desk.state.annotation(3, thing).status is Status.VERIFIED
    desk.say(ev.FramesVerified(3, 4, verified=False))
    assert desk.state.annotation(3, thing) is None


def test_an_unfinished_propagation_is_offered_and_can_be_declined(desk: Desk) -> None:
    request = ev.PropagationRequested(start=2, stop=9)
    desk.say(ev.SequenceOpened(desk.state.sequence, unfinished=request))
    assert desk.session.snapshot().can_resume
    desk.say(ev.PropagationResumed(accepted=False))
    assert not desk.session.snapshot().can_resume
    assert desk.last(od.RecordPropagation).request is None
