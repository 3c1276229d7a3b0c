"""The timeline zooms at the mouse, never leaves the sequence, and keeps the frame in sight."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.views.timeline.time_range import FEWEST, TimeRange


@given(st.integers(1, 9000), st.lists(st.tuples(st.floats(0.5, 2.0), st.integers(0, 8999)), max_size=30))
def test_it_never_leaves_the_sequence_and_shows_what_it_zooms_at(
    frames: int, steps: list[tuple[float, int]]
) -> None:
    shown = TimeRange(frames, 0, max(frames, 1))
    for factor, wanted in steps:
        frame = min(wanted, frames - 1)
        shown = shown.showing(frame).zoomed(factor, frame)
        assert 0 <= shown.first <= frame < shown.stop <= frames
        assert shown.count >= min(FEWEST, frames)


def test_zooming_keeps_the_place_under_the_mouse_and_out_again_is_the_whole() -> None:
    near = TimeRange(1000, 0, 1000).zoomed(2, 250)
    assert near.count == 500 and near.first == 125
    for _ in range(40):
        near = near.zoomed(0.7, 250)
    assert near.is_whole and near.first == 0


def test_ticks_are_round_numbers_within_the_range() -> None:
    assert TimeRange(1000, 95, 50).ticks(20) == [100, 120, 140]
