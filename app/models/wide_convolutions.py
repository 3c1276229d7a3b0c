"""Lets OpenVINO compute a model's wide 3x3 convolutions with fewer products; see winograd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.models.openvino_runtime import openvino
from app.models.winograd import KERNEL, convolved, patches_of

FEWEST = 64
"""Input and output channels below which the sums cost more than the products save."""
WEIGHT = 100
"""The least product of channels, over the square of how much smaller than the picture the maps are, that gains."""
_TO_LAST, _TO_SECOND = [0, 2, 3, 1], [0, 3, 1, 2]
_WANTED = {"strides": [1, 1], "dilations": [1, 1], "pads_begin": [1, 1], "pads_end": [1, 1]}
_ops = openvino.opset13
_Place = tuple[str, int]


def quicken(model: Any) -> int:
    """Replace the wide 3x3 convolutions of an OpenVINO model of any input size; returns how many there were."""
    nodes = model.get_ordered_ops()
    scales = _scales(nodes)
    suitable = [node for node in nodes if _is_suitable(node, scales[node.get_name()])]
    patches: dict[_Place, tuple[list[Any], Any]] = {}
    layout = _ChannelsLast()
    for node in suitable:
        source, kernel = node.input_value(0), node.input_value(1).get_node().get_data()
        place = _place(source)
        if place not in patches:
            patches[place] = patches_of(layout.of(source), kernel.shape[1])
        maps = convolved(source, *patches[place], kernel)
        result = _ops.transpose(maps, _ops.constant(_TO_SECOND)).output(0)
        layout.learn(result, maps)
        result.get_node().set_friendly_name(node.get_friendly_name())
        node.output(0).replace(result)
    return len(suitable)


class _ChannelsLast:
    """Gives maps (n, channels, h, w) as (n, h, w, channels), past the simple operations behind earlier results."""

    def __init__(self) -> None:
        self._known: dict[_Place, Any] = {}

    def learn(self, maps: Any, turned: Any) -> None:
        """Keep the turned form of maps that have one."""
        self._known[_place(maps)] = turned

    def of(self, maps: Any) -> Any:
        """Return the turned form."""
        return self._passed(maps) or _ops.transpose(maps, _ops.constant(_TO_LAST))

    def _passed(self, maps: Any) -> Any:
        place = _place(maps)
        if place not in self._known:
            self._known[place] = self._past(maps.get_node())
        return self._known[place]

    def _past(self, node: Any) -> Any:
        kind = node.get_type_name()
        if kind == "Relu":
            inside = self._passed(node.input_value(0))
            return inside and _ops.relu(inside)
        if kind != "Add":
            return None
        one, other = node.input_values()
        first = self._passed(one)
        if other.get_node().get_type_name() == "Constant" and first:
            bias = other.get_node().get_data()
            return _ops.add(first, _ops.constant(bias.reshape(-1))) if bias.size == bias.shape[1] else None
        second = self._passed(other)
        return _ops.add(first or self.of(one), second or self.of(other)) if first or second else None


def _scales(nodes: Sequence[Any]) -> dict[str, int]:
    """Return by its name how many times smaller than the picture the maps are that a node gives; 1 when in doubt."""
    found: dict[str, int] = {}
    for node in nodes:
        sources = [value.get_node() for value in node.input_values() if _are_maps(value)]
        scales = [found[source.get_name()] for source in sources if source.get_type_name() != "Constant"]
        stride = node.get_attributes().get("strides", [1])[0]
        found[node.get_name()] = stride * min(scales, default=1)
    return found


def _are_maps(value: Any) -> bool:
    rank = value.get_partial_shape().rank
    return bool(rank.is_static and rank.get_length() == 4)


def _is_suitable(node: Any, scale: int) -> bool:
    if node.get_type_name() != "Convolution":
        return False
    weights, found = node.input_value(1).get_node(), node.get_attributes()
    if weights.get_type_name() != "Constant" or found["auto_pad"] != "explicit":
        return False
    outputs, inputs, *size = weights.shape
    is_wide = min(outputs, inputs) >= FEWEST and outputs * inputs >= WEIGHT * scale**2
    return is_wide and size == [KERNEL, KERNEL] and all(list(found[key]) == _WANTED[key] for key in _WANTED)


def _place(output: Any) -> _Place:
    return output.get_node().get_name(), output.get_index()
