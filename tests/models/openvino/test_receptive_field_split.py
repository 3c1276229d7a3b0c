"""What sees little of a model's inputs is found, with how far it sees, and a window around a change gives it again."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.openvino.changed_window import WINDOW, affected_cells, find_change, window_origin
from app.models.openvino.openvino_network import CompiledModel
from app.models.openvino.receptive_field_split import STEP, ReceptiveField, split_receptive_field
from app.models.openvino.runtime import openvino
from app.models.runtime.device_selection import select_device

RANDOM = np.random.default_rng(0)
LENGTHS = st.integers(WINDOW // STEP + 1, 60).map(lambda count: count * STEP)
SIGHTS = st.builds(ReceptiveField, st.sampled_from([1, 2, 4, 8]), st.integers(0, 24), st.integers(0, 24))
ops = openvino.opset13


def convolution(x, outputs, inputs, stride=1, side=3):
    weights = ops.constant(RANDOM.standard_normal((outputs, inputs, side, side)).astype(np.float32))
    margin = [side // 2] * 2
    return ops.convolution(x, weights, [stride] * 2, margin, margin, [1, 1])


def model(far_input=False):
    """Near are three convolutions; the mean over everything is not, and the fifth step of halving is too coarse."""
    x, y = (ops.parameter([1, 3, 64, 96], np.float32) for _ in range(2))
    maps = ops.relu(ops.add(convolution(x, 4, 3, 2), convolution(y, 4, 3, 2)))
    maps = convolution(maps, 5, 4, 2)
    mean = ops.reduce_mean(y if far_input else maps, ops.constant([2, 3]), True)
    coarse = convolution(ops.relu(convolution(maps, 6, 5, 2)), 7, 6, 2)
    return openvino.Model([ops.add(coarse, ops.reduce_mean(mean, ops.constant([1]), True))], [x, y])


def run(part, arrays):
    return CompiledModel(part, "model", select_device("cpu:fp32"), False)(dict(enumerate(arrays)))


def test_near_operations_are_parted_from_the_others():
    inputs = RANDOM.random((2, 1, 3, 64, 96), np.float32)
    whole = model()
    (expected,) = run(whole, inputs)
    found = split_receptive_field(whole)
    assert sorted({field.step for field in found.fields}) == [4, 8]
    assert ReceptiveField(4, 3, 3) in found.fields
    (answer,) = run(found.parts.rest, run(found.parts.front, inputs))
    np.testing.assert_allclose(answer, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_a_model_that_needs_its_inputs_further_on_stays_whole():
    assert split_receptive_field(model(far_input=True)) is None


def seen(signal, field):
    """Return, for each place, a sum of the pixels it sees that tells their order; outside of the signal are zeros."""
    padded = np.pad(signal, (field.before, field.after + field.step))
    weights = 1 + np.arange(field.before + field.after + 1)
    return np.array([padded[at : at + len(weights)] @ weights for at in range(0, len(signal), field.step)])


@settings(max_examples=300, deadline=None)
@given(LENGTHS, st.lists(SIGHTS, min_size=1, max_size=3), st.data())
def test_a_window_gives_all_that_changed(length, fields, data):
    first = data.draw(st.integers(0, length - 1))
    last = data.draw(st.integers(first, min(first + 10, length - 1)))
    before = RANDOM.integers(1, 100, length)
    after = before.copy()
    after[first : last + 1] += 100
    start = window_origin((first, last), fields, length)
    assert start is not None
    for field in fields:
        known, part = seen(before, field), seen(after[start : start + WINDOW], field)
        begin, end = affected_cells((first, last), field, length)
        shift = start // field.step
        known[begin:end] = part[begin - shift : end - shift]
        np.testing.assert_array_equal(known, seen(after, field))


def test_a_window_too_small_is_none():
    assert window_origin((100, 100 + WINDOW), [ReceptiveField(4, 20, 20)], 4 * WINDOW) is None


def test_equal_maps_have_not_changed():
    maps = RANDOM.random((1, 3, 40, 60), np.float32)
    other = maps.copy()
    assert find_change(maps, other) is None
    other[0, 1, 3:7, 20:31] += 1
    assert find_change(maps, other) == ((3, 6), (20, 30))
