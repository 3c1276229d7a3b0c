"""Lets OpenVINO compute a model's wide 3x3 convolutions with fewer products; see winograd.

Products want channels last, other operations of OpenVINO want them second in name; so whatever lies between wide
convolutions is said with channels last as well, and turned back only where something else begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app.models.openvino.graph_edits import is_convolution, kernel_of, turned, turned_back, unchanged
from app.models.openvino.runtime import openvino
from app.models.openvino.winograd import KERNEL, Patches, convolved, padded, patches_of

FEWEST = 48
"""Input and output channels below which the sums cost more than the products save."""
WEIGHT = 100
"""The fewest products of channels for each pixel of the picture that gain."""
MANY = 1024
"""From so many on tiles are large, save at the picture's size: these few are most of the work, and none is of the many
in a row in which rounding errors would add up."""
LEAST_AREA = 1 / 128
"""Of the picture, from which on tiles are large; below, their larger weights cost what they save."""
LARGE, SMALL = 6, 4
"""In bfloat16, whose own rounding is coarse, all tiles are small."""
_WANTED = {"strides": [1, 1], "dilations": [1, 1], "pads_begin": [1, 1], "pads_end": [1, 1]}
_ops = openvino.opset13
_Place = tuple[str, int]


def multiply_less(model: Any, bf16: bool = False, picture: int | None = None) -> int:
    """Replace a model's wide 3x3 convolutions of maps whose sizes are known; returns how many there were.

    bf16: whether the model will run in bfloat16. picture: its pixels; if not given, those of the largest input.
    """
    picture = picture or max((_area(port) for port in model.inputs if _are_maps(port)), default=1)
    rewriting = _ChannelsLast()
    for node in model.get_ordered_ops():
        weight = _weight(node) / picture
        if weight >= WEIGHT:
            is_large = not bf16 and weight >= MANY and LEAST_AREA * picture <= _area(node.output(0)) < picture
            rewriting.convolve(node, LARGE if is_large else SMALL)
        else:
            rewriting.follow(node)
    rewriting.turn_back()
    return rewriting.count


class _ChannelsLast:
    """Says operations again on maps (1, n, h, w, channels). count: the wide convolutions among them."""

    def __init__(self) -> None:
        self.count = 0
        self._known: dict[_Place, Any] = {}
        self._nodes: list[Any] = []
        self._patches: dict[tuple[str, int, int], Patches] = {}

    def convolve(self, node: Any, tile: int) -> None:
        """Take a wide 3x3 convolution."""
        source, kernel = node.input_value(0), kernel_of(node)
        place = (*_place(source), tile)
        if place not in self._patches:
            size = node.get_output_shape(0)[2:]
            self._patches[place] = patches_of(self._padded(source, tile), tile, tuple(size))
        last, finished = _ending(node)
        self._learn(last, convolved(self._patches[place], kernel, finished))
        self.count += 1

    def follow(self, node: Any) -> None:
        """Take any other operation, if it goes on from maps that are turned and can do so."""
        sources = [self._known.get(_place(value)) for value in node.input_values()]
        if not any(sources):
            return
        kind = node.get_type_name()
        if kind == "Interpolate":
            _keep_channels_last(node)
        elif kind == "Relu":
            self._learn(node, _ops.relu(sources[0]))
        elif kind == "Add":
            self._add(node, sources)
        elif kind == "Reshape":
            _multiply_pixels(node, sources[0])

    def turn_back(self) -> None:
        """Give the other operations what they took from those said again."""
        names = {node.get_name() for node in self._nodes}
        for node in self._nodes:
            uses = [
                use for use in node.output(0).get_target_inputs() if use.get_node().get_name() not in names
            ]
            if uses:
                maps = turned_back(self._known[_place(node.output(0))]).output(0)
                for use in uses:
                    use.replace_source_output(maps)

    def _add(self, node: Any, sources: Sequence[Any]) -> None:
        terms = [
            source or self._term(value) for source, value in zip(sources, node.input_values(), strict=True)
        ]
        if all(terms):
            self._learn(node, _ops.add(*terms))

    def _term(self, value: Any) -> Any:
        """Return the turned form of what is added to turned maps, None when it is of another shape."""
        if value.get_node().get_type_name() == "Constant":
            return _bias(value)
        return self._of(value) if _are_maps(value) else None

    def _padded(self, maps: Any, tile: int) -> Any:
        """Return maps turned, with zeros around them.

        Maps that are not turned are padded before they are: OpenVINO turns them for nothing, as it keeps channels
        last itself, but not where they come from a convolution that adds to its result.
        """
        known = self._known.get(_place(maps))
        return turned(padded(maps, tile)) if known is None else padded(known, tile)

    def _of(self, maps: Any) -> Any:
        place = _place(maps)
        if place not in self._known:
            self._known[place] = turned(maps)
        return self._known[place]

    def _learn(self, node: Any, maps: Any) -> None:
        self._known[_place(node.output(0))] = maps
        self._nodes.append(node)


def _ending(node: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return the last of the operations that only go on from a convolution, and what it and those before it do.

    These are a bias and a Relu; anything else begins anew.
    """
    bias = None
    added = _only_use(node)
    if added is not None and added.get_type_name() == "Add":
        bias = next(filter(None, map(_bias, added.input_values())), None)
    if bias is None:
        return node, lambda maps: maps
    relu = _only_use(added)
    if relu is None or relu.get_type_name() != "Relu":
        return added, lambda maps: _ops.add(maps, bias)
    return relu, lambda maps: _ops.relu(_ops.add(maps, bias))


def _only_use(node: Any) -> Any:
    uses = list(node.output(0).get_target_inputs())
    return uses[0].get_node() if len(uses) == 1 else None


def _bias(value: Any) -> Any:
    """Return a constant for each channel as it is added to turned maps, None for anything else."""
    node = value.get_node()
    shape = list(value.get_shape()) if node.get_type_name() == "Constant" else []
    is_bias = len(shape) == 4 and max(shape[0], *shape[2:]) == 1
    return _ops.constant(node.get_data().reshape(-1)) if is_bias else None


def _multiply_pixels(node: Any, maps: Any) -> None:
    """Give products over all pixels of flattened maps what is turned, so that nothing is turned back for them."""
    n, channels, *size = node.get_input_shape(0)
    pixels = int(np.prod(size))
    if list(node.get_output_shape(0)) != [n, channels, pixels]:
        return
    flat = _ops.reshape(maps, _ops.constant([n, pixels, channels]), False)
    for use in node.output(0).get_target_inputs():
        product = use.get_node()
        found = product.get_attributes()
        if product.get_type_name() == "MatMul" and use.get_index() == 1 and found["transpose_b"]:
            same = _ops.matmul(product.input_value(0), flat, found["transpose_a"], False)
            for end in product.output(0).get_target_inputs():
                end.replace_source_output(same.output(0))


def _keep_channels_last(node: Any) -> None:
    """Let an operation that could take maps either way have channels last in memory, which it is faster with.

    OpenVINO chooses what the operation before prefers, and a convolution of single channels prefers that.
    """
    node.input(0).replace_source_output(unchanged(node.input_value(0)))


def _are_maps(value: Any) -> bool:
    shape = value.get_partial_shape()
    return bool(shape.is_static and len(shape) == 4)


def _area(maps: Any) -> int:
    height, width = maps.get_shape()[2:]
    return int(height * width)


def _weight(node: Any) -> int:
    """Return the products of channels of a 3x3 convolution of this sort with enough of them, 0 of anything else."""
    if not is_convolution(node) or not _are_maps(node.output(0)):
        return 0
    found = node.get_attributes()
    if found["auto_pad"] != "explicit":
        return 0
    outputs, inputs, *size = node.get_input_shape(1)
    is_plain = size == [KERNEL, KERNEL] and all(list(found[key]) == _WANTED[key] for key in _WANTED)
    return outputs * inputs * _area(node.output(0)) if is_plain and min(outputs, inputs) >= FEWEST else 0


def _place(output: Any) -> _Place:
    return output.get_node().get_name(), output.get_index()
