"""The arithmetic between the propagation networks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.models.eiseg.propagation_math import (
    Padding,
    aggregate_objects,
    compare_to_strongest,
    expected_overlap,
)

probabilities = arrays(np.float32, (3, 4, 5), elements=st.floats(0, 1, width=32))


def test_aggregation_is_that_of_mivos(parity):
    z = parity.arrays("mivos_aggregate")
    for objects in (1, 2, 3):
        shares = aggregate_objects(z[f"k{objects}.prob"])
        np.testing.assert_allclose(shares, z[f"k{objects}.out"], rtol=0, atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(33, 46), (48, 64), (100, 140)])
def test_padding_is_that_of_mivos(parity, height, width):
    z = parity.arrays("mivos_aggregate")
    case = f"pad{height}x{width}"
    np.testing.assert_array_equal(Padding(height, width).pad(z[f"{case}.in"]), z[f"{case}.out"])


@given(probabilities)
def test_shares_add_up_to_one(objects):
    shares = aggregate_objects(objects)
    assert shares.shape == (4, 4, 5)
    np.testing.assert_allclose(shares.sum(0), 1, atol=1e-5)


@given(probabilities)
def test_an_object_wins_a_pixel_exactly_when_its_share_is_the_largest(objects):
    shares = aggregate_objects(objects)
    wins = compare_to_strongest(shares) > 0.5
    assert (wins.sum(0) <= 1).all()
    winner = shares.argmax(0)
    for number in range(3):
        alone = (shares == shares.max(0)).sum(0) == 1
        np.testing.assert_array_equal(wins[number][alone], (winner == number + 1)[alone])


@given(st.integers(1, 70), st.integers(1, 70))
def test_padding_makes_multiples_of_16_and_is_undone(height, width):
    x = np.random.default_rng(0).random((2, height, width), np.float32)
    padding = Padding(height, width)
    padded = padding.pad(x)
    assert padded.shape[1] % 16 == padded.shape[2] % 16 == 0
    assert padded.sum(dtype=np.float64) == x.sum(dtype=np.float64)
    np.testing.assert_array_equal(padding.crop(padded), x)


@given(arrays(np.float32, (6, 7), elements=st.floats(0, 1, width=32)))
def test_confidence_is_a_share(probability):
    assert 0 <= expected_overlap(probability) <= 1


def test_sharp_masks_are_surer_than_soft_ones_and_certain_absence_is_sure():
    rows, columns = np.mgrid[:40, :40]
    distance = 10 - np.hypot(rows - 20, columns - 20)
    sharp, soft = (1 / (1 + np.exp(-distance * slope)) for slope in (5.0, 0.3))
    assert expected_overlap(sharp) > 0.9 > 0.8 > expected_overlap(soft)
    assert expected_overlap(np.full((8, 8), 0.01, np.float32)) > 0.98
    assert expected_overlap(np.full((8, 8), 0.45, np.float32)) < 0.6
