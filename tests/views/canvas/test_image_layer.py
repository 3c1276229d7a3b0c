"""Boxes of pixels are joined."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.views.canvas.image_layer import union

boxes = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 30), st.integers(1, 30))


@given(boxes, boxes)
def test_a_union_covers_both(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> None:
    covered = np.zeros((70, 70), bool)
    for x, y, width, height in (one, other):
        covered[y : y + height, x : x + width] = True
    x, y, width, height = union(one, other)
    assert covered[y : y + height, x : x + width].sum() == covered.sum()
    assert covered[y].any() and covered[:, x].any()
