"""Boxes of pixels are joined, and frames are drawn at the size of the screen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.views.canvas.image_layer import size_on_screen, union

boxes = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 30), st.integers(1, 30))


@given(boxes, boxes)
def test_a_union_covers_both(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> None:
    covered = np.zeros((70, 70), bool)
    for x, y, width, height in (one, other):
        covered[y : y + height, x : x + width] = True
    x, y, width, height = union(one, other)
    assert covered[y : y + height, x : x + width].sum() == covered.sum()
    assert covered[y].any() and covered[:, x].any()


@pytest.mark.parametrize(
    ("steps", "size"),
    [
        ((0.39, 0.39), (1498, 842)),
        ((0.5, 0.25), (1920, 540)),
        ((1.0, 1.0), (3840, 2160)),
        ((0.5, 1.5), (3840, 2160)),
        ((30.0, 30.0), (3840, 2160)),
        ((0.0001, 0.0001), (1, 1)),
    ],
)
def test_a_frame_goes_to_the_card_no_larger_than_it_is_shown(
    steps: tuple[float, float], size: tuple[int, int]
) -> None:
    assert size_on_screen(3840, 2160, steps) == size
