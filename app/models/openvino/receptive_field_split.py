"""Splits an OpenVINO model behind the operations of small receptive field.

The first operations of a click network (stem and first stage) are a third of its work, and a click changes what they
give around itself alone. Which operations these are is read off the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.models.openvino.frame_split import GraphSplit, cut
from app.models.openvino.graph_edits import is_convolution

FARTHEST = 24
"""Pixels to either side that near operations see; farther ones would see most of what changes anyway."""
STEP = 8
"""The coarsest maps that are near, in pixels a place."""
_PLAIN = frozenset({"Add", "Concat", "LeakyRelu", "Multiply", "PRelu", "Relu"})


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """A place of some maps is made of the inputs from place * step - before to place * step + after."""

    step: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ReceptiveFieldSplit:
    """parts: front, which is near, and rest; sights: of each of the maps that cross."""

    parts: GraphSplit
    sights: Sequence[ReceptiveField]


def split_near(model: Any, bf16: bool = False) -> ReceptiveFieldSplit | None:
    """Part a model of known sizes, whose operations go over to the parts; None where that gains nothing.

    All inputs must be maps (1, channels, h, w) of one size that near operations alone take, and no result be near.
    """
    sizes = {tuple(list(port.get_shape())[2:]) for port in model.inputs}
    sights = _sights(model, *sizes) if len(sizes) == 1 else {}
    if not any(sight.step > 1 for sight in sights.values()):
        return None
    uses = [use.get_node() for port in model.inputs for use in port.get_target_inputs()]
    ends = [result.input_value(0).get_node() for result in model.get_results()]
    if not all(use.get_name() in sights for use in uses) or any(end.get_name() in sights for end in ends):
        return None
    parts = cut(model, set(sights), bf16)
    return ReceptiveFieldSplit(parts, [sights[name] for name in parts.crossing])


def _sights(model: Any, size: tuple[int, ...]) -> dict[str, ReceptiveField]:
    """Return the near operations, and how far they see."""
    found: dict[str, ReceptiveField] = {}
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Parameter":
            found[node.get_name()] = ReceptiveField(1, 0, 0)
            continue
        sight = _sight(node, found)
        if sight is not None and _fits(node, sight, size):
            found[node.get_name()] = sight
    return found


def _sight(node: Any, found: dict[str, ReceptiveField]) -> ReceptiveField | None:
    sources = [value.get_node() for value in node.input_values()]
    known = [found.get(source.get_name()) for source in sources if source.get_type_name() != "Constant"]
    sights = [sight for sight in known if sight is not None]
    if not sights or len(sights) < len(known):
        return None
    if is_convolution(node):
        return _through(node, sights[0])
    if node.get_type_name() not in _PLAIN or len({sight.step for sight in sights}) > 1:
        return None
    return ReceptiveField(
        sights[0].step, max(sight.before for sight in sights), max(sight.after for sight in sights)
    )


def _through(convolution: Any, source: ReceptiveField) -> ReceptiveField | None:
    found = convolution.get_attributes()
    strides, begins = set(found["strides"]), set(found["pads_begin"])
    sides = set(list(convolution.get_input_shape(1))[2:])
    if found["auto_pad"] != "explicit" or len(strides) > 1 or len(begins) > 1 or len(sides) > 1:
        return None
    (stride,), (begin,), (side,) = strides, begins, sides
    reach = (side - 1) * max(found["dilations"])
    return ReceptiveField(
        source.step * stride,
        source.before + begin * source.step,
        source.after + (reach - begin) * source.step,
    )


def _fits(node: Any, sight: ReceptiveField, size: tuple[int, ...]) -> bool:
    """Whether maps are near enough, and each of their places stands for as many pixels as any other."""
    shape = list(node.get_output_shape(0))
    is_near = sight.step <= STEP and max(sight.before, sight.after) <= FARTHEST
    return (
        is_near and len(shape) == len(size) + 2 and bool(np.all(np.multiply(shape[2:], sight.step) == size))
    )
