"""Lets OpenVINO read memories only where they count.

A query that reads its k best memory positions has a weight for every position, all but k of them zero. With k weights
and their places instead, thousands of products become k, and what is kept for each query is as long as k.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.models.openvino.graph_edits import rewrite
from app.models.openvino.runtime import openvino

_NEVER = -1e4
"""A liking from which on a softmax in float32 gives nothing."""
_SECOND_TURNED = {"transpose_a": False, "transpose_b": True}
_CHAIN = ((1, "Softmax"), (0, "Select"), (0, "GreaterEqual"), (1, "Slice"), (0, "TopK"))
_ops = openvino.opset13


@dataclass(frozen=True, slots=True)
class _Read:
    """values: (1, channels, positions); liking: (1, queries, positions); count: of positions that a query reads.

    Frames are all of one size, so that there are at least as many positions as queries.
    """

    values: Any
    liking: Any
    count: int


def read_sparsely(model: Any) -> int:
    """Replace the reads of best positions, for one object at a time; returns how many there were."""
    return rewrite(model, lambda node: _sparse(read) if (read := _read(node)) else None)


def _read(node: Any) -> _Read | None:
    """Return the parts of values @ softmax(liking where it is among the best, else hardly any).T."""
    if node.get_type_name() != "MatMul" or node.get_attributes() != _SECOND_TURNED:
        return None
    chain = _chain(node, *_CHAIN)
    if not chain:
        return None
    softmax, chosen, best, least, ranking = chain
    found, values, liking = ranking.get_attributes(), node.input_value(0), ranking.input_value(0)
    count = _at_most(ranking.input_value(1))
    fits = (
        found["mode"] == "max"
        and found["axis"] == softmax.get_attributes()["axis"] == 2
        and _takes_last(least)
        and liking == best.input_value(0) == chosen.input_value(1)
        and _is_never(chosen.input_value(2))
        and _is_one_object(values)
        and _is_one_object(liking)
        and 0 < count <= _length(liking)
    )
    return _Read(values, liking, count) if fits else None


def _sparse(read: _Read) -> Any:
    queries, channels = _length(read.liking), _length(read.values)
    # The best in any order: the sum does not ask.
    ranking = _ops.topk(read.liking, _ops.constant(read.count), 2, "max", "none", index_element_type="i32")
    weights = _shaped(_ops.softmax(ranking.output(0), 2), queries, read.count)
    table = _turned(_shaped(read.values, channels, -1))
    found = _ops.embedding_bag_packed_sum(table, _shaped(ranking.output(1), queries, read.count), weights)
    return _shaped(_turned(found), 1, channels, queries)


def _at_most(count: Any) -> int:
    """Return the constant that a number is or does not exceed; 0 when there is none."""
    node = count.get_node()
    if node.get_type_name() == "Constant":
        return int(node.get_data().item())
    if node.get_type_name() in ("Convert", "Minimum", "Squeeze", "Unsqueeze"):
        return max(map(_at_most, node.input_values()[: 2 if node.get_type_name() == "Minimum" else 1]))
    return 0


def _chain(node: Any, *steps: tuple[int, str]) -> list[Any]:
    """Return the nodes met from input to input, each of its kind; none when one is of another."""
    nodes = []
    for place, kind in steps:
        node = node.input_value(place).get_node()
        if node.get_type_name() != kind:
            return []
        nodes.append(node)
    return nodes


def _length(value: Any) -> int:
    return int(value.get_partial_shape()[1].get_length())


def _is_one_object(value: Any) -> bool:
    shape = value.get_partial_shape()
    return len(shape) == 3 and shape[1].is_static and shape[0].is_static and shape[0].get_length() == 1


def _is_never(value: Any) -> bool:
    """Tell whether a value is one very low number all over."""
    node = value.get_node()
    if node.get_type_name() == "Broadcast":
        node = node.input_value(0).get_node()
    return node.get_type_name() == "Constant" and bool((node.get_data() <= _NEVER).all())


def _takes_last(node: Any) -> bool:
    """Tell whether a slice takes the last place of the last axis."""
    sources = [value.get_node() for value in node.input_values()[1:]]
    if any(source.get_type_name() != "Constant" for source in sources):
        return False
    begin, end, step, axis = (source.get_data().tolist() for source in sources)
    return begin == [-1] and end[0] >= np.iinfo(np.int32).max and step == [1] and axis in ([2], [-1])


def _turned(matrix: Any) -> Any:
    return _ops.transpose(matrix, _ops.constant([1, 0]))


def _shaped(value: Any, *shape: int) -> Any:
    return _ops.reshape(value, _ops.constant(list(shape)), False)
