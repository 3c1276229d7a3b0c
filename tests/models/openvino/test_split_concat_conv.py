"""Convolutions parted by what is known early give what they give whole, and the early part no longer waits."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.openvino.frame_split import find_followers
from app.models.openvino.runtime import openvino
from app.models.openvino.split_concat_conv import split_concat_convs
from tests.models.openvino.graph_answers import answer

ops = openvino.opset13
RANDOM = np.random.default_rng(0)


def array(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


WEIGHTS = array(6, 9, 3, 3)


def decoder(is_positive):
    """What is known of a frame, joined with what memories say of objects."""
    frame, memory = ops.parameter([1, 4, 8, 10], np.float32), ops.parameter([1, 5, 4, 5], np.float32)
    shown = ops.max_pool(frame, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2]).output(0)
    joined = ops.concat([memory, shown], 1)
    maps = ops.relu(joined) if is_positive else joined
    found = ops.convolution(maps, ops.constant(WEIGHTS), [2, 2], [1, 1], [1, 1], [1, 1])
    return openvino.Model([ops.sigmoid(found)], [frame, memory])


@pytest.mark.parametrize("is_positive", [False, True])
def test_the_frame_share_is_known_early(is_positive):
    inputs = [array(1, 4, 8, 10), array(1, 5, 4, 5)]
    expected, model = answer(decoder(is_positive), inputs), decoder(is_positive)
    assert split_concat_convs(model, model.inputs[0]) == 1
    np.testing.assert_allclose(answer(model, inputs), expected, rtol=0, atol=1e-5)
    early = find_followers(model, model.inputs[0])
    convolutions = [node for node in model.get_ordered_ops() if node.get_type_name() == "Convolution"]
    assert sorted(node.get_name() in early for node in convolutions) == [False, True]


def test_what_follows_from_the_frame_alone_stays_whole():
    frame = ops.parameter([1, 4, 8, 8], np.float32)
    joined = ops.concat([frame, ops.relu(frame)], 1)
    whole = ops.convolution(joined, ops.constant(array(2, 8, 3, 3)), [1, 1], [1, 1], [1, 1], [1, 1])
    model = openvino.Model([whole], [frame])
    assert split_concat_convs(model, model.inputs[0]) == 0
