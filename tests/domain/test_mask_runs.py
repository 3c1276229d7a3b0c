"""What the run-length code says of a mask is what its array says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.domain.annotation import Mask, empty_mask
from app.domain.mask_runs import mask_area, mask_has
from app.imaging.masks import encode

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))


@given(SHAPES.flatmap(lambda shape: arrays(np.bool_, shape)), st.data())
def test_points_and_areas_agree_with_the_array(array: np.ndarray, data: st.DataObject) -> None:
    mask = encode(array)
    row = data.draw(st.integers(0, array.shape[0] - 1))
    column = data.draw(st.integers(0, array.shape[1] - 1))
    assert mask_has(mask, column + 0.4, row - 0.4) == array[row, column]
    assert mask_area(mask) == array.sum()


def test_large_masks_and_points_beside_them() -> None:
    array = np.zeros((2160, 3840), bool)
    array[700:1500, 1000:3000] = True
    mask: Mask = encode(array)
    assert mask_area(mask) == array.sum()
    assert mask_has(mask, 1000, 700) and not mask_has(mask, 999, 700) and not mask_has(mask, 3000, 1499)
    assert not mask_has(mask, -1, 5) and not mask_has(mask, 5, 2160)
    assert not mask_has(empty_mask(4, 4), 1, 1)
