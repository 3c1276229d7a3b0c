"""No accepted answer contradicts a click."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import Click
from app.models.default.click_consistency import enforce_clicks, undo_far_changes
from app.models.default.working_pixels import CROP_AREA, FRAME_AREA, SourceBox, WorkingFrame

CLICK = st.builds(
    Click, x=st.integers(0, 59).map(float), y=st.integers(0, 39).map(float), positive=st.booleans()
)


@given(
    st.integers(0, 2**16), st.lists(CLICK, min_size=1, max_size=6, unique_by=lambda c: (c.x // 6, c.y // 6))
)
def test_every_lone_click_is_honoured(seed: int, clicks: list[Click]) -> None:
    rng = np.random.default_rng(seed)
    newer, older = rng.random((2, 40, 60), np.float32)
    answer = enforce_clicks(newer, older, clicks)
    lone = [c for c in clicks if all(c is d or max(abs(c.x - d.x), abs(c.y - d.y)) > 3 for d in clicks)]
    assert all((answer[int(c.y), int(c.x)] > 0.5) == c.positive for c in lone)


def test_a_change_against_an_earlier_click_is_undone_alone() -> None:
    older = np.zeros((40, 60), np.float32)
    older[5:15, 5:15] = 1
    newer = older.copy()
    newer[5:15, 5:15] = 0
    newer[20:30, 30:40] = 1
    answer = enforce_clicks(newer, older, [Click(10, 10, True), Click(35, 25, True)])
    assert answer[5:15, 5:15].all()
    assert answer[20:30, 30:40].all()


def test_a_negative_click_removes_a_piece_that_nobody_asked_for() -> None:
    answer = np.zeros((40, 60), np.float32)
    answer[5:15, 5:15] = answer[20:30, 30:40] = 1
    accepted = enforce_clicks(answer.copy(), answer, [Click(35, 25, False)])
    assert not (accepted[20:30, 30:40] > 0.5).any()
    assert (accepted[5:15, 5:15] > 0.5).all()


@given(st.integers(16, 3000), st.integers(16, 3000), st.sampled_from((FRAME_AREA, CROP_AREA)))
def test_working_sizes_suit_the_network(width: int, height: int, area: int) -> None:
    frame = WorkingFrame.of(SourceBox(0, 0, width, height), area)
    assert frame.width % 32 == 0 and frame.height % 32 == 0
    assert frame.width * frame.height <= 1.6 * area + 32 * max(frame.width, frame.height)


@given(st.floats(0, 799), st.floats(0, 599))
def test_points_stay_in_the_frame(x: float, y: float) -> None:
    frame = WorkingFrame.of(SourceBox(0, 0, 800, 600), FRAME_AREA)
    column, row = frame.to_working(x, y)
    assert -0.5 <= column <= frame.width - 0.5 and -0.5 <= row <= frame.height - 0.5


def test_a_mask_survives_the_way_there_and_back() -> None:
    mask = np.zeros((480, 854), bool)
    mask[100:300, 200:500] = True
    frame = WorkingFrame.of(SourceBox(0, 0, 854, 480), FRAME_AREA)
    back = frame.to_probability((frame.shrink_mask(mask) - 0.5) * 16) > 0.5
    assert (back & mask).sum() / (back | mask).sum() > 0.96


def test_a_change_away_from_the_click_is_undone_and_one_beside_it_stays() -> None:
    older = np.zeros((100, 200), np.float32)
    older[20:60, 20:60] = 0.9
    newer = older.copy()
    newer[30:50, 60:80] = 0.8
    newer[70:80, 150:170] = 0.8
    newer[20:24, 20:24] = 0.1
    undo_far_changes(newer, older, Click(81, 40, True))
    assert (newer[30:50, 60:80] > 0.5).all()
    assert np.array_equal(newer[:, 80:], older[:, 80:])
    assert np.array_equal(newer[:24, :60], older[:24, :60])
