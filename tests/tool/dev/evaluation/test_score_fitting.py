"""Fitting of the score's calibration, on masks whose overlap is known."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.default.score_calibration import Calibration
from tool.dev.evaluation.score_fitting import ScoredMask, describe_scores, fit_calibration

TRUE = Calibration(0.3, 0.8, -0.4)


def masks(count: int) -> list[ScoredMask]:
    rng = np.random.default_rng(1)
    drawn = zip(rng.uniform(0.05, 0.95, count).tolist(), rng.integers(1, 40, count).tolist(), strict=True)
    return [
        ScoredMask(f"clip{steps % 3}", raw, raw, steps, TRUE.expected_overlap(raw, steps), False)
        for raw, steps in drawn
    ]


def test_a_calibration_is_found_again_from_what_it_makes() -> None:
    fitted = fit_calibration(masks(300))
    assert (fitted.offset, fitted.by_logit, fitted.by_steps) == pytest.approx((0.3, 0.8, -0.4), abs=1e-3)


def test_scores_that_are_the_overlap_are_in_order_and_at_no_distance() -> None:
    known = masks(60)
    assert (
        describe_scores(known, [m.overlap for m in known]) == "rank 1.00, within a clip 1.00, distance 0.00"
    )
    assert "rank -1.00" in describe_scores(known, [1 - m.overlap for m in known])
