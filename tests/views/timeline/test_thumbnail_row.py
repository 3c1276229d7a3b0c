"""Small pictures fill the row side by side, and stay the same while it is scrolled."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import SequenceInfo
from app.views.timeline.thumbnail_row import has_pictures, picture_size, visible_stretches
from app.views.timeline.time_range import TimeRange

CLIP = SequenceInfo("clip", "/clip.mp4", "video", 9000, 1920, 1080)


@st.composite
def ranges(draw: st.DrawFn) -> TimeRange:
    frames = draw(st.integers(1, 20_000))
    count = draw(st.integers(1, frames))
    return TimeRange(frames, draw(st.integers(0, frames - count)), count)


@given(ranges(), st.integers(1, 4000), st.integers(1, 300))
def test_the_range_is_covered_by_stretches_that_are_wide_enough(
    shown: TimeRange, width: int, least: int
) -> None:
    found = visible_stretches(shown, width, least)
    assert found[0][0] <= shown.first and found[-1][1] >= shown.stop
    assert all(before[1] == after[0] for before, after in zip(found, found[1:], strict=False))
    whole = [stop - start for start, stop in found[:-1]]
    assert all(frames * width >= least * shown.count for frames in whole)
    assert len(found) <= width / least + 2


@given(ranges(), st.integers(1, 4000), st.integers(1, 300), st.integers(-500, 500))
def test_a_scrolled_row_has_the_pictures_that_it_had(
    shown: TimeRange, width: int, least: int, frames: int
) -> None:
    before = visible_stretches(shown, width, least)
    after = visible_stretches(shown.scrolled(frames), width, least)
    starts = {start: stop for start, stop in before}
    assert all(starts.get(start, stop) == stop for start, stop in after)


def test_pictures_are_of_films_and_folders_with_more_than_one_frame() -> None:
    assert has_pictures(CLIP) and has_pictures(replace(CLIP, kind="folder"))
    assert not has_pictures(replace(CLIP, frames=1)) and not has_pictures(replace(CLIP, kind="volume"))
    assert picture_size(CLIP, 36) == (64, 36)
    assert picture_size(replace(CLIP, sample_aspect=(2, 1)), 18) == (54, 18)
