"""SplitConcatConv: splits convolutions of concatenated maps, some of which depend on the frame alone.

EISeg's decoder concatenates features of the frame and of an object's memory: half of the products there depend on
the frame alone and are the same for every object.
"""

from collections.abc import Set
from typing import Any

from app.models.openvino import graph_edits as edits
from app.models.openvino.frame_split import find_followers
from app.models.openvino.runtime import openvino

_PLACING = ("strides", "pads_begin", "pads_end", "dilations", "auto_pad")
_ops = openvino.opset13


def split_concat_convs(model: Any, frame: Any) -> int:
    """Split such convolutions of a model; returns how many there were. frame: the input that is known early."""
    early = find_followers(model, frame)
    return edits.replace_nodes(model, lambda node: _split_conv(node) if _mixes_inputs(node, early) else None)


def _mixes_inputs(node: Any, early: Set[str]) -> bool:
    if not edits.is_convolution(node) or not edits.concatenates_channels(_concat_source(node)):
        return False
    parts = _concat_source(node).input_values()
    return len({part.get_node().get_name() in early for part in parts}) > 1


def _concat_source(node: Any) -> Any:
    """Return the node that gives a convolution's input, before a ReLU if there is one."""
    source = node.input_value(0).get_node()
    return source.input_value(0).get_node() if source.get_type_name() == "Relu" else source


def _split_conv(node: Any) -> Any:
    found, parts = node.get_attributes(), _concat_source(node).input_values()
    is_positive = node.input_value(0).get_node().get_type_name() == "Relu"
    placing = {key: found[key] for key in _PLACING}
    return edits.sum_values(
        _ops.convolution(_ops.relu(part) if is_positive else part, _ops.constant(weights), **placing)
        for part, weights in zip(parts, edits.split_weights(edits.weights_of(node), parts), strict=True)
    )
