"""Bilinear resizing with aligned corners."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.eiseg.corner_resize import resize_array
from app.models.runtime.paddle_runtime import paddle

side = st.integers(1, 40)


@given(height=side, width=side, new_height=side, new_width=side)
def test_it_is_the_resize_of_the_networks(height, width, new_height, new_width):
    x = np.random.default_rng(height * 41 + width).random((height, width), np.float32)
    expected = paddle.nn.functional.interpolate(
        paddle.to_tensor(x[None, None]), size=[new_height, new_width], mode="bilinear", align_corners=True
    )
    np.testing.assert_allclose(
        resize_array(x, new_height, new_width), expected.numpy()[0, 0], rtol=0, atol=2e-6
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_colours_are_resized_each_for_itself(dtype):
    x = np.random.default_rng(0).integers(0, 256, (30, 50, 3)).astype(dtype)
    result = resize_array(x, 17, 64)
    assert result.dtype == np.float32
    for channel in range(3):
        np.testing.assert_array_equal(result[..., channel], resize_array(x[..., channel], 17, 64))
