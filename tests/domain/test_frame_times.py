"""When frames appear."""

from __future__ import annotations

from app.domain.annotation import SequenceInfo
from app.domain.frame_times import frame_edges, frame_time

UNEVEN = SequenceInfo("a", "/a", "video", 3, 8, 8, fps=25.0, times=(0.0, 0.5, 2.0))
EVEN = SequenceInfo("a", "/a", "video", 50, 8, 8, fps=25.0)
TIMELESS = SequenceInfo("a", "/a", "folder", 50, 8, 8)
HEART = SequenceInfo("a", "/a", "volume", 6, 8, 8, time_points=2, moments=(0.0, 0.04))


def test_times_follow_the_film_not_the_mean_rate() -> None:
    assert [frame_time(UNEVEN, frame) for frame in range(4)] == [0.0, 0.5, 2.0, None]
    assert frame_edges(UNEVEN) == [0.0, 0.5, 2.0, 3.5]


def test_without_times_the_rate_tells() -> None:
    assert (frame_time(EVEN, 25), frame_edges(EVEN)[-1]) == (1.0, 2.0)
    assert (frame_time(TIMELESS, 25), frame_edges(TIMELESS)) == (None, [])


def test_slices_of_a_time_point_share_its_time() -> None:
    assert [frame_time(HEART, frame) for frame in range(6)] == [0.0, 0.0, 0.0, 0.04, 0.04, 0.04]
    assert frame_edges(HEART) == []
