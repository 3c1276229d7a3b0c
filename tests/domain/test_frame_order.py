"""Which slice of which time point a frame is."""

from __future__ import annotations

import pytest

from app.domain.annotation import FrameAxis, SequenceInfo
from app.domain.frame_order import FrameOrder, one_time, order_of, split_time


@pytest.mark.parametrize("along", ["space", "time"])
def test_every_slice_of_every_time_point_is_one_frame(along: FrameAxis) -> None:
    order = FrameOrder(3, 4, along)
    places = [(order.time_of(frame), order.slice_of(frame)) for frame in range(order.frames)]
    assert sorted(places) == [(time, index) for time in range(4) for index in range(3)]
    assert [order.frame(*place) for place in places] == list(range(12))
    for time in range(4):
        assert [places[frame] for frame in order.frames_at(time)] == [(time, index) for index in range(3)]
    for frame, (time, index) in enumerate(places):
        run = [places[other] for other in order.run(frame)]
        assert run == ([(time, z) for z in range(3)] if along == "space" else [(t, index) for t in range(4)])


def test_anything_else_is_one_run() -> None:
    film = order_of(SequenceInfo("clip", "/clip.mp4", "video", 30, 8, 8))
    assert (film.time_of(7), film.slice_of(7), film.run(7)) == (0, 7, range(30))
    scan = SequenceInfo("heart", "/heart", "volume", 12, 8, 8, time_points=4, along="time")
    assert one_time(scan) == SequenceInfo("heart", "/heart", "volume", 3, 8, 8)


@pytest.mark.parametrize(
    ("series", "found"),
    [
        (None, (None, None)),
        ("3", ("3", None)),
        ("1.2.3", ("1.2.3", None)),
        ("@2", (None, 1)),
        ("1.2.3@12", ("1.2.3", 11)),
        ("1.2.3@all", ("1.2.3", "all")),
        ("me@home", ("me@home", None)),
    ],
)
def test_a_series_may_name_a_time_point(series: str | None, found: object) -> None:
    assert split_time(series) == found
