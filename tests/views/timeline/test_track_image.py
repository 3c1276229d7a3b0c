"""The strip shows every frame that needs a look, however many frames share a pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import Status
from app.messages.snapshot import Track
from app.views.timeline.track_image import GUTTER, RowLayout, TrackImage, reduce_to_columns, tick_frames
from app.views.toolkit.theme_colors import EDITED, EMPTY, VERIFIED, score_color


def track(statuses: list[int], scores: list[int] | None = None) -> Track:
    return Track(1, 1, bytes(statuses), bytes(scores or [255] * len(statuses)))


def row(painted: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(int(n) for n in pixel[:3]) for pixel in painted[0, GUTTER:]]


def test_each_status_has_its_colour_and_the_score_goes_from_red_to_green() -> None:
    four = track([0, 1, 1, 2, 3], [0, 0, 255, 0, 0])
    painted = TrackImage().paint((four,), {1: (9, 8, 7)}, GUTTER + 5, 20)
    assert row(painted) == [EMPTY, score_color(0), score_color(1), EDITED, VERIFIED]
    assert tuple(painted[0, 0]) == (9, 8, 7, 255)


def test_a_single_bad_frame_among_thousands_is_seen() -> None:
    scores = [250] * 50_000
    scores[31_234] = 10
    painted = TrackImage().paint((track([1] * 50_000, scores),), {}, GUTTER + 1000, 20)
    worst = score_color(10 / 255)
    assert [column for column, pixel in enumerate(row(painted)) if pixel == worst] == [
        31_234 * 1000 // 50_000
    ]


def test_outdated_masks_are_hatched_and_fresh_ones_are_not() -> None:
    stale = Track(1, 1, bytes([1] * 24), bytes([255] * 24), bytes([0] * 12 + [1] * 12))
    painted = TrackImage().paint((stale,), {}, GUTTER + 24, 20)
    assert row(painted)[:12] == [score_color(1)] * 12
    hatched = painted[:20, GUTTER + 12 :, :3].reshape(-1, 3)
    assert score_color(1) not in {tuple(pixel) for pixel in hatched}
    assert len({tuple(pixel) for pixel in painted[0, GUTTER + 12 :, :3]}) == 2


def test_a_mask_that_is_replaced_is_no_longer_hatched() -> None:
    image, before = TrackImage(), Track(1, 1, bytes([1] * 8), bytes([9] * 8), bytes([1] * 8))
    image.paint((before,), {}, GUTTER + 8, 20)
    after = replace(before, outdated=bytes([0] * 8))
    assert row(image.paint((after,), {}, GUTTER + 8, 20)) == [score_color(9 / 255)] * 8


def test_a_single_edited_frame_is_seen_among_verified_ones() -> None:
    statuses = [int(Status.VERIFIED)] * 5000
    statuses[2500] = Status.EDITED
    assert EDITED in row(TrackImage().paint((track(statuses),), {}, GUTTER + 100, 20))


def test_what_changed_is_painted_again() -> None:
    strips = TrackImage()
    strips.paint((track([0, 0]),), {}, GUTTER + 2, 10)
    assert row(strips.paint((track([0, 3]),), {}, GUTTER + 2, 10)) == [EMPTY, VERIFIED]
    assert len(row(strips.paint((track([0, 3]),), {}, GUTTER + 4, 10))) == 4


@given(st.integers(1, 5000), st.integers(1, 2000))
def test_every_frame_falls_on_the_column_where_scrubbing_finds_it(frames: int, width: int) -> None:
    codes = np.arange(frames).astype(np.uint16)
    found = reduce_to_columns(codes, width)
    assert len(found) == width
    if frames >= width:
        assert [int(n) * width // frames for n in found] == list(range(width))
    else:
        assert [int(n) for n in found] == [column * frames // width for column in range(width)]


@given(st.integers(1, 300), st.integers(10, 120))
def test_rows_fit_the_height(count: int, height: int) -> None:
    rows = RowLayout.divide(count, height)
    assert rows.count >= 1
    assert rows.top(rows.count - 1) + rows.thickness <= height


@given(st.integers(1, 60_000), st.integers(1, 3000))
def test_numbers_under_the_strip_do_not_touch(frames: int, width: int) -> None:
    places = [frame * width / frames for frame in tick_frames(frames, width, 80)]
    assert places[0] == 0
    assert all(after - before >= 80 for before, after in zip(places, places[1:], strict=False))


@given(
    st.integers(1, 400),
    st.integers(1, 150),
    st.lists(st.tuples(st.integers(0, 399), st.integers(0, 3)), max_size=9),
)
def test_following_a_track_paints_what_painting_it_anew_would(
    frames: int, width: int, changes: list[tuple[int, int]]
) -> None:
    statuses, scores = bytearray(frames), bytearray(range(256)) * 2
    strips = TrackImage()
    for place, status in changes:
        strips.paint((Track(1, 1, bytes(statuses), bytes(scores[:frames])),), {}, width + GUTTER, 8)
        statuses[place % frames] = status
        scores[place % frames] = (place * 7) % 256
    last = Track(1, 1, bytes(statuses), bytes(scores[:frames]))
    followed = strips.paint((last,), {}, width + GUTTER, 8)
    assert (followed == TrackImage().paint((last,), {}, width + GUTTER, 8)).all()
