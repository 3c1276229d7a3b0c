"""Which frame is looked at next, and which one is best to correct."""

from __future__ import annotations

from app.domain.annotation import Status
from app.messages import events as ev
from app.session.review_ranking import best_frame
from tests.session.harness import FRAMES, SessionHarness, mask


def walked(harness: SessionHarness, scores: dict[int, float]) -> None:
    """Annotate the first frame and propagate with these scores, 0.9 elsewhere."""
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    for frame in range(1, FRAMES):
        harness.propagated(frame, thing, score=scores.get(frame, 0.9))
    assert harness.state.propagation is not None
    harness.handle(ev.PropagationEnded(harness.state.propagation.state.job, True))


def test_in_order_of_time_the_next_later_frame_comes_and_then_the_first(harness: SessionHarness) -> None:
    walked(harness, {20: 0.1})
    harness.handle(ev.WorstFrameRequested())
    assert harness.state.sequence.frame == 20
    harness.handle(ev.ViewChanged(review_order="time"))
    harness.handle(ev.WorstFrameRequested())
    assert harness.state.sequence.frame == 21
    harness.handle(ev.FrameRequested(FRAMES - 1))
    harness.handle(ev.WorstFrameRequested())
    assert harness.state.sequence.frame == 1


def test_the_best_frame_lies_in_the_middle_of_the_doubt_not_at_one_bad_frame(harness: SessionHarness) -> None:
    walked(harness, {3: 0.0, **dict.fromkeys(range(16, 26), 0.4)})
    found = best_frame(harness.state)
    assert found is not None and 16 <= found <= 26
    harness.handle(ev.BestFrameRequested())
    assert harness.state.sequence.frame == found


def test_without_doubt_no_frame_is_best(harness: SessionHarness) -> None:
    assert best_frame(harness.state) is None
    harness.annotate()
    harness.handle(ev.BestFrameRequested())
    assert harness.state.sequence.frame == 0 and "No propagated or imported mask" in harness.toast


def test_when_nothing_is_left_to_look_at_the_way_to_done_is_shown(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.FramesVerified(0, FRAMES))
    harness.handle(ev.WorstFrameRequested())
    assert "can be called done" in harness.toast


def test_masks_made_by_hand_come_last_in_order_of_time_until_they_are_verified(
    harness: SessionHarness,
) -> None:
    walked(harness, {})
    for frame in (12, 5):
        harness.handle(ev.MaskSet(frame, 1, mask(2)))
    harness.handle(ev.WorstFrameRequested())
    assert harness.annotation(harness.state.sequence.frame, 1).status is Status.PROPAGATED
    harness.handle(ev.FramesVerified(0, FRAMES, only=frozenset(range(FRAMES)) - {0, 5, 12}))
    harness.handle(ev.FrameRequested(7))
    visited = []
    for _ in range(3):
        harness.handle(ev.WorstFrameRequested())
        visited.append(harness.state.sequence.frame)
        assert "frames made by hand are not verified" in harness.toast
    assert visited == [12, 0, 5]
    for frame, left in ((5, 12), (12, 0), (0, 0)):
        harness.handle(ev.FramesVerified(frame, frame + 1))
        harness.handle(ev.WorstFrameRequested())
        assert harness.state.sequence.frame == left
    assert "can be called done" in harness.toast


def test_a_frame_with_one_object_by_hand_and_another_verified_is_looked_over(harness: SessionHarness) -> None:
    first = harness.annotate()
    harness.handle(ev.ObjectAdded(2))
    harness.annotate(2, 2)
    harness.handle(ev.FramesVerified(0, 1, (first,)))
    harness.handle(ev.FrameRequested(9))
    harness.handle(ev.WorstFrameRequested())
    assert harness.state.sequence.frame == 0 and "1 frame made by hand" in harness.toast
