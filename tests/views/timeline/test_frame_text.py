"""Frames by number, and of a scan over time by time point and slice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.annotation import SequenceInfo
from app.views.timeline.frame_text import frame_text, typed_frame, typed_text

CLIP = SequenceInfo("clip", "/clip", "video", 100, 4, 4)
HEART = SequenceInfo("heart", "/heart", "volume", 800, 4, 4, time_points=20, orientation="axial")
FILM = replace(HEART, along="time")


def test_a_frame_is_named_by_its_number_and_of_a_heart_by_time_point_and_slice() -> None:
    assert (frame_text(CLIP, 7), typed_text(CLIP, 7)) == ("7 / 99", "7")
    for heart, frame in ((HEART, 3 * 40 + 12), (FILM, 12 * 20 + 3)):
        assert frame_text(heart, frame) == "time 3/19 · slice 12/39"
        assert typed_text(heart, frame) == "3 12"
        for text in (frame_text(heart, frame), typed_text(heart, frame)):
            assert typed_frame(heart, 0, text) == frame


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("5 8", (5, 8)), ("5, 8", (5, 8)), ("t5 s8", (5, 8)), ("slice 8 time 5", (5, 8)), ("T 5", (5, 12)),
        ("slice 8", (3, 8)), ("5/19 8/39", (5, 8)), ("99 99", (19, 39)),
    ],
)  # fmt: skip
def test_a_time_point_and_a_slice_can_be_typed_in_many_ways(text: str, place: tuple[int, int]) -> None:
    time, index = place
    assert typed_frame(HEART, 3 * 40 + 12, text) == time * 40 + index
    assert typed_frame(FILM, 12 * 20 + 3, text) == index * 20 + time


def test_one_number_is_what_the_next_frame_changes() -> None:
    assert typed_frame(HEART, 3 * 40 + 12, "8") == 3 * 40 + 8
    assert typed_frame(FILM, 12 * 20 + 3, "8") == 12 * 20 + 8


@pytest.mark.parametrize("text", ["", "abc", "1 2 3", "t 1 t 2", "t 1 2"])
def test_what_means_no_frame_changes_nothing(text: str) -> None:
    assert typed_frame(HEART, 0, text) is None


def test_numbers_of_a_film_end_with_its_last_frame() -> None:
    assert [typed_frame(CLIP, 5, text) for text in ("12", "500", " 12 / 99 ", "1 2")] == [12, 99, 12, None]
