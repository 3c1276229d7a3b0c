"""Helpers to match and replace nodes of an OpenVINO graph."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.openvino.runtime import openvino

Kernel = NDArray[np.float32]
LAST = [0, 2, 3, 1]  # Axes of maps (n, channels, h, w) with channels last.
_SECOND = [0, 3, 1, 2]  # the way back
_ops = openvino.opset13


def replace_nodes(model: Any, replacement_of: Callable[[Any], Any]) -> int:
    """Replace nodes of one output by others; returns how many.

    replacement_of: makes the other of a node, or returns None when the node stays.
    """
    count = 0
    for node in model.get_ordered_ops():
        other = replacement_of(node)
        if other is not None:
            for use in node.output(0).get_target_inputs():
                use.replace_source_output(other.output(0))
            count += 1
    return count


def is_convolution(node: Any) -> bool:
    """Return whether a node is a convolution with constant weights."""
    is_one = node.get_type_name() == "Convolution"
    return bool(is_one and node.input_value(1).get_node().get_type_name() == "Constant")


def weights_of(convolution: Any) -> Kernel:
    """Return the weights (outputs, inputs, ...) of a convolution."""
    return np.asarray(convolution.input_value(1).get_node().get_data())


def concatenates_channels(node: Any) -> bool:
    """Return whether a node concatenates maps (n, channels, h, w) along their channels."""
    return bool(node.get_type_name() == "Concat" and node.get_attributes()["axis"] in (1, -3))


def split_weights(kernel: Kernel, parts: Sequence[Any]) -> Iterator[Kernel]:
    """Yield the part of a kernel (outputs, inputs, ...) for each of the values concatenated to its input."""
    ends = accumulate((part.get_shape()[1] for part in parts), initial=0)
    for begin, end in pairwise(ends):
        yield np.ascontiguousarray(kernel[:, begin:end])


def identity_conv(maps: Any) -> Any:
    """Return a depthwise convolution that leaves maps (n, channels, h, w) as they are."""
    ones = np.ones((maps.get_partial_shape()[1].get_length(), 1, 1, 1, 1), np.float32)
    return _ops.group_convolution(maps, _ops.constant(ones), [1, 1], [0, 0], [0, 0], [1, 1]).output(0)


def channels_last(maps: Any) -> Any:
    """Return maps (n, channels, h, w) as (n, h, w, channels)."""
    return _ops.transpose(maps, _ops.constant(LAST))


def channels_second(maps: Any) -> Any:
    """Return maps (n, h, w, channels) as (n, channels, h, w)."""
    return _ops.transpose(maps, _ops.constant(_SECOND))


def to_channels_last(maps: Any) -> Any:
    """Return (1, n, h, w, channels) of maps (n, channels, h, w).

    The fifth axis keeps OpenVINO from converting the memory layout there and back.
    """
    return _ops.unsqueeze(channels_last(maps), _ops.constant([0]))


def from_channels_last(maps: Any) -> Any:
    """Return (n, channels, h, w) of maps (1, n, h, w, channels)."""
    return channels_second(_ops.squeeze(maps, _ops.constant([0])))


def sum_values(terms: Iterable[Any]) -> Any:
    return reduce(_ops.add, terms)
