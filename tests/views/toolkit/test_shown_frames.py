"""A key belongs to the frame that was on the screen when it went down, however late it is read."""

from __future__ import annotations

from app.views.toolkit.shown_frames import ShownFrames


def test_the_frame_of_the_last_picture_before_a_time_is_found() -> None:
    shown = ShownFrames()
    assert shown.frame_at(1.0) is None
    for at, frame in ((1.0, 4), (1.1, 5), (1.2, 6)):
        shown.note(at, frame)
    assert [shown.frame_at(at) for at in (1.05, 1.1, 1.19, 1.2, 9.0)] == [4, 5, 5, 6, 6]


def test_of_what_is_too_long_ago_the_oldest_picture_is_taken() -> None:
    shown = ShownFrames()
    for number in range(1000):
        shown.note(number, number)
    assert 900 < (shown.frame_at(3.0) or 0) < 1000
