"""A model parted at one of its inputs gives what the whole gives, and does the work on that input once."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.openvino.frame_split import split_by_input
from app.models.openvino.runtime import openvino

ops = openvino.opset13
RANDOM = np.random.default_rng(0)
FINER = RANDOM.standard_normal((4, 8, 3, 3)).astype(np.float32)
WEIGHTS = RANDOM.standard_normal((8, 3, 3, 3)).astype(np.float32)


def compiled(model):
    return openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def whole():
    """Features of a frame, read by k memories in a form that depends on their shape, and finer features."""
    frame = ops.parameter([1, 3, -1, -1], np.float32)
    memory = ops.parameter([-1, 8, -1], np.float32)
    features = ops.convolution(frame, ops.constant(WEIGHTS), [1, 1], [1, 1], [1, 1], [1, 1])
    positive = ops.relu(features)
    flat = ops.reshape(positive, ops.constant([0, 0, -1]), True)
    finer = ops.convolution(positive, ops.constant(FINER), [1, 1], [1, 1], [1, 1], [1, 1])
    read = ops.matmul(flat, ops.matmul(memory, flat, True, False), False, False)
    size = ops.gather(ops.shape_of(features), ops.constant([2, 3]), ops.constant(0))
    shape = ops.concat([ops.constant([-1]), ops.constant([8]), size], 0)
    masks = ops.reshape(read, shape, False)
    return openvino.Model([ops.add(masks, features), finer, flat], [memory, frame])


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize(("objects", "size"), [(1, (5, 7)), (3, (4, 4))])
def test_the_parts_give_what_the_whole_gives(objects, size, bf16):
    frame = RANDOM.standard_normal((1, 3, *size)).astype(np.float32)
    memory = RANDOM.standard_normal((objects, 8, size[0] * size[1])).astype(np.float32)
    expected = compiled(whole())([memory, frame])
    model = whole()
    parts = split_by_input(model, model.inputs[1], bf16)
    known = list(compiled(parts.front)([frame]).values())
    count = sum(parts.early)
    found = iter(compiled(parts.rest)([*known[count:], memory]).values())
    ahead = iter(known[:count])
    for is_early, answer in zip(parts.early, expected.values(), strict=True):
        np.testing.assert_array_equal(next(ahead if is_early else found), answer)
    assert parts.early[:2] == (False, True)


def test_maps_with_channels_last_cross_in_bfloat16_as_they_are():
    def model():
        frame, other = (ops.parameter([1, 2, 5, 7, 4], np.float32) for _ in range(2))
        half = ops.multiply(frame, ops.constant(np.float32(0.5)))
        return openvino.Model([ops.add(half, other)], [frame, other])

    frame, other = RANDOM.standard_normal((2, 1, 2, 5, 7, 4)).astype(np.float32)
    whole = model()
    parts = split_by_input(whole, whole.inputs[0], bf16=True)
    assert "GroupConvolution" in {node.get_type_name() for node in parts.front.get_ops()}
    (known,) = compiled(parts.front)([frame]).values()
    (found,) = compiled(parts.rest)([known, other]).values()
    np.testing.assert_array_equal(found, 0.5 * frame + other)


def test_all_work_on_the_frame_lies_in_front_and_no_more_crosses_than_must():
    model = whole()
    parts = split_by_input(model, model.inputs[1])
    assert "Convolution" not in {node.get_type_name() for node in parts.rest.get_ops()}
    maps = [value for value in parts.rest.inputs[:-1] if len(value.get_partial_shape()) > 1]
    assert len(maps) == 2
