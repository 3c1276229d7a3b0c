"""The score of a mask falls with the way from its reference and with what the network says of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.default.score_calibration import CALIBRATIONS, Calibration

SCORE, STEPS = st.floats(0, 1), st.integers(1, 10_000)
SHIPPED = st.sampled_from(list(CALIBRATIONS.values()))


@given(SHIPPED, SCORE, STEPS)
def test_a_score_is_a_share(shipped: Calibration, score: float, steps: int) -> None:
    assert 0 < shipped.expected_overlap(score, steps) < 1


@given(SHIPPED, SCORE, SCORE, STEPS, STEPS)
def test_more_doubt_or_a_longer_way_never_raises_it(
    shipped: Calibration, one: float, other: float, near: int, far: int
) -> None:
    low, high = sorted((one, other))
    short, long = sorted((near, far))
    assert shipped.expected_overlap(low, long) <= shipped.expected_overlap(high, short)


@given(SHIPPED, st.floats(0.02, 0.98), STEPS)
def test_a_score_can_be_told_from_the_overlap_that_was_made_of_it(
    shipped: Calibration, score: float, steps: int
) -> None:
    overlap = shipped.expected_overlap(score, steps)
    assert shipped.original_score(overlap, steps) == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize("shipped", CALIBRATIONS.values(), ids=list(CALIBRATIONS))
def test_a_sure_mask_beside_its_reference_is_expected_to_be_right(shipped: Calibration) -> None:
    assert shipped.expected_overlap(0.95, 1) > 0.9
    assert shipped.expected_overlap(0.3, 20) < 0.25
