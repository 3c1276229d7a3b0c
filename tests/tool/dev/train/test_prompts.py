"""Simulated strokes, boxes and lassos."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tool.dev.train import prompts, synthetic

SEED = st.integers(0, 2**16)
TRUTH = synthetic.draw_blob(np.random.default_rng(4), 0.25)[::3, ::3].copy()


@settings(max_examples=25)
@given(SEED)
def test_a_scribble_stays_inside_what_it_marks(seed: int) -> None:
    points = prompts.draw_scribble(TRUTH, -1.0, np.random.default_rng(seed))
    assert 1 <= len(points) <= prompts.LONGEST
    assert all(TRUTH[round(y), round(x)] and sign == -1 for x, y, sign in points)


def test_nothing_can_be_scribbled_on_nothing() -> None:
    assert prompts.draw_scribble(np.zeros((5, 5), np.uint8), 1.0, np.random.default_rng(0)) == []


@pytest.mark.parametrize(("draw", "least"), [(prompts.draw_box, 0.85), (prompts.draw_lasso, 0.9)])
@settings(max_examples=25)
@given(seed=SEED)
def test_an_area_has_nearly_all_of_the_thing_and_leaves_the_rest_out(draw, least, seed: int) -> None:
    area = draw(TRUTH, np.random.default_rng(seed))
    assert set(np.unique(area)) == {0.0, 0.5}
    assert (area[TRUTH > 0] > 0).mean() > least
    assert (area[TRUTH == 0] > 0).mean() < 0.5
