"""Top-k memory read: gathers the k best memory positions of each query instead of multiplying by a sparse matrix.

The program has a weight for every position, all but k of them zero. With k weights and their indices instead,
thousands of products per query become k.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.models.openvino.graph_edits import replace_nodes
from app.models.openvino.runtime import openvino

_NEVER = -1e4  # Affinity below which a softmax in float32 gives 0.
_SECOND_TURNED = {"transpose_a": False, "transpose_b": True}
_CHAIN = ((1, "Softmax"), (0, "Select"), (0, "GreaterEqual"), (1, "Slice"), (0, "TopK"))
_ops = openvino.opset13


@dataclass(frozen=True, slots=True)
class _MemoryRead:
    """A matched read. Frames are all of one size, so there are at least as many positions as queries."""

    values: Any  #: (1, channels, positions)
    affinity: Any  #: (1, queries, positions)
    count: int  #: positions that a query reads


def read_topk_memory(model: Any) -> int:
    """Replace top-k reads of one object; returns how many there were."""
    return replace_nodes(model, lambda node: _topk_read(read) if (read := _match_read(node)) else None)


def _match_read(node: Any) -> _MemoryRead | None:
    """Match values @ softmax(affinity where among the best, else very low).T."""
    if node.get_type_name() != "MatMul" or node.get_attributes() != _SECOND_TURNED:
        return None
    chain = _match_chain(node, *_CHAIN)
    if not chain:
        return None
    softmax, chosen, best, least, ranking = chain
    found, values, affinity = ranking.get_attributes(), node.input_value(0), ranking.input_value(0)
    count = _upper_bound(ranking.input_value(1))
    fits = (
        found["mode"] == "max"
        and found["axis"] == softmax.get_attributes()["axis"] == 2
        and _slices_last(least)
        and affinity == best.input_value(0) == chosen.input_value(1)
        and _is_mask_value(chosen.input_value(2))
        and _is_single_object(values)
        and _is_single_object(affinity)
        and 0 < count <= _axis_length(affinity)
    )
    return _MemoryRead(values, affinity, count) if fits else None


def _topk_read(read: _MemoryRead) -> Any:
    queries, channels = _axis_length(read.affinity), _axis_length(read.values)
    # In any order, since they are summed.
    ranking = _ops.topk(read.affinity, _ops.constant(read.count), 2, "max", "none", index_element_type="i32")
    weights = _reshape(_ops.softmax(ranking.output(0), 2), queries, read.count)
    table = _transposed(_reshape(read.values, channels, -1))
    found = _ops.embedding_bag_packed_sum(table, _reshape(ranking.output(1), queries, read.count), weights)
    return _reshape(_transposed(found), 1, channels, queries)


def _upper_bound(count: Any) -> int:
    """Return a constant that a number does not exceed; 0 if there is none."""
    node = count.get_node()
    if node.get_type_name() == "Constant":
        return int(node.get_data().item())
    if node.get_type_name() in ("Convert", "Minimum", "Squeeze", "Unsqueeze"):
        return max(map(_upper_bound, node.input_values()[: 2 if node.get_type_name() == "Minimum" else 1]))
    return 0


def _match_chain(node: Any, *steps: tuple[int, str]) -> list[Any]:
    """Return the nodes along a chain of inputs, given as (input, kind); empty if a kind differs."""
    nodes = []
    for place, kind in steps:
        node = node.input_value(place).get_node()
        if node.get_type_name() != kind:
            return []
        nodes.append(node)
    return nodes


def _axis_length(value: Any) -> int:
    return int(value.get_partial_shape()[1].get_length())


def _is_single_object(value: Any) -> bool:
    shape = value.get_partial_shape()
    return len(shape) == 3 and shape[1].is_static and shape[0].is_static and shape[0].get_length() == 1


def _is_mask_value(value: Any) -> bool:
    """Return whether a value is one very low number everywhere."""
    node = value.get_node()
    if node.get_type_name() == "Broadcast":
        node = node.input_value(0).get_node()
    return node.get_type_name() == "Constant" and bool((node.get_data() <= _NEVER).all())


def _slices_last(node: Any) -> bool:
    """Return whether a slice takes the last position of the last axis."""
    sources = [value.get_node() for value in node.input_values()[1:]]
    if any(source.get_type_name() != "Constant" for source in sources):
        return False
    begin, end, step, axis = (source.get_data().tolist() for source in sources)
    return begin == [-1] and end[0] >= np.iinfo(np.int32).max and step == [1] and axis in ([2], [-1])


def _transposed(matrix: Any) -> Any:
    return _ops.transpose(matrix, _ops.constant([1, 0]))


def _reshape(value: Any, *shape: int) -> Any:
    return _ops.reshape(value, _ops.constant(list(shape)), False)
