"""Frames of two clips, and time points of two scans, that belong together."""

from __future__ import annotations

from app.domain.annotation import SequenceInfo
from app.domain.linked_frames import linked_frame, linked_time_point


def clip(frames: int, fps: float | None = None, times: tuple[float, ...] = ()) -> SequenceInfo:
    return SequenceInfo("clip", "/clip", "video", frames, 8, 8, fps, times)


def test_frames_are_linked_by_the_seconds_from_the_beginning() -> None:
    fast, slow = clip(60, 30.0), clip(10, 10.0)
    assert [linked_frame(fast, frame, slow) for frame in (0, 2, 3, 29, 30, 59)] == [0, 0, 1, 9, 9, 9]
    assert [linked_frame(slow, frame, fast) for frame in (0, 1, 9)] == [0, 3, 27]
    uneven = clip(3, times=(0.0, 0.5, 2.0))
    assert [linked_frame(fast, frame, uneven) for frame in (0, 14, 15, 59)] == [0, 0, 1, 1]
    assert linked_frame(uneven, 2, slow) == 9


def test_without_times_frames_of_the_same_number_are_linked() -> None:
    assert [linked_frame(clip(9), frame, clip(5, 25.0)) for frame in (0, 3, 8)] == [0, 3, 4]


def test_time_points_are_linked_one_to_one_or_as_far_on() -> None:
    assert [linked_time_point(time, 4, 4) for time in range(4)] == [0, 1, 2, 3]
    assert [linked_time_point(time, 3, 5) for time in range(3)] == [0, 2, 4]
    assert linked_time_point(0, 1, 7) == 0 and linked_time_point(6, 7, 1) == 0
