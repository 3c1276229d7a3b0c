"""Only the box that masks fill is brought to the screen."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.views.canvas.image_layer import filled, union

boxes = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 30), st.integers(1, 30))


@given(boxes)
def test_the_box_is_exactly_around_the_masks(box: tuple[int, int, int, int]) -> None:
    x, y, width, height = box
    masks = np.zeros((61, 61, 4), np.uint8)
    masks[y, x : x + width] = masks[y : y + height, x] = (0, 0, 0, 255)
    assert filled(masks) == box
    assert filled(np.zeros((5, 7, 4), np.uint8)) is None


@given(boxes, boxes)
def test_a_union_covers_both(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> None:
    covered = np.zeros((70, 70), bool)
    for x, y, width, height in (one, other):
        covered[y : y + height, x : x + width] = True
    x, y, width, height = union(one, other)
    assert covered[y : y + height, x : x + width].sum() == covered.sum()
    assert covered[y].any() and covered[:, x].any()
