"""3x3 convolutions that multiply before maps are enlarged, or before places are gathered, give the same."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.openvino.defer_upsampling_conv3x3 import (
    defer_upsampling_conv3x3,
    gather_conv3x3_taps,
    widen_conv3x3,
)
from app.models.openvino.runtime import openvino
from tests.models.openvino.graph_answers import answer

ops = openvino.opset13
RANDOM = np.random.default_rng(0)
SIZE = (9, 12)


def array(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


WEIGHTS = array(7, 24, 3, 3)


def enlarged(maps, corners):
    shape = np.array([*maps.get_output_shape(0)[:2], *SIZE])
    return ops.interpolate(
        maps, ops.constant(shape), "linear_onnx", "sizes", coordinate_transformation_mode=corners
    )


def convolution(maps, weights, stride=1):
    return ops.convolution(maps, ops.constant(weights), [stride] * 2, [1, 1], [1, 1], [1, 1])


def joined(parts, corners, n=1, stride=1):
    """A model in which a 3x3 convolution meets joined parts (channels, size): as they are or enlarged."""
    inputs = [ops.parameter([n, channels, *size], np.float32) for channels, size in parts]
    sized = [x if size == SIZE else enlarged(x, corners) for x, (_, size) in zip(inputs, parts, strict=True)]
    maps = ops.concat(sized, 1) if len(sized) > 1 else sized[0]
    weights = WEIGHTS[:, : sum(channels for channels, _ in parts)]
    return openvino.Model([ops.relu(convolution(maps, weights, stride))], inputs)


FINE, HALF, COARSE, POINT = (5, SIZE), (6, (5, 6)), (9, (2, 3)), (4, (1, 1))


@pytest.mark.parametrize("corners", ["align_corners", "half_pixel"])
@pytest.mark.parametrize("parts", [(FINE, HALF, COARSE), (COARSE, POINT), (HALF, COARSE, FINE, POINT)])
def test_joined_scales(parts, corners):
    inputs = [array(1, channels, *size) for channels, size in parts]
    expected, model = answer(joined(parts, corners), inputs), joined(parts, corners)
    assert defer_upsampling_conv3x3(model) == 1
    np.testing.assert_allclose(answer(model, inputs), expected, rtol=0, atol=2e-5)


@pytest.mark.parametrize(
    ("parts", "corners", "n", "stride"),
    [
        ((FINE, HALF), "half_pixel", 1, 1),
        ((FINE, COARSE), "asymmetric", 1, 1),
        ((FINE, COARSE), "half_pixel", 2, 1),
        ((FINE, COARSE), "half_pixel", 1, 2),
    ],
)
def test_other_joins_are_left_alone(parts, corners, n, stride):
    assert defer_upsampling_conv3x3(joined(parts, corners, n, stride)) == 0


def gathering(weights, stride=1):
    x = ops.parameter([2, weights.shape[1], 6, 9], np.float32)
    return openvino.Model([convolution(x, weights, stride)], [x])


def test_one_map_of_many():
    weights, x = array(1, 70, 3, 3), array(2, 70, 6, 9)
    expected, model = answer(gathering(weights), [x]), gathering(weights)
    assert gather_conv3x3_taps(model) == 1
    np.testing.assert_allclose(answer(model, [x]), expected, rtol=0, atol=2e-6 * np.abs(expected).max())


@pytest.mark.parametrize("outputs", [2, 10, 18])
def test_outputs_that_leave_vectors_half_empty(outputs):
    weights, x = array(outputs, 70, 3, 3), array(2, 70, 6, 9)
    expected, model = answer(gathering(weights), [x]), gathering(weights)
    assert widen_conv3x3(model) == 1
    np.testing.assert_allclose(answer(model, [x]), expected, rtol=0, atol=2e-6 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("outputs", "inputs", "stride"), [(8, 70, 1), (24, 70, 1), (50, 70, 1), (18, 8, 1), (18, 70, 2)]
)
def test_outputs_that_fill_vectors_are_left_alone(outputs, inputs, stride):
    assert widen_conv3x3(gathering(array(outputs, inputs, 3, 3), stride)) == 0


@pytest.mark.parametrize(("outputs", "inputs", "stride"), [(2, 70, 1), (1, 8, 1), (1, 70, 2)])
def test_other_outputs_are_left_alone(outputs, inputs, stride):
    assert gather_conv3x3_taps(gathering(array(outputs, inputs, 3, 3), stride)) == 0
