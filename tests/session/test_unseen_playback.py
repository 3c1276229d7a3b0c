"""Playing the frames that nobody has looked at."""

from __future__ import annotations

import numpy as np

from app.imaging.masks import encode
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import FRAMES, HEIGHT, WIDTH, SessionHarness, mask


def _where(harness: SessionHarness) -> tuple[int, bool]:
    snapshot = harness.snapshot()
    return snapshot.sequence.frame, snapshot.playback.playing and snapshot.playback.unseen


def _play(harness: SessionHarness, ticks: int) -> list[int]:
    shown = []
    for _ in range(ticks):
        harness.handle(ev.UnseenDue())
        shown.append(harness.snapshot().sequence.frame)
    return shown


def test_only_frames_that_nobody_has_looked_at_or_made_are_played(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.MaskSet(3, thing, mask(2)))
    harness.handle(ev.FrameRequested(5))
    harness.handle(ev.FrameRequested(0))
    harness.handle(ev.UnseenPlayed())
    assert harness.last(od.Play) == od.Play(0, 1.0, False, True)
    assert _play(harness, 5) == [1, 2, 4, 6, 7]


def test_stopping_goes_back_to_what_was_shown_when_a_person_reacted(harness: SessionHarness) -> None:
    harness.handle(ev.FrameRequested(7))
    harness.handle(ev.FrameRequested(0))
    harness.handle(ev.UnseenPlayed())
    _play(harness, 8)
    harness.handle(ev.UnseenPlayed())
    assert _where(harness) == (6, False), "two frames back of those that were played, 7 not among them"
    assert harness.count(od.Pause) == 1
    assert _play(harness, 1) == [6], "a tick that was under way changes nothing"
    harness.handle(ev.UnseenPlayed())
    harness.handle(ev.UnseenPlayed())
    assert _where(harness) == (6, False), "a start that is taken back at once stays where it was"


def test_faster_playing_goes_back_more_frames(harness: SessionHarness) -> None:
    harness.handle(ev.SpeedChosen(2.0))
    harness.handle(ev.UnseenPlayed())
    _play(harness, 10)
    harness.handle(ev.UnseenPlayed())
    assert _where(harness) == (6, False)


def test_after_the_last_one_come_those_before_and_then_it_stops(harness: SessionHarness) -> None:
    harness.handle(ev.FrameRequested(FRAMES - 3))
    harness.handle(ev.UnseenPlayed())
    assert _play(harness, 4) == [FRAMES - 2, FRAMES - 1, 1, 2]
    _play(harness, FRAMES)
    assert not harness.snapshot().playback.playing
    assert "looked at" in harness.toast
    harness.handle(ev.UnseenPlayed())
    assert not harness.snapshot().playback.playing, "nothing is left to play"


def test_a_mask_that_is_on_its_way_is_waited_for(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested())
    harness.handle(ev.UnseenPlayed())
    assert _play(harness, 2) == [0, 0]
    harness.propagated(1, thing)
    assert _play(harness, 2) == [1, 1]
    assert _where(harness) == (1, True)


def test_frames_seen_without_a_mask_are_waited_for_too(harness: SessionHarness) -> None:
    thing = harness.annotate()
    for frame in (*range(1, FRAMES), 0):
        harness.handle(ev.FrameRequested(frame))
    harness.handle(ev.PropagationRequested())
    harness.handle(ev.UnseenPlayed())
    assert _play(harness, 2) == [0, 0]
    assert _where(harness) == (0, True)
    harness.propagated(1, thing)
    assert _play(harness, 1) == [1]


def test_a_step_by_hand_ends_it_and_the_film_plays_all_frames_again(harness: SessionHarness) -> None:
    harness.handle(ev.UnseenPlayed())
    harness.handle(ev.FrameStepped(1))
    assert _where(harness) == (1, False)
    harness.handle(ev.PlayToggled())
    assert harness.last(od.Play) == od.Play(1, 1.0, True)
    harness.handle(ev.UnseenPlayed())
    harness.handle(ev.PlaybackAdvanced(9))
    assert _where(harness) == (1, True), "the film's clock says nothing while unseen frames play"


def _propagate(harness: SessionHarness, more: int) -> None:
    """Carry the mask of frame 0 to frame 5, where it is a block of 130 pixels and some more."""
    thing = harness.state.sequence.objects[0].object_id
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[1:11, 1:14] = True
    pixels[1 : 1 + more, 14] = True
    harness.handle(ev.PropagationRequested(force=True))
    job = harness.last(od.Propagate).job
    results = ((thing, encode(pixels), 0.9, (1, 0)),)
    harness.handle(ev.FramePropagated(job, 5, results, 1, 2))
    harness.handle(ev.PropagationEnded(job, finished=True))


def _is_seen(harness: SessionHarness) -> bool:
    return bool(harness.state.seen[5])


def test_a_frame_stays_seen_while_its_mask_looks_like_the_one_that_was_looked_at(
    harness: SessionHarness,
) -> None:
    harness.annotate()
    _propagate(harness, 0)
    assert not _is_seen(harness)
    harness.handle(ev.FrameRequested(5))
    harness.handle(ev.FrameRequested(0))
    for more in (2, 5, 0):
        _propagate(harness, more)
        assert _is_seen(harness)
    _propagate(harness, 5)
    assert _is_seen(harness)
    _propagate(harness, 9)
    assert not _is_seen(harness), "little by little it has become another mask than the one that was seen"
    harness.handle(ev.FrameRequested(5))
    harness.handle(ev.FrameRequested(0))
    _propagate(harness, 10)
    assert _is_seen(harness)
