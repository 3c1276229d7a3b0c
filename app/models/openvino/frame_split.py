"""Splits an OpenVINO model in two: what depends on one of its inputs alone, and the rest.

EISeg's segment program takes a frame and the memories of objects; most of its work (query encoder, decoder's skip
paths) depends on the frame alone. These operations are found in the graph, so that any program can be split.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.models.openvino import graph_edits as edits
from app.models.openvino.graph_edits import LAST
from app.models.openvino.runtime import openvino

# Operations cheaper to repeat in the rest than to hand over besides their input.
_CHEAP = frozenset({"Relu", "Reshape", "ShapeOf", "Squeeze", "Unsqueeze"})
_ops = openvino.opset13


@dataclass(frozen=True, slots=True)
class GraphSplit:
    """The two parts of an OpenVINO model."""

    front: Any  #: model from its inputs to some results of the whole, then the values that cross
    rest: Any  #: model from these values, then the other inputs, to the other results
    early: tuple[bool, ...]  #: for each result of the whole, whether the front gives it
    crossing: tuple[str, ...]  #: names of the operations whose values cross


def split_by_input(model: Any, frame: Any, bf16: bool = False) -> GraphSplit:
    """Split a model, whose operations move to the two parts. frame: the input that the front depends on.

    bf16: whether the model will run in bfloat16.
    """
    return split_after(model, find_followers(model, frame), bf16)


def split_after(model: Any, early: set[str], bf16: bool = False) -> GraphSplit:
    """Split a model after some operations, which depend on each other and on inputs alone."""
    ends = [result.input_value(0) for result in model.get_results()]
    nodes = _operations(model)
    crossing = _crossing_values(nodes, early)
    ahead = tuple(_name(end) in early for end in ends)
    own = [node for node in model.get_parameters() if node.get_name() in early]
    entries = [_rest_input(value, early) for value in crossing]
    others = [node for node in model.get_parameters() if node.get_name() not in early]
    known = [end for end, is_early in zip(ends, ahead, strict=True) if is_early]
    found = [end for end, is_early in zip(ends, ahead, strict=True) if not is_early]
    return GraphSplit(
        openvino.Model(_result_nodes([*known, *(_exported(value, bf16) for value in crossing)]), own),
        openvino.Model(_result_nodes(found), [*entries, *others]),
        ahead,
        tuple(map(_name, crossing)),
    )


def find_followers(model: Any, frame: Any) -> set[str]:
    """Return the names of the operations that depend on one input and constants alone.

    What depends on constants alone is duplicated in both parts.
    """
    sources: dict[str, set[str]] = {}
    for node in _operations(model):
        found = set().union(*(sources[_name(value)] for value in node.input_values()))
        sources[node.get_name()] = {node.get_name()} if node.get_type_name() == "Parameter" else found
    return {name for name, found in sources.items() if found == {frame.get_node().get_name()}}


def _operations(model: Any) -> list[Any]:
    return [node for node in model.get_ordered_ops() if node.get_type_name() != "Result"]


def _crossing_values(nodes: list[Any], early: set[str]) -> list[Any]:
    """Return the values that the rest needs of the front, and move cheap operations on these to the rest."""
    while True:
        crossing = [value for node in nodes for value in _values_for_rest(node, early)]
        places = {(_name(value), value.get_index()) for value in crossing}
        late = {
            _name(value)
            for value in crossing
            if _is_used_by_rest_only(value, early) and _is_cheap(value.get_node(), places)
        }
        if not late:
            return crossing
        early -= late


def _values_for_rest(node: Any, early: set[str]) -> list[Any]:
    """Return the outputs of a front node that the rest uses."""
    if node.get_name() not in early:
        return []
    return [value for value in node.outputs() if _uses_in_rest(value, early)]


def _uses_in_rest(value: Any, early: set[str]) -> list[Any]:
    uses = [(use, use.get_node()) for use in value.get_target_inputs()]
    return [use for use, node in uses if node.get_name() not in early and node.get_type_name() != "Result"]


def _is_used_by_rest_only(value: Any, early: set[str]) -> bool:
    """Whether only the rest uses a value."""
    return all(use.get_node().get_name() not in early for use in value.get_target_inputs())


def _is_cheap(node: Any, crossing: set[tuple[str, int]]) -> bool:
    """Whether a node is a cheap operation on a value that crosses anyway."""
    if node.get_type_name() not in _CHEAP:
        return False
    value = node.input_value(0)
    return (_name(value), value.get_index()) in crossing or _is_cheap(value.get_node(), crossing)


def _rest_input(value: Any, early: set[str]) -> Any:
    """Return an input of the rest that replaces a value of the front."""
    shape = list(value.get_partial_shape())
    if _is_feature_map(value):
        entry = _ops.parameter([shape[axis] for axis in LAST], value.get_element_type())
        taken = edits.channels_second(entry)
    else:
        entry = taken = _ops.parameter(shape, value.get_element_type())
    for use in _uses_in_rest(value, early):
        use.replace_source_output(taken.output(0))
    return entry


def _exported(value: Any, bf16: bool) -> Any:
    """Return the form in which a value crosses: maps with channels last, as OpenVINO has them in memory.

    OpenVINO computes everything after a model's last convolution in float32, so in bfloat16 a depthwise identity
    convolution comes last.
    """
    if bf16 and _are_channels_last(value):
        return edits.to_channels_last(edits.identity_conv(edits.from_channels_last(value).output(0)))
    if not _is_feature_map(value):
        return value
    return edits.channels_last(edits.identity_conv(value) if bf16 else value)


def _are_channels_last(value: Any) -> bool:
    """Whether a value may be maps (1, n, h, w, channels), as the Winograd pass leaves them."""
    shape = value.get_partial_shape()
    return bool(len(shape) == 5 and shape.is_static and list(shape)[0] == 1)


def _is_feature_map(value: Any) -> bool:
    return len(value.get_partial_shape()) == 4


def _result_nodes(values: Iterable[Any]) -> list[Any]:
    return [_ops.result(value) for value in values]


def _name(value: Any) -> str:
    return str(value.get_node().get_name())
