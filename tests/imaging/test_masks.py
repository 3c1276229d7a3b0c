"""Label maps painted from masks."""

from __future__ import annotations

import numpy as np

from app.imaging import masks


def test_later_masks_cover_earlier_ones_to_the_last_pixel() -> None:
    random = np.random.default_rng(3)
    drawn = [random.random((13, 17)) > 0.8 for _ in range(4)]
    drawn += [np.zeros((13, 17), bool), np.zeros((13, 17), bool)]
    drawn[4][12, 16] = drawn[4][0, 0] = True
    expected = np.zeros((13, 17), np.uint8)
    for value, array in enumerate(drawn, 1):
        expected[array] = value
    painted = masks.paint(((n, masks.encode(array)) for n, array in enumerate(drawn, 1)), 13, 17)
    assert np.array_equal(painted, expected)
