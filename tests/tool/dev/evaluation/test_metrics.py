from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.models.click_robot import region_similarity
from tool.dev.evaluation import metrics

pairs = st.tuples(arrays(np.bool_, (12, 17)), arrays(np.bool_, (12, 17)))


def disc(center: tuple[int, int], radius: float, shape: tuple[int, int] = (120, 160)) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    result: np.ndarray = np.hypot(x - center[0], y - center[1]) <= radius
    return result


def square(left: int, top: int, side: int) -> np.ndarray:
    mask = np.zeros((100, 100), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_region_of_half_overlapping_squares_is_a_third():
    assert region_similarity(square(10, 10, 20), square(20, 10, 20)) == pytest.approx(1 / 3)


def test_dice_of_half_overlapping_squares_is_a_half():
    assert metrics.dice(square(10, 10, 20), square(20, 10, 20)) == pytest.approx(1 / 2)


@pytest.mark.parametrize("measure", [region_similarity, metrics.dice, metrics.boundary_accuracy])
def test_finding_nothing_where_there_is_nothing_is_perfect(measure):
    empty = np.zeros((10, 10), bool)
    assert measure(empty, empty) == 1
    assert measure(square(10, 10, 20), np.zeros((100, 100), bool)) == 0
    assert measure(np.zeros((100, 100), bool), square(10, 10, 20)) == 0


def test_contour_forgives_what_is_within_the_tolerance_and_nothing_beyond():
    # 120 x 160 has a diagonal of 200: the tolerance of 0.008 is 1.6, rounded up to 2 pixels
    truth = disc((80, 60), 30)
    assert metrics.boundary_accuracy(disc((80, 60), 31), truth) > 0.99
    assert metrics.boundary_accuracy(disc((80, 60), 34), truth) == 0


def test_contour_of_a_mask_with_an_extra_far_blob_loses_precision_only():
    truth = disc((40, 60), 20)
    twice = truth | disc((120, 60), 20)
    assert metrics.boundary_accuracy(twice, truth) == pytest.approx(2 / 3, abs=0.01)


@given(pairs)
def test_measures_are_symmetric_bounded_and_one_for_equal_masks(pair):
    a, b = pair
    for measure in (region_similarity, metrics.dice, metrics.boundary_accuracy):
        assert measure(a, b) == pytest.approx(measure(b, a))
        assert 0 <= measure(a, b) <= 1
        assert measure(a, a) == 1


@given(pairs)
def test_dice_follows_from_region(pair):
    j = region_similarity(*pair)
    assert metrics.dice(*pair) == pytest.approx(2 * j / (1 + j))


def test_number_of_clicks_counts_to_the_first_score_at_the_bar():
    assert metrics.clicks_to_reach([0.5, 0.85, 0.8], 0.85, 20) == 2
    assert metrics.clicks_to_reach([0.5, 0.6], 0.85, 20) == 20
    assert metrics.clicks_to_reach([0.5, 0.6, 0.9], 0.85, 2) == 2


def test_rank_correlation_sees_order_and_not_scale():
    values = [0.1, 0.5, 0.2, 0.9]
    assert metrics.rank_correlation(values, [math.exp(9 * v) for v in values]) == pytest.approx(1)
    assert metrics.rank_correlation(values, [-v for v in values]) == pytest.approx(-1)
    assert metrics.rank_correlation(values, [1, 1, 1, 1]) == 0


def test_rank_correlation_shares_the_rank_of_ties():
    # ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3
    assert metrics.rank_correlation([1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(0.9486833)
