"""Frames are drawn when something happens, and hardly ever when nothing does."""

from __future__ import annotations

from app.views.toolkit.frame_pacing import IDLE_INTERVAL, INPUT_FRAMES, INTERVAL, SETTLE_SECONDS, FramePacer
from app.views.toolkit.frame_stats import LoopStats


def drawn(pace: FramePacer, seconds: float, start: float = 0.0, cost: float = 0.001) -> int:
    now, count = start, 0
    while now < start + seconds:
        if pace.is_due(now):
            pace.note_drawn(now, now + cost)
            now += cost
            count += 1
        rest = pace.seconds_to_wait(now)
        assert 0 <= rest <= INTERVAL + 1e-9
        now += max(rest, 1e-3)
    return count


def test_an_idle_window_is_drawn_twice_a_second() -> None:
    pace = FramePacer(owed=0)
    assert drawn(pace, 10.0) <= 10 / IDLE_INTERVAL + 1


def test_input_is_answered_in_the_next_frame_and_followed_up() -> None:
    pace = FramePacer(owed=0, last=100.0)
    assert not pace.is_due(100.1)
    pace.note_input()
    assert pace.is_due(100.1)
    assert INPUT_FRAMES <= drawn(pace, 1.0, 100.1) <= INPUT_FRAMES + 1 / IDLE_INTERVAL


def test_never_more_than_sixty_frames_a_second() -> None:
    pace = FramePacer()
    count, now = 0, 0.0
    while now < 1.0:
        pace.note_input()
        if pace.is_due(now):
            pace.note_drawn(now, now + 0.001)
            count += 1
        now += 0.001
    assert count <= 61


def test_news_are_shown_at_once_and_settle_a_little_later() -> None:
    pace = FramePacer(owed=0, last=0.0)
    pace.note_news()
    assert pace.is_due(0.02)
    pace.note_drawn(0.02, 0.03)
    assert not pace.is_due(0.05)
    assert pace.is_due(0.02 + SETTLE_SECONDS)
    pace.note_drawn(0.12, 0.13)
    assert not pace.is_due(0.12 + SETTLE_SECONDS)


def test_each_picture_of_a_film_is_drawn_once() -> None:
    pace = FramePacer(owed=0)
    count, now = 0, 0.0
    while now < 2.0:
        pace.note_news()
        count += drawn(pace, 0.04, now)
        now += 0.04
    assert count <= 52


def test_slow_frames_leave_the_processor_to_others_for_a_while() -> None:
    pace, now, busy = FramePacer(), 0.0, 0.0
    while now < 10.0:
        pace.note_input()
        if pace.is_due(now):
            pace.note_drawn(now, now + 0.05)
            busy += 0.05
            now += 0.05
        now += max(pace.seconds_to_wait(now), 1e-4)
    assert 0.6 < busy / now < 0.8


def test_statistics_tell_the_median_and_the_worst_frame() -> None:
    stats = LoopStats()
    assert stats.summary().frames == 0
    for python, whole in ((0.001, 0.010), (0.003, 0.050), (0.002, 0.012)):
        stats.add(python, whole)
    summary = stats.summary()
    assert (summary.frames, summary.python_median, summary.python_max) == (3, 2.0, 3.0)
    assert (summary.frame_median, summary.frame_max) == (12.0, 50.0)
    stats.reset()
    assert stats.summary().frames == 0
