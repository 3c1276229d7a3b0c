"""Maps of values come back as they were, with their colours."""

import io

import numpy as np
import pytest
from PIL import Image

from app.storage.images.palette_png import palette_png

PALETTE = bytes(range(256)) * 3


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (480, 854)])
def test_a_map_opens_with_its_values_and_colours(size: tuple[int, int]) -> None:
    values = np.random.default_rng(1).integers(0, 256, size).astype(np.uint8)
    with Image.open(io.BytesIO(palette_png(values, PALETTE))) as picture:
        assert (picture.mode, np.asarray(picture).tolist()) == ("P", values.tolist())
        assert bytes(picture.getpalette() or ()) == PALETTE


def test_a_map_of_areas_is_small() -> None:
    values = np.zeros((480, 854), np.uint8)
    values[100:300, 200:500] = 7
    assert len(palette_png(values, PALETTE)) < 5000
