"""Reading only the best memory positions gives what weights for all of them give."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.openvino.runtime import openvino
from app.models.openvino.topk_memory_read import read_topk_memory
from tests.models.openvino.graph_answers import answer

ops = openvino.opset13
RANDOM = np.random.default_rng(0)
BEST = 5


def memory_read(queries, objects=1, low=-1e30, kept=BEST):
    """As EISeg's programs say it; there are never more best positions than positions."""
    affinity = ops.parameter([objects, queries, -1], np.float32)
    values = ops.parameter([objects, 3, -1], np.float32)
    positions = ops.gather(ops.shape_of(affinity), ops.constant(2), ops.constant(0))
    best = ops.topk(affinity, ops.minimum(positions, ops.constant(np.int64(kept))), 2, "max", "value")
    places = [ops.constant([place]) for place in (-1, 2**31 - 1, 1, 2)]
    is_best = ops.greater_equal(affinity, ops.slice(best.output(0), *places))
    others = ops.broadcast(ops.constant(np.array([low], np.float32)), ops.shape_of(affinity))
    weights = ops.softmax(ops.select(is_best, affinity, others), 2)
    return openvino.Model([ops.matmul(values, weights, False, True)], [affinity, values])


@pytest.mark.parametrize("memories", [1, 2, 7])
def test_what_is_read_stays_the_same(memories):
    queries = 6
    inputs = [
        RANDOM.standard_normal((1, rows, memories * queries)).astype(np.float32) for rows in (queries, 3)
    ]
    expected, model = answer(memory_read(queries), inputs), memory_read(queries)
    assert read_topk_memory(model) == 1
    np.testing.assert_allclose(answer(model, inputs), expected, rtol=0, atol=1e-6)


def test_frames_with_fewer_positions_than_are_read_are_left_alone():
    assert read_topk_memory(memory_read(BEST - 1)) == 0


def test_other_reads_are_left_alone():
    assert read_topk_memory(memory_read(6, objects=2)) == 0
    assert read_topk_memory(memory_read(6, low=-1.0)) == 0
