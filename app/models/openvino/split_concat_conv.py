"""SplitConcatConv: splits convolutions of concatenated maps, some of which depend on the frame alone.

EISeg's decoder joins what a frame shows to what an object's memory says of it: half of the products there concern the
frame, and are the same for every object.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from app.models.openvino.frame_split import followers
from app.models.openvino.graph_edits import (
    is_convolution,
    is_joined_by_channel,
    kernel_of,
    rewrite,
    shares,
    total,
)
from app.models.openvino.runtime import openvino

_PLACING = ("strides", "pads_begin", "pads_end", "dilations", "auto_pad")
_ops = openvino.opset13


def share(model: Any, frame: Any) -> int:
    """Part the convolutions of a model. frame: the input that is known early. Returns how many there were."""
    early = followers(model, frame)
    return rewrite(model, lambda node: _parted(node) if _is_mixed(node, early) else None)


def _is_mixed(node: Any, early: Set[str]) -> bool:
    if not is_convolution(node) or not is_joined_by_channel(_joined(node)):
        return False
    parts = _joined(node).input_values()
    return len({part.get_node().get_name() in early for part in parts}) > 1


def _joined(node: Any) -> Any:
    """Return what a convolution's input comes from, before a ReLU if there is one."""
    source = node.input_value(0).get_node()
    return source.input_value(0).get_node() if source.get_type_name() == "Relu" else source


def _parted(node: Any) -> Any:
    found, parts = node.get_attributes(), _joined(node).input_values()
    is_positive = node.input_value(0).get_node().get_type_name() == "Relu"
    placing = {key: found[key] for key in _PLACING}
    return total(
        _ops.convolution(_ops.relu(part) if is_positive else part, _ops.constant(weights), **placing)
        for part, weights in zip(parts, shares(kernel_of(node), parts), strict=True)
    )
