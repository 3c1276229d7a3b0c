"""Splits an OpenVINO model in two: what depends on one of its inputs alone, and the rest.

EISeg's segment program takes a frame and the memories of objects; most of its work (query encoder, decoder's skip
paths) concerns the frame alone. Which operations these are is read off the graph, so that any program can be parted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.models.openvino.graph_edits import (
    LAST,
    channels_last,
    channels_second,
    turned,
    turned_back,
    unchanged,
)
from app.models.openvino.runtime import openvino

_LIGHT = frozenset({"Relu", "Reshape", "ShapeOf", "Squeeze", "Unsqueeze"})
"""Operations cheaper to do again than to hand over beside what they are made of."""
_ops = openvino.opset13


@dataclass(frozen=True, slots=True)
class GraphSplit:
    """front: from its inputs to some results of the whole, then what crosses; rest: from what crosses, then the
    other inputs, to the other results. early: for each result of the whole, whether the front gives it. crossing:
    the operations that gave what crosses.
    """

    front: Any
    rest: Any
    early: tuple[bool, ...]
    crossing: tuple[str, ...]


def split(model: Any, frame: Any, bf16: bool = False) -> GraphSplit:
    """Part a model, whose operations go over to the two parts. frame: its input that the front follows from.

    bf16: whether the model will run in bfloat16.
    """
    return cut(model, followers(model, frame), bf16)


def cut(model: Any, early: set[str], bf16: bool = False) -> GraphSplit:
    """Part a model before whatever is not among some operations, which follow from each other and inputs alone."""
    ends = [result.input_value(0) for result in model.get_results()]
    nodes = _operations(model)
    crossing = _crossing(nodes, early)
    ahead = tuple(_name(end) in early for end in ends)
    own = [node for node in model.get_parameters() if node.get_name() in early]
    entries = [_entry(value, early) for value in crossing]
    others = [node for node in model.get_parameters() if node.get_name() not in early]
    known = [end for end, is_early in zip(ends, ahead, strict=True) if is_early]
    found = [end for end, is_early in zip(ends, ahead, strict=True) if not is_early]
    return GraphSplit(
        openvino.Model(_results([*known, *(_handed_over(value, bf16) for value in crossing)]), own),
        openvino.Model(_results(found), [*entries, *others]),
        ahead,
        tuple(map(_name, crossing)),
    )


def followers(model: Any, frame: Any) -> set[str]:
    """Return the names of the operations that follow from an input and constants alone.

    What follows from constants alone belongs to neither part: each has it.
    """
    sources: dict[str, set[str]] = {}
    for node in _operations(model):
        found = set().union(*(sources[_name(value)] for value in node.input_values()))
        sources[node.get_name()] = {node.get_name()} if node.get_type_name() == "Parameter" else found
    return {name for name, found in sources.items() if found == {frame.get_node().get_name()}}


def _operations(model: Any) -> list[Any]:
    return [node for node in model.get_ordered_ops() if node.get_type_name() != "Result"]


def _crossing(nodes: list[Any], early: set[str]) -> list[Any]:
    """Return the values that the rest needs of the front, and take light operations on these out of the early ones."""
    while True:
        crossing = [value for node in nodes for value in _needed(node, early)]
        places = {(_name(value), value.get_index()) for value in crossing}
        late = {
            _name(value)
            for value in crossing
            if _is_late(value, early) and _is_light(value.get_node(), places)
        }
        if not late:
            return crossing
        early -= late


def _needed(node: Any, early: set[str]) -> list[Any]:
    """Return what a node of the front gives to the rest."""
    if node.get_name() not in early:
        return []
    return [value for value in node.outputs() if _late_uses(value, early)]


def _late_uses(value: Any, early: set[str]) -> list[Any]:
    uses = [(use, use.get_node()) for use in value.get_target_inputs()]
    return [use for use, node in uses if node.get_name() not in early and node.get_type_name() != "Result"]


def _is_late(value: Any, early: set[str]) -> bool:
    """Whether only the rest takes a value."""
    return all(use.get_node().get_name() not in early for use in value.get_target_inputs())


def _is_light(node: Any, crossing: set[tuple[str, int]]) -> bool:
    """Whether a node makes little of what crosses anyway."""
    if node.get_type_name() not in _LIGHT:
        return False
    value = node.input_value(0)
    return (_name(value), value.get_index()) in crossing or _is_light(value.get_node(), crossing)


def _entry(value: Any, early: set[str]) -> Any:
    """Return an input of the rest that takes the place of a value from the front."""
    shape = list(value.get_partial_shape())
    if _are_maps(value):
        entry = _ops.parameter([shape[axis] for axis in LAST], value.get_element_type())
        taken = channels_second(entry)
    else:
        entry = taken = _ops.parameter(shape, value.get_element_type())
    for use in _late_uses(value, early):
        use.replace_source_output(taken.output(0))
    return entry


def _handed_over(value: Any, bf16: bool) -> Any:
    """Return the form in which a value crosses: maps with their channels last, as OpenVINO has them in memory.

    OpenVINO computes in float32 whatever lies between a model's last convolution and its end, so in bfloat16 a
    convolution of single channels, which changes nothing, comes last.
    """
    if bf16 and _are_turned(value):
        return turned(unchanged(turned_back(value).output(0)))
    if not _are_maps(value):
        return value
    return channels_last(unchanged(value) if bf16 else value)


def _are_turned(value: Any) -> bool:
    """Whether these may be maps (1, n, h, w, channels), as wide convolutions leave them."""
    shape = value.get_partial_shape()
    return bool(len(shape) == 5 and shape.is_static and list(shape)[0] == 1)


def _are_maps(value: Any) -> bool:
    return len(value.get_partial_shape()) == 4


def _results(values: Iterable[Any]) -> list[Any]:
    return [_ops.result(value) for value in values]


def _name(value: Any) -> str:
    return str(value.get_node().get_name())
