"""Convolutions by Winograd's filtering give what plain ones give."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.openvino import winograd
from app.models.openvino.runtime import openvino
from app.models.openvino.winograd_pass import apply_winograd
from tests.models.openvino.graph_answers import answer, answers

ops = openvino.opset13
RANDOM = np.random.default_rng(0)


def array(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def convolution(x, weights, stride=1):
    margin = [weights.shape[2] // 2] * 2
    return ops.convolution(x, ops.constant(weights), [stride] * 2, margin, margin, [1, 1])


def block(shape):
    """Convolutions of one input, and of one another past a bias, a ReLU and a shortcut."""
    x = ops.parameter(shape, np.float32)
    inner = convolution(x, WEIGHTS[0])
    y = convolution(ops.relu(ops.add(inner, ops.constant(BIAS))), WEIGHTS[1])
    y = ops.relu(ops.add(y, convolution(x, WEIGHTS[2])))
    return openvino.Model([convolution(y, WEIGHTS[3]), inner], [x])


WEIGHTS = [array(80, 64, 3, 3), array(72, 80, 3, 3), array(72, 64, 3, 3), array(64, 72, 3, 3)]
WIDENING, WIDE = array(256, 64, 1, 1), array(128, 256, 3, 3)
BIAS = array(1, 80, 1, 1)


@pytest.mark.parametrize("shape", [(1, 64, 8, 12), (2, 64, 5, 7), (1, 64, 1, 18)])
def test_a_block_stays_what_it_was(shape):
    x = array(*shape)
    expected = answer(block(shape), [x])
    model = block(shape)
    assert apply_winograd(model) == 4
    np.testing.assert_allclose(answer(model, [x]), expected, rtol=0, atol=3e-6 * np.abs(expected).max())


def test_what_follows_wide_convolutions_stays_what_it_was():
    def model():
        x, likes = ops.parameter([1, 64, 6, 7], np.float32), ops.parameter([1, 3, 42], np.float32)
        maps = ops.relu(convolution(x, WEIGHTS[0]))
        size = ops.constant(np.array([1, 80, 12, 14]))
        large = ops.interpolate(maps, size, "linear_onnx", "sizes")
        flat = ops.reshape(maps, ops.constant([1, 80, -1]), False)
        return openvino.Model([large, ops.matmul(likes, flat, False, True), ops.relu(flat)], [x, likes])

    given = [array(1, 64, 6, 7), array(1, 3, 42)]
    expected, quick = answers(model(), given), model()
    assert apply_winograd(quick) == 1
    for found, wanted in zip(answers(quick, given), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=3e-6 * np.abs(wanted).max())


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("size", [(48, 56), (20, 28), (4, 72)])
def test_large_tiles_round_a_little_worse(size, bf16):
    def model():
        x = ops.parameter([1, 64, *size], np.float32)
        return openvino.Model([convolution(convolution(x, WIDENING, 4), WIDE)], [x])

    x = array(1, 64, *size)
    expected, quick = answer(model(), [x]), model()
    assert apply_winograd(quick, bf16) == 1
    np.testing.assert_allclose(answer(quick, [x]), expected, rtol=0, atol=2e-5 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("weights", "stride"), [(array(64, 64, 1, 1), 1), (array(64, 64, 3, 3), 2), (array(64, 32, 3, 3), 1)]
)
def test_other_convolutions_are_left_alone(weights, stride):
    x = ops.parameter([1, weights.shape[1], 16, 16], np.float32)
    assert apply_winograd(openvino.Model([convolution(x, weights, stride)], [x])) == 0


def test_wide_convolutions_of_tiny_maps_are_left_alone():
    x = ops.parameter([1, 64, 64, 64], np.float32)
    small = convolution(convolution(x, array(64, 64, 1, 1), 16), array(64, 64, 1, 1), 2)
    assert apply_winograd(openvino.Model([convolution(small, array(64, 64, 3, 3))], [x])) == 0


def test_maps_of_unknown_size_are_left_alone():
    x = ops.parameter([1, 64, -1, 16], np.float32)
    assert apply_winograd(openvino.Model([convolution(x, WEIGHTS[0])], [x])) == 0


@pytest.mark.parametrize("band_bytes", [1, 20_000, 10**9])
def test_bands_of_any_size_make_the_same_maps(monkeypatch, band_bytes):
    monkeypatch.setattr(winograd, "BAND_BYTES", band_bytes)
    x = array(2, 64, 21, 10)
    expected, model = answer(block(x.shape), [x]), block(x.shape)
    apply_winograd(model)
    np.testing.assert_allclose(answer(model, [x]), expected, rtol=0, atol=3e-6 * np.abs(expected).max())
