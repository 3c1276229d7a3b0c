"""How far a propagated mask is to be trusted, by which "next to fix" goes."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.default.default_tracker import estimate_overlap


def disk(inside: float, rim: float) -> np.ndarray:
    rows, columns = np.mgrid[:60, :80]
    distance = np.hypot(rows - 30, columns - 40)
    return np.where(distance < 15, inside, np.where(distance < 20, rim, 0.0)).astype(np.float32)


def test_a_blurred_outline_lowers_it_and_a_sharp_one_leaves_the_networks_score():
    sharp, blurred, vague = (
        estimate_overlap(disk(*levels), 0.81) for levels in ((1, 0), (1, 0.4), (0.6, 0.4))
    )
    assert sharp == pytest.approx(0.9)
    assert sharp > blurred > vague > 0


def test_of_an_object_out_of_sight_only_the_network_can_tell():
    assert estimate_overlap(disk(0.01, 0.01), 0.7) == 0.7


@pytest.mark.parametrize("seed", range(5))
def test_it_stays_between_nothing_and_one(seed):
    random = np.random.default_rng(seed)
    assert 0 <= estimate_overlap(random.random((20, 30)).astype(np.float32), float(random.random())) <= 1
