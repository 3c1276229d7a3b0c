"""Moving through time: frames, playback, marks and jumps."""

from __future__ import annotations

import pytest

from app.domain.annotation import SequenceInfo
from app.messages import events as ev
from app.messages import orders as od
from app.messages.events.worklist import UnseenRequested
from app.session import Session
from tests.session.harness import FRAMES, HEIGHT, WIDTH, SessionHarness


@pytest.mark.parametrize(
    "event",
    [
        ev.FrameRequested(3),
        ev.FrameStepped(1),
        ev.PlayToggled(),
        ev.PlaybackAdvanced(4),
        ev.WorstFrameRequested(),
        ev.ReferenceStepped(1),
        ev.CutStepped(1),
        UnseenRequested(),
        ev.UnseenPlayed(),
        ev.UnseenDue(),
    ],
)
def test_without_a_sequence_no_gesture_moves_anything(event: ev.Event) -> None:
    session = Session()
    session.handle(event)
    assert (session.snapshot().sequence.frame, session.snapshot().playback.playing) == (0, False)


@pytest.mark.parametrize(("asked", "reached"), [(7, 7), (-5, 0), (FRAMES + 9, FRAMES - 1)])
def test_a_frame_beyond_the_ends_is_the_last_one(harness: SessionHarness, asked: int, reached: int) -> None:
    harness.handle(ev.FrameRequested(4))
    harness.handle(ev.FrameRequested(asked))
    assert harness.snapshot().sequence.frame == reached
    assert harness.last(od.RecordCursor).frame == reached
    assert harness.last(od.ShowFrame).frame == reached


def test_stepping_stops_at_the_ends(harness: SessionHarness) -> None:
    harness.handle(ev.FrameStepped(-1))
    assert harness.snapshot().sequence.frame == 0
    harness.handle(ev.FrameStepped(FRAMES))
    assert harness.snapshot().sequence.frame == FRAMES - 1


def test_without_propagated_masks_there_is_no_worst_frame(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.WorstFrameRequested())
    assert harness.snapshot().sequence.frame == 0
    assert "No propagated or imported mask" in harness.toast


def test_reference_steps_go_to_the_nearest_reference_of_any_object(harness: SessionHarness) -> None:
    for frame, label in ((12, 1), (5, 2), (20, 1)):
        harness.handle(ev.FrameRequested(frame))
        harness.annotate(frame, label)
    harness.handle(ev.FrameRequested(13))
    visited = []
    for direction in (-1, -1, -1, 1, 1, 1):
        harness.handle(ev.ReferenceStepped(direction))
        visited.append(harness.snapshot().sequence.frame)
    assert visited == [12, 5, 5, 12, 20, 20]


def test_playing_follows_the_clock_and_pauses_where_it_is(harness: SessionHarness) -> None:
    harness.handle(ev.FrameRequested(3))
    harness.click()
    harness.handle(ev.PlayToggled())
    assert harness.last(od.Play) == od.Play(3, 1.0, True)
    assert harness.snapshot().playback.playing
    harness.handle(ev.PlaybackAdvanced(5))
    assert harness.snapshot().sequence.frame == 5 and harness.snapshot().pending is None
    harness.handle(ev.PlayToggled())
    assert not harness.snapshot().playback.playing
    assert (harness.count(od.Pause), harness.last(od.RecordCursor).frame) == (1, 5)
    harness.handle(ev.PlaybackAdvanced(9))
    assert harness.snapshot().sequence.frame == 5


def test_the_editing_of_outlines_ends_with_its_frame(harness: SessionHarness) -> None:
    harness.annotate()
    assert harness.snapshot().sequence.mode == "edit"
    harness.handle(ev.FrameStepped(1))
    assert harness.snapshot().sequence.mode == "annotate" and not harness.state.polygons


def test_playing_from_the_last_frame_begins_again(harness: SessionHarness) -> None:
    harness.handle(ev.FrameRequested(FRAMES - 1))
    harness.handle(ev.PlayToggled())
    assert harness.last(od.Play).frame == 0


def test_without_a_loop_playing_stops_at_the_end(harness: SessionHarness) -> None:
    harness.handle(ev.LoopToggled())
    assert harness.count(od.Play) == 0
    harness.handle(ev.PlayToggled())
    assert not harness.last(od.Play).loop
    harness.handle(ev.PlaybackAdvanced(FRAMES - 1))
    assert not harness.snapshot().playback.playing
    assert harness.snapshot().sequence.frame == FRAMES - 1


def test_with_a_loop_the_end_does_not_stop_playing(harness: SessionHarness) -> None:
    harness.handle(ev.PlayToggled())
    harness.handle(ev.PlaybackAdvanced(FRAMES - 1))
    assert harness.snapshot().playback.playing


def test_speed_and_loop_change_the_clock_under_way(harness: SessionHarness) -> None:
    harness.handle(ev.SpeedChosen(100.0))
    assert (harness.snapshot().playback.speed, harness.count(od.Play)) == (10.0, 0)
    harness.handle(ev.PlayToggled())
    harness.handle(ev.SpeedChosen(0.1))
    assert harness.last(od.Play).speed == 0.25
    harness.handle(ev.LoopToggled())
    assert not harness.last(od.Play).loop


def test_a_jump_pauses(harness: SessionHarness) -> None:
    harness.handle(ev.PlayToggled())
    harness.handle(ev.FrameRequested(8))
    assert not harness.snapshot().playback.playing
    assert harness.count(od.Pause) == 1


def test_a_single_picture_does_not_play() -> None:
    harness = SessionHarness()
    harness.handle(ev.SequenceOpened(SequenceInfo("photo", "/photo.png", "image", 1, WIDTH, HEIGHT)))
    harness.handle(ev.PlayToggled())
    assert not harness.snapshot().playback.playing


def test_speed_and_loop_outlive_the_sequence_but_playing_does_not(harness: SessionHarness) -> None:
    harness.handle(ev.SpeedChosen(4.0))
    harness.handle(ev.LoopToggled())
    harness.handle(ev.PlayToggled())
    harness.handle(ev.SequenceClosed())
    playback = harness.snapshot().playback
    assert (playback.playing, playback.speed, playback.loop) == (False, 4.0, False)


def test_a_marked_range_may_be_open_and_an_empty_one_is_none(harness: SessionHarness) -> None:
    harness.handle(ev.RangeMarked(3, None))
    assert harness.state.sequence.marks == (3, None)
    harness.handle(ev.RangeMarked(3, 9))
    assert harness.snapshot().sequence.marks == (3, 9)
    harness.handle(ev.RangeMarked(9, 9))
    assert harness.snapshot().sequence.marks == (None, None)


def test_steps_go_from_cut_to_cut_and_say_where_there_is_none(harness: SessionHarness) -> None:
    path = harness.snapshot().sequence.info.path
    harness.handle(ev.CutsFound("/another.mp4", (1, 2)))
    assert harness.snapshot().sequence.cuts == ()
    harness.handle(ev.CutsFound(path, (3, 6)))
    seen = []
    for direction in (1, 1, 1, -1, -1, -1):
        harness.handle(ev.CutStepped(direction))
        seen.append(harness.snapshot().sequence.frame)
    assert seen == [3, 6, 6, 3, 0, 0]
    assert harness.snapshot().toasts[-1].text == "No cut was found from here on."


def test_playback_pauses_where_the_drive_is_away(harness: SessionHarness) -> None:
    harness.handle(ev.PlayToggled())
    harness.handle(ev.FrameOutOfReach("The drive does not give the file."))
    assert not harness.snapshot().playback.playing
    assert harness.last(od.Pause)
    assert harness.toast == "The drive does not give the file."
