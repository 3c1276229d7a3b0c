"""A scan over time: stepping through time points, and what stays within one of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.annotation import FrameAxis, SequenceInfo, Status
from app.domain.frame_order import order_of
from app.domain.mask_operations import Stroke
from app.messages import events as ev
from app.messages import orders as od
from app.messages.events import worklist as we
from tests.session.harness import HEIGHT, WIDTH, SessionHarness, mask

SLICES, TIMES = 5, 4
HEART = SequenceInfo(
    "heart",
    "/heart",
    "volume",
    SLICES * TIMES,
    WIDTH,
    HEIGHT,
    spacing=(1.0, 1.0, 1.0),
    orientation="axial",
    time_points=TIMES,
)


@pytest.fixture(params=["space", "time"])
def heart(request: pytest.FixtureRequest, harness: SessionHarness) -> SessionHarness:
    along: FrameAxis = request.param
    harness.handle(ev.SequenceOpened(replace(HEART, along=along)))
    harness.handle(ev.LabelAdded("ventricle"))
    return harness


def place(harness: SessionHarness) -> tuple[int, int]:
    """Time point and slice on the screen."""
    order, frame = order_of(harness.info), harness.snapshot().sequence.frame
    return order.time_of(frame), order.slice_of(frame)


def test_time_steps_keep_slice_undo_and_object_and_go_round(heart: SessionHarness) -> None:
    order = order_of(heart.info)
    heart.handle(ev.FrameRequested(order.frame(TIMES - 1, 2)))
    thing = heart.annotate()
    heart.handle(ev.TimeStepped(1))
    assert place(heart) == (0, 2)
    heart.handle(ev.TimeStepped(-2))
    assert place(heart) == (TIMES - 2, 2)
    assert heart.snapshot().sequence.selected == thing
    heart.handle(ev.Undone())
    assert heart.state.annotation(order.frame(TIMES - 1, 2), thing) is None


def test_frames_are_stepped_through_within_a_run(heart: SessionHarness) -> None:
    run = order_of(heart.info).run(7)
    heart.handle(ev.FrameRequested(7))
    heart.handle(ev.FrameStepped(10))
    assert heart.snapshot().sequence.frame == run.stop - 1
    heart.handle(ev.FrameStepped(-10))
    assert heart.snapshot().sequence.frame == run.start


def test_masks_propagate_within_a_run_only(heart: SessionHarness) -> None:
    run = order_of(heart.info).run(6)
    heart.handle(ev.FrameRequested(6))
    thing = heart.annotate()
    heart.handle(ev.PropagationRequested())
    reached = {frame for plan in heart.last(od.Propagate).passes for frame in plan.frames}
    assert reached == set(run) - {6}
    for frame in range(7, run.stop):
        heart.propagated(frame, thing)
    assert not any(heart.state.track_of(heart.state.sequence.objects[0]).outdated)
    heart.handle(ev.FrameRequested(run.stop % len(heart.state.seen)))
    heart.handle(ev.ObjectChosen(thing))
    heart.annotate(seed=2)
    assert not any(heart.state.track_of(heart.state.sequence.objects[0]).outdated), (
        "another run is no reference"
    )


def test_a_ball_stays_at_its_time_point(heart: SessionHarness) -> None:
    order = order_of(heart.info)
    middle = order.frame(1, 4)
    heart.handle(ev.FrameRequested(middle))
    stroke = Stroke(((3.0, 3.0),), 2.0)
    heart.handle(ev.MaskEditRequested(middle, stroke, is_ball=True))
    changed = {change.frame for change in heart.last(od.EditMasks).changes}
    assert changed == {order.frame(1, index) for index in (3, 4)}


def test_a_mask_is_copied_to_the_next_time_point_and_not_beyond_the_last(heart: SessionHarness) -> None:
    order = order_of(heart.info)
    heart.handle(ev.FrameRequested(order.frame(2, 1)))
    thing = heart.annotate(seed=5)
    for _ in range(3):
        heart.handle(ev.MaskCopiedOn(over_time=True))
    assert place(heart) == (3, 1)
    copied = heart.annotation(order.frame(3, 1), thing)
    assert (copied.mask, copied.status) == (mask(5), Status.EDITED)
    assert {frame for frame, _ in heart.state.cells} == {order.frame(2, 1), order.frame(3, 1)}


def test_turning_to_time_is_ordered_once_and_refused_without_time(harness: SessionHarness) -> None:
    harness.handle(ev.SequenceOpened(HEART))
    harness.handle(ev.OrientationChosen("axial", "time"))
    assert harness.last(od.TurnSequence) == od.TurnSequence("axial", "time")
    harness.handle(ev.SequenceOpened(replace(HEART, along="time")))
    before = harness.count(od.TurnSequence)
    harness.handle(ev.OrientationChosen("coronal", "time"))
    assert harness.count(od.TurnSequence) == before
    harness.handle(ev.SequenceOpened(replace(HEART, time_points=1)))
    harness.handle(ev.OrientationChosen("axial", "time"))
    assert harness.count(od.TurnSequence) == before
    assert "one time point" in harness.toast


def test_a_range_without_an_end_ends_with_its_run(heart: SessionHarness) -> None:
    run = order_of(heart.info).run(7)
    heart.handle(ev.RangeMarked(7, None))
    assert heart.snapshot().sequence.marks == (7, run.stop)
    heart.handle(ev.RangeMarked(None, 7))
    assert heart.snapshot().sequence.marks == (order_of(heart.info).run(6).start, 7)
    heart.handle(ev.RangeMarked(None, None))
    assert heart.snapshot().sequence.marks == (None, None)


def test_time_points_without_a_mask_need_no_look_and_stay_unsaid(heart: SessionHarness) -> None:
    order = order_of(heart.info)
    assert heart.snapshot().edits.unreviewed == order.frames - 1, "nothing is chosen yet"
    heart.handle(ev.FrameRequested(order.frame(1, 2)))
    thing = heart.annotate()
    assert heart.snapshot().edits.unreviewed == SLICES - 1
    heart.handle(we.SequenceFinished(accept=True))
    assert heart.snapshot().edits.unreviewed == 0
    assert {frame for frame, object_id in heart.state.cells if object_id == thing} == set(order.frames_at(1))
