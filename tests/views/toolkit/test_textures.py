"""Pixels are brought into the form that the graphics card takes."""

from __future__ import annotations

import numpy as np
import pytest

from app.views.toolkit.textures import _packed, _within


def test_a_frame_larger_than_a_texture_may_be_is_made_smaller_in_its_own_shape() -> None:
    large = np.full((300, 1000, 4), 77, np.uint8)
    small = _within(large, 256)
    assert small.shape == (76, 256, 4)
    assert (small == 77).all()
    assert _within(large, 1000) is large


def test_only_rgba_bytes_are_taken() -> None:
    with pytest.raises(ValueError, match="float32"):
        _packed(np.zeros((4, 4, 4), np.float32))
    with pytest.raises(ValueError, match="3"):
        _packed(np.zeros((4, 4, 3), np.uint8))


def test_rows_may_lie_apart_but_pixels_may_not() -> None:
    image = np.arange(6 * 8 * 4, dtype=np.uint8).reshape(6, 8, 4)
    window = image[1:4, 2:5]
    assert _packed(window) is window
    turned = image.transpose(1, 0, 2)
    assert _packed(turned).strides == (6 * 4, 4, 1)
    assert (_packed(turned) == turned).all()
