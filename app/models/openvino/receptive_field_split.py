"""Splits an OpenVINO model behind the operations of small receptive field.

The first operations of a click network (stem and first stage) are a third of its work, and a click changes their
results around itself alone. These operations are found in the graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.models.openvino.frame_split import GraphSplit, split_after
from app.models.openvino.graph_edits import is_convolution

# Pixels to either side in the receptive field of near operations: the window of 128 holds it twice beside a click;
# the stages behind see so far that nearly all changes anyway.
FARTHEST_PIXELS = 24
STEP = 8  # Pixels per cell of the coarsest near maps; the window must be a multiple.
_PLAIN = frozenset({"Add", "Concat", "LeakyRelu", "Multiply", "PRelu", "Relu"})


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """Input pixels that a cell of maps depends on: cell * step - before to cell * step + after."""

    step: int  #: pixels per cell
    before: int  #: pixels
    after: int  #: pixels


@dataclass(frozen=True, slots=True)
class ReceptiveFieldSplit:
    """A model split behind its near operations."""

    parts: GraphSplit  #: the front is near
    fields: Sequence[ReceptiveField]  #: of each of the maps that cross


def split_receptive_field(model: Any, bf16: bool = False) -> ReceptiveFieldSplit | None:
    """Split a model of known sizes, whose operations move to the parts; None if that gains nothing.

    All inputs must be maps (1, channels, h, w) of one size that near operations alone use, and no result be near.
    """
    sizes = {tuple(list(port.get_shape())[2:]) for port in model.inputs}
    fields = _receptive_fields(model, *sizes) if len(sizes) == 1 else {}
    if not any(field.step > 1 for field in fields.values()):
        return None
    uses = [use.get_node() for port in model.inputs for use in port.get_target_inputs()]
    ends = [result.input_value(0).get_node() for result in model.get_results()]
    if not all(use.get_name() in fields for use in uses) or any(end.get_name() in fields for end in ends):
        return None
    parts = split_after(model, set(fields), bf16)
    return ReceptiveFieldSplit(parts, [fields[name] for name in parts.crossing])


def _receptive_fields(model: Any, size: tuple[int, ...]) -> dict[str, ReceptiveField]:
    """Return the receptive field of each near operation by name."""
    found: dict[str, ReceptiveField] = {}
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Parameter":
            found[node.get_name()] = ReceptiveField(1, 0, 0)
            continue
        field = _receptive_field(node, found)
        if field is not None and _is_near(node, field, size):
            found[node.get_name()] = field
    return found


def _receptive_field(node: Any, found: dict[str, ReceptiveField]) -> ReceptiveField | None:
    sources = [value.get_node() for value in node.input_values()]
    known = [found.get(source.get_name()) for source in sources if source.get_type_name() != "Constant"]
    fields = [field for field in known if field is not None]
    if not fields or len(fields) < len(known):
        return None
    if is_convolution(node):
        return _field_through(node, fields[0])
    if node.get_type_name() not in _PLAIN or len({field.step for field in fields}) > 1:
        return None
    return ReceptiveField(
        fields[0].step, max(field.before for field in fields), max(field.after for field in fields)
    )


def _field_through(convolution: Any, source: ReceptiveField) -> ReceptiveField | None:
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


def _is_near(node: Any, field: ReceptiveField, size: tuple[int, ...]) -> bool:
    """Whether the receptive field is small enough, and the cells divide the picture evenly."""
    shape = list(node.get_output_shape(0))
    is_near = field.step <= STEP and max(field.before, field.after) <= FARTHEST_PIXELS
    return (
        is_near and len(shape) == len(size) + 2 and bool(np.all(np.multiply(shape[2:], field.step) == size))
    )
