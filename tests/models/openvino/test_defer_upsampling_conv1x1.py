"""1x1 convolutions before maps are enlarged give what they give after it."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.openvino.defer_upsampling_conv1x1 import defer_upsampling_conv1x1, upsample_by_matmul
from app.models.openvino.runtime import openvino
from tests.models.openvino.graph_answers import answers

ops = openvino.opset13
RANDOM = np.random.default_rng(0)


def array(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def enlarged(maps, size, corners="align_corners"):
    shape = np.array([*maps.get_output_shape(0)[:2], *size])
    return ops.interpolate(
        maps, ops.constant(shape), "linear_onnx", "sizes", coordinate_transformation_mode=corners
    )


def product(maps, weights, stride=1):
    return ops.convolution(maps, ops.constant(weights), [stride] * 2, [0, 0], [0, 0], [1, 1])


def joined(*parts):
    """A model in which 1x1 convolutions meet joined parts: as they are, enlarged, or one vector for every pixel."""
    inputs = [ops.parameter([2, channels, *size], np.float32) for channels, size in parts]
    shapes = [np.array([2, channels, 9, 12]) for channels, _ in parts]
    sized = [
        x
        if size == (9, 12)
        else ops.broadcast(x, ops.constant(shape))
        if size == (1, 1)
        else enlarged(x, (9, 12))
        for x, shape, (_, size) in zip(inputs, shapes, parts, strict=True)
    ]
    maps = ops.concat(sized, 1)
    weights = WEIGHTS[:, : sum(channels for channels, _ in parts)]
    return openvino.Model([ops.relu(product(maps, weights)), ops.relu(maps)], inputs)


WEIGHTS = array(7, 24, 1, 1)
FINE, HALF, COARSE, VECTOR = (5, (9, 12)), (6, (5, 6)), (9, (3, 3)), (4, (1, 1))


@pytest.mark.parametrize(
    "parts", [(FINE, HALF, COARSE), (VECTOR, FINE), (HALF, COARSE), (COARSE, VECTOR, FINE)]
)
def test_joined_scales(parts):
    inputs = [array(2, channels, *size) for channels, size in parts]
    expected, model = answers(joined(*parts), inputs), joined(*parts)
    assert defer_upsampling_conv1x1(model) == 1
    for found, wanted in zip(answers(model, inputs), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("stride", [1, 2])
def test_convolutions_that_would_gain_nothing_are_left_alone(stride):
    x, low = ops.parameter([1, 4, 8, 8], np.float32), ops.parameter([1, 4, 4, 4], np.float32)
    parts = [x, x] if stride == 1 else [x, enlarged(low, (8, 8))]
    model = openvino.Model([product(ops.concat(parts, 1), array(3, 8, 1, 1), stride)], [x, low])
    assert defer_upsampling_conv1x1(model) == 0


@pytest.mark.parametrize("corners", ["align_corners", "half_pixel"])
@pytest.mark.parametrize(("small", "large"), [((5, 7), (20, 21)), ((1, 4), (6, 4)), ((2, 1), (2, 9))])
def test_single_maps(small, large, corners):
    def model():
        x = ops.parameter([2, 1, *small], np.float32)
        return openvino.Model([enlarged(x, large, corners)], [x])

    x = array(2, 1, *small)
    (expected,), quick = answers(model(), [x]), model()
    assert upsample_by_matmul(quick) == 1
    np.testing.assert_allclose(answers(quick, [x])[0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("channels", "size", "corners"),
    [(2, (8, 8), "align_corners"), (1, (8, 8), "asymmetric"), (1, (9, 8), "half_pixel")],
)
def test_other_enlargements_are_left_alone(channels, size, corners):
    x = ops.parameter([1, channels, 4, 4], np.float32)
    assert upsample_by_matmul(openvino.Model([enlarged(x, size, corners)], [x])) == 0
