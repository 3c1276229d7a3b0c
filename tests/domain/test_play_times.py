"""When frames are played: videos by their own times, time points as the patient's heart beat."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import SequenceInfo
from app.domain.play_times import LONGEST_STEP, STILL_RATE, frame_at, pause_of, rate, run_clip, time_of

HEART = SequenceInfo("heart", "/heart", "volume", 12, 4, 4, time_points=4, along="time", orientation="axial")


def info(frames: int, fps: float | None = 100.0, times: tuple[float, ...] = ()) -> SequenceInfo:
    return SequenceInfo("clip", "/clip", "video", frames, 4, 4, fps, times)


def seconds(clip: SequenceInfo) -> float:
    """How long it takes from the first frame until it comes again."""
    return time_of(clip, clip.frames - 1) + pause_of(clip)


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=30), st.data())
def test_a_frame_is_on_screen_from_its_own_time_on(gaps: list[float], data: st.DataObject) -> None:
    times = tuple(sum(gaps[:count]) for count in range(len(gaps) + 1))
    clip = info(len(times), times=times)
    frame = data.draw(st.integers(0, len(times) - 1))
    assert frame_at(clip, time_of(clip, frame)) == frame


def test_a_constant_rate_agrees_with_itself() -> None:
    clip = info(5000, 29.97)
    assert [frame_at(clip, time_of(clip, frame)) for frame in range(5000)] == list(range(5000))


@pytest.mark.parametrize("cycle", [0.8, None])
def test_a_heartbeat_takes_as_long_as_that_of_the_patient(cycle: float | None) -> None:
    moments = (0.0, 0.1, 0.3, 0.6)
    clip = run_clip(replace(HEART, moments=moments, cycle=cycle), 5)
    assert clip.frames == 4 and tuple(time_of(clip, n) for n in range(4)) == moments
    assert [frame_at(clip, moment) for moment in (0.0, 0.09, 0.1, 0.59, 0.6, 0.9)] == [0, 0, 1, 2, 3, 3]
    assert seconds(clip) == pytest.approx(cycle or 0.8), "one more step where no heartbeat is known"


def test_slices_and_what_comes_too_slowly_or_without_times_are_played_at_a_common_rate() -> None:
    slow = tuple(n * 2 * LONGEST_STEP for n in range(4))
    for scan in (
        HEART,
        replace(HEART, moments=slow),
        replace(HEART, moments=(0.0, 0.1, 0.2, 0.3), along="space"),
    ):
        clip = run_clip(scan, 5)
        assert rate(clip) == STILL_RATE
        assert seconds(clip) == pytest.approx(clip.frames / STILL_RATE)


def test_anything_else_is_one_run_with_its_own_times() -> None:
    clip = info(9, 25.0)
    assert run_clip(clip, 3) is clip
    assert seconds(clip) == pytest.approx(9 / 25)
