"""Blocks with strong contrast, also at the edges of odd sizes."""

from __future__ import annotations

import numpy as np
import pytest

from app.imaging.strong_contrast import has_new_contrast, strong_blocks


@pytest.mark.parametrize("size", [(1, 1), (8, 9), (33, 71), (64, 48)])
def test_a_block_is_strong_where_its_own_pixels_differ(size: tuple[int, int]) -> None:
    image = np.repeat(np.random.default_rng(4).integers(0, 95, (*size, 1)), 3, 2).astype(np.uint8)
    found = strong_blocks(image)
    for row in range(found.shape[0]):
        for column in range(found.shape[1]):
            block = image[8 * row : 8 * row + 8, 8 * column : 8 * column + 8, 0]
            assert found[row, column] == (int(block.max()) - int(block.min()) >= 80)
    assert found.shape == (-(-size[0] // 8), -(-size[1] // 8))


def test_contrast_is_new_away_from_what_was_there() -> None:
    before, after = np.zeros((2, 9, 9), np.uint8)
    before[4, 4] = after[3:6, 3:6] = 1
    assert not has_new_contrast(before, after)
    after[0, :3] = 1
    assert has_new_contrast(before, after)
