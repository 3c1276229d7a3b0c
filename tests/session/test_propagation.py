"""Propagation, as the session sees it."""

from __future__ import annotations

import pytest

from app.domain.annotation import Status
from app.domain.errors import WorkerDied, WorkerError
from app.messages import events as ev
from app.messages import orders as od
from app.session.propagation import SETBACKS
from tests.session.harness import FRAMES, SessionHarness, mask


def test_without_a_reference_nothing_starts_and_the_annotator_is_told(harness: SessionHarness) -> None:
    harness.handle(ev.PropagationRequested())
    assert harness.count(od.Propagate) == 0
    assert "click an object" in harness.state.toasts[-1].text


@pytest.mark.parametrize("lock", ["edit", "verify"])
def test_results_never_overwrite_what_a_person_made_or_accepted(harness: SessionHarness, lock: str) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.propagated(5, thing, seed=2)
    if lock == "verify":
        harness.handle(ev.FramesVerified(5, 6))
    else:
        harness.handle(ev.MaskSet(5, thing, mask(2)))
    harness.propagated(5, thing, seed=3)
    assert harness.annotation(5, thing).mask == mask(2)


def test_late_results_of_a_cancelled_job_are_dropped(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    job = harness.last(od.Propagate).job
    harness.handle(ev.PropagationCancelled())
    harness.handle(ev.FramePropagated(job, 4, ((thing, mask(2), 0.5, (1, 0)),), 1, 9))
    assert harness.state.annotation(4, thing) is None


def test_a_result_for_an_object_that_is_gone_is_dropped(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    job = harness.last(od.Propagate).job
    harness.handle(ev.ObjectDeleted(thing))
    harness.handle(ev.FramePropagated(job, 4, ((thing, mask(2), 0.5, (1, 0)),), 1, 9))
    assert not harness.state.cells


def test_cancel_keeps_what_is_done_and_the_next_run_goes_on_from_there(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    for frame in range(1, 6):
        harness.propagated(frame, thing)
    harness.handle(ev.PropagationCancelled())
    harness.handle(ev.PropagationRequested())
    (run,) = harness.last(od.Propagate).passes
    assert (run.start_frame, list(run.frames)) == (5, list(range(6, FRAMES)))


def test_an_object_added_later_joins_without_disturbing_the_others(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    for frame in range(1, FRAMES):
        harness.propagated(frame, thing)
    harness.handle(ev.PropagationEnded(harness.last(od.Propagate).job, finished=True))
    other = harness.annotate(4, label=2)
    harness.handle(ev.PropagationRequested())
    assert {span.object_id for run in harness.last(od.Propagate).passes for span in run.spans} == {other}


def test_a_correction_walks_back_to_the_reference_before_and_is_fused_with_it(
    harness: SessionHarness,
) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    for frame in range(1, FRAMES):
        harness.propagated(frame, thing)
    harness.handle(ev.PropagationEnded(harness.last(od.Propagate).job, finished=True))
    harness.handle(ev.MaskSet(10, thing, mask(5)))
    harness.handle(ev.PropagationRequested())
    order = harness.last(od.Propagate)
    assert sorted((run.start_frame, run.direction, run.frames[-1]) for run in order.passes) == [
        (10, -1, 1),
        (10, 1, FRAMES - 1),
    ]
    assert {frame for frame, _, _ in order.earlier} == set(range(1, 10))


def outdated(harness: SessionHarness) -> set[int]:
    (track,) = harness.snapshot().tracks
    return {frame for frame in range(FRAMES) if track.is_outdated(frame)}


def corrected(harness: SessionHarness) -> int:
    """A thing on all frames, corrected on frame 10, while the propagation from there begins."""
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    for frame in range(1, FRAMES):
        harness.propagated(frame, thing, score=0.9 - frame / 100)
    harness.handle(ev.PropagationEnded(harness.last(od.Propagate).job, finished=True))
    assert not outdated(harness)
    harness.handle(ev.MaskSet(10, thing, mask(5)))
    harness.handle(ev.PropagationRequested())
    return thing


def test_masks_are_outdated_from_a_correction_until_they_are_replaced(harness: SessionHarness) -> None:
    thing = corrected(harness)
    others = set(range(1, FRAMES)) - {10}
    assert outdated(harness) == others
    job, version = harness.last(od.Propagate).job, harness.annotation(10, thing).version
    harness.handle(ev.FramePropagated(job, 11, ((thing, mask(6), 0.5, (version, 0)),), 1, FRAMES))
    assert outdated(harness) == others - {11}
    harness.handle(ev.FramesVerified(20, 21))
    assert outdated(harness) == others - {11, 20}


def test_taking_a_correction_back_makes_the_masks_before_it_fresh_again(harness: SessionHarness) -> None:
    corrected(harness)
    harness.handle(ev.Undone())
    harness.handle(ev.Undone())
    assert not outdated(harness)


def test_the_worst_frame_is_not_one_that_is_about_to_be_replaced(harness: SessionHarness) -> None:
    thing = corrected(harness)
    harness.handle(ev.WorstFrameRequested())
    assert harness.state.sequence.frame == 0 and harness.state.toasts[-1].text.endswith("yet.")
    job, version = harness.last(od.Propagate).job, harness.annotation(10, thing).version
    harness.handle(ev.FramePropagated(job, 12, ((thing, mask(6), 0.5, (version, 0)),), 1, FRAMES))
    harness.handle(ev.WorstFrameRequested())
    assert harness.state.sequence.frame == 12
    harness.handle(ev.PropagationCancelled())
    harness.handle(ev.WorstFrameRequested())
    assert harness.state.sequence.frame == FRAMES - 1


@pytest.mark.parametrize(("direction", "frames"), [("forward", range(11, 20)), ("backward", range(9, 4, -1))])
def test_range_and_direction_are_kept_to(
    harness: SessionHarness, direction: ev.PropagationDirection, frames: range
) -> None:
    harness.handle(ev.FrameRequested(10))
    harness.annotate()
    harness.handle(ev.PropagationRequested(start=5, stop=20, direction=direction))
    (run,) = harness.last(od.Propagate).passes
    assert list(run.frames) == list(frames)


def test_prefetch_starts_after_a_commit_and_one_undo_takes_both_back(harness: SessionHarness) -> None:
    harness.handle(ev.ViewChanged(prefetch=True))
    thing = harness.annotate()
    assert harness.last(od.Propagate).background
    harness.propagated(1, thing)
    harness.propagated(2, thing)
    harness.handle(ev.Undone())
    assert not harness.state.cells and harness.state.propagation is None


def test_a_propagation_asked_for_is_an_undo_step_of_its_own(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.propagated(1, thing)
    harness.handle(ev.Undone())
    assert list(harness.state.cells) == [(0, thing)]


def test_an_edit_while_it_runs_plans_the_rest_anew(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.propagated(1, thing)
    before = harness.last(od.Propagate).job
    harness.handle(ev.MaskSet(8, thing, mask(7)))
    assert harness.last(od.Propagate).job != before
    assert any(isinstance(order, od.CancelPropagation) and order.job == before for order in harness.orders)


def test_after_the_loss_of_the_worker_the_work_goes_on_but_not_for_ever(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.propagated(3, thing)
    for _ in range(SETBACKS):
        job = harness.last(od.Propagate).job
        harness.handle(ev.PropagationEnded(job, finished=False, error=WorkerDied("It died.")))
        assert harness.state.propagation is not None
    job = harness.last(od.Propagate).job
    harness.handle(ev.PropagationEnded(job, finished=False, error=WorkerDied("It died.")))
    assert harness.state.propagation is None
    assert harness.snapshot().can_resume


def test_every_frame_carries_its_score_and_the_worst_is_found_first(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    for frame, score in ((4, 0.9), (7, 0.1), (9, 0.5)):
        harness.propagated(frame, thing, score=score)
    visited = []
    for _ in range(4):
        harness.handle(ev.WorstFrameRequested())
        visited.append(harness.state.sequence.frame)
    assert visited == [7, 9, 4, 7]


def test_verifying_an_empty_frame_says_there_is_nothing_and_locks_it(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.FramesVerified(3, 4))
    assert harness.annotation(3, thing).status is Status.VERIFIED
    harness.handle(ev.PropagationRequested())
    harness.propagated(3, thing)
    assert harness.annotation(3, thing).status is Status.VERIFIED
    harness.handle(ev.FramesVerified(3, 4, verified=False))
    assert harness.state.annotation(3, thing) is None


def test_an_unfinished_propagation_is_offered_and_can_be_declined(harness: SessionHarness) -> None:
    request = ev.PropagationRequested(start=2, stop=9)
    harness.handle(ev.SequenceOpened(harness.info, unfinished=request))
    assert harness.snapshot().can_resume
    harness.handle(ev.PropagationResumed(accepted=False))
    assert not harness.snapshot().can_resume
    assert harness.last(od.RecordPropagation).request is None


def test_where_everything_is_up_to_date_nothing_starts(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.PropagationRequested(start=0, stop=1))
    assert harness.count(od.Propagate) == 0
    assert "up to date" in harness.toast


def test_a_failure_keeps_what_is_done_and_offers_the_rest(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested(stop=20))
    harness.propagated(1, thing)
    harness.handle(
        ev.PropagationEnded(harness.last(od.Propagate).job, finished=False, error=WorkerError("No memory."))
    )
    assert harness.snapshot().can_resume and "What is done is kept" in harness.toast
    assert harness.state.annotation(1, thing) is not None
    harness.handle(ev.PropagationResumed(accepted=True))
    (plan,) = harness.last(od.Propagate).passes
    assert list(plan.frames) == list(range(2, 20))
    assert harness.handle(ev.PropagationResumed(accepted=True)) == []


def test_the_end_of_a_propagation_is_said_but_not_that_of_a_prefetch(harness: SessionHarness) -> None:
    harness.handle(ev.ViewChanged(prefetch=True))
    thing = harness.annotate()
    harness.handle(ev.PropagationEnded(harness.last(od.Propagate).job, finished=True))
    assert harness.snapshot().toasts == () and harness.snapshot().propagation is None
    harness.handle(ev.PropagationRequested(objects=(thing,)))
    stale = harness.last(od.Propagate).job - 1
    assert harness.handle(ev.PropagationEnded(stale, finished=True)) == []
    harness.handle(ev.PropagationEnded(harness.last(od.Propagate).job, finished=True))
    assert harness.toast == "Propagation completed."


def test_a_worker_lost_after_the_last_frame_leaves_nothing_to_do(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested(stop=2))
    harness.propagated(1, thing)
    job = harness.last(od.Propagate).job
    orders = harness.handle(ev.PropagationEnded(job, finished=False, error=WorkerDied("It died.")))
    assert orders == [od.RecordPropagation(None)]
    assert harness.snapshot().propagation is None


def test_deleting_the_object_under_way_ends_its_propagation(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.handle(ev.ObjectDeleted(thing))
    assert harness.snapshot().propagation is None


def test_results_after_a_later_edit_of_their_frame_are_undone_and_redone_in_order(
    harness: SessionHarness,
) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.propagated(1, thing)
    harness.handle(ev.FramesVerified(5, 6))
    harness.handle(ev.FramesVerified(5, 6, verified=False))
    harness.propagated(5, thing)
    harness.propagated(6, thing)
    after = dict(harness.state.cells)
    harness.handle(ev.Undone())
    assert (5, thing) not in harness.state.cells and (1, thing) in harness.state.cells
    while harness.snapshot().edits.can_undo:
        harness.handle(ev.Undone())
    while harness.snapshot().edits.can_redo:
        harness.handle(ev.Redone())
    assert harness.state.cells == after
