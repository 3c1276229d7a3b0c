"""The score of a mask falls with the way from its reference and with what the network says of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.default.score_calibration import calibrate_score, uncalibrate_score

SCORE, STEPS = st.floats(0, 1), st.integers(1, 10_000)


@given(SCORE, STEPS)
def test_a_score_is_a_share(score: float, steps: int) -> None:
    assert 0 < calibrate_score(score, steps) < 1


@given(SCORE, SCORE, STEPS, STEPS)
def test_more_doubt_or_a_longer_way_never_raises_it(one: float, other: float, near: int, far: int) -> None:
    low, high = sorted((one, other))
    short, long = sorted((near, far))
    assert calibrate_score(low, long) <= calibrate_score(high, short)


@given(st.floats(0.02, 0.98), STEPS)
def test_a_score_can_be_told_from_the_overlap_that_was_made_of_it(score: float, steps: int) -> None:
    assert uncalibrate_score(calibrate_score(score, steps), steps) == pytest.approx(score, abs=1e-6)


def test_a_sure_mask_beside_its_reference_is_expected_to_be_right() -> None:
    assert calibrate_score(0.95, 1) > 0.9
    assert calibrate_score(0.3, 20) < 0.25
