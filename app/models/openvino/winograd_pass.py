"""Graph pass that replaces a model's wide 3x3 convolutions by Winograd's filtering; see winograd.

Matrix products take channels last, OpenVINO's other operations name them second; so the operations between wide
convolutions are converted to channels last as well, and back only where other operations begin.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app.models.openvino import graph_edits as edits
from app.models.openvino.runtime import openvino
from app.models.openvino.winograd import (
    KERNEL,
    WinogradPatches,
    convolve_patches,
    extract_patches,
    pad_for_tiles,
)

# Found by timing EISeg's networks at several values; the times themselves were not kept.
LEAST_CHANNELS = 48  # Input and output channels below which the sums cost more than the products save.
LEAST_PRODUCTS = 100  # Of channels per pixel of the picture, below which nothing is gained.
# Of channels per pixel, from which tiles are large, unless at the picture's own size: these few convolutions are most
# of the work, and none is in the long chains in which rounding errors would add up.
MANY_PRODUCTS = 1024
# Of the picture, from which tiles are large; below, their larger weights cost what they save.
LEAST_AREA = 1 / 128
LARGE_TILE, SMALL_TILE = 6, 4  # Outputs a side; in bfloat16, which rounds coarsely, all tiles are small.
_STRIDE_ONE = {"strides": [1, 1], "dilations": [1, 1], "pads_begin": [1, 1], "pads_end": [1, 1]}
_ops = openvino.opset13
_OutputKey = tuple[str, int]


def apply_winograd(model: Any, bf16: bool = False, picture: int | None = None) -> int:
    """Replace a model's wide 3x3 convolutions of maps whose sizes are known; returns how many there were.

    bf16: whether the model will run in bfloat16. picture: its pixels; if not given, those of the largest input.
    """
    picture = picture or max((_area(port) for port in model.inputs if _is_feature_map(port)), default=1)
    rewriting = _ChannelsLast()
    for node in model.get_ordered_ops():
        weight = _count_products(node) / picture
        if weight >= LEAST_PRODUCTS:
            is_large = (
                not bf16
                and weight >= MANY_PRODUCTS
                and LEAST_AREA * picture <= _area(node.output(0)) < picture
            )
            rewriting.convolve(node, LARGE_TILE if is_large else SMALL_TILE)
        else:
            rewriting.convert(node)
    rewriting.restore_layout()
    return rewriting.count


class _ChannelsLast:
    """Converts operations to maps (1, n, h, w, channels). count: of the wide convolutions among them."""

    def __init__(self) -> None:
        self.count = 0
        self._converted_maps: dict[_OutputKey, Any] = {}
        self._nodes: list[Any] = []
        self._patches: dict[tuple[str, int, int], WinogradPatches] = {}

    def convolve(self, node: Any, tile: int) -> None:
        """Convert a wide 3x3 convolution."""
        source, kernel = node.input_value(0), edits.weights_of(node)
        place = (*_output_key(source), tile)
        if place not in self._patches:
            size = node.get_output_shape(0)[2:]
            self._patches[place] = extract_patches(self._padded_maps(source, tile), tile, tuple(size))
        last, finished = _fused_tail(node)
        self._record(last, convolve_patches(self._patches[place], kernel, finished))
        self.count += 1

    def convert(self, node: Any) -> None:
        """Convert any other operation that can be and has converted inputs."""
        sources = [self._converted_maps.get(_output_key(value)) for value in node.input_values()]
        if not any(sources):
            return
        kind = node.get_type_name()
        if kind == "Interpolate":
            _prefer_channels_last(node)
        elif kind == "Relu":
            self._record(node, _ops.relu(sources[0]))
        elif kind == "Add":
            self._add(node, sources)
        elif kind == "Reshape":
            _convert_pixel_products(node, sources[0])

    def restore_layout(self) -> None:
        """Connect the operations that were not converted to those that were."""
        names = {node.get_name() for node in self._nodes}
        for node in self._nodes:
            uses = [
                use for use in node.output(0).get_target_inputs() if use.get_node().get_name() not in names
            ]
            if uses:
                maps = edits.from_channels_last(self._converted_maps[_output_key(node.output(0))]).output(0)
                for use in uses:
                    use.replace_source_output(maps)

    def _add(self, node: Any, sources: Sequence[Any]) -> None:
        terms = [
            source or self._term(value) for source, value in zip(sources, node.input_values(), strict=True)
        ]
        if all(terms):
            self._record(node, _ops.add(*terms))

    def _term(self, value: Any) -> Any:
        """Return the converted form of what is added to converted maps; None if it is of another shape."""
        if value.get_node().get_type_name() == "Constant":
            return _bias(value)
        return self._converted(value) if _is_feature_map(value) else None

    def _padded_maps(self, maps: Any, tile: int) -> Any:
        """Return maps converted and padded.

        Padding comes first for maps that are not converted yet: the transposition is then free, as OpenVINO keeps
        channels last in memory, but not directly after a convolution with a fused sum.
        """
        known = self._converted_maps.get(_output_key(maps))
        return (
            edits.to_channels_last(pad_for_tiles(maps, tile)) if known is None else pad_for_tiles(known, tile)
        )

    def _converted(self, maps: Any) -> Any:
        place = _output_key(maps)
        if place not in self._converted_maps:
            self._converted_maps[place] = edits.to_channels_last(maps)
        return self._converted_maps[place]

    def _record(self, node: Any, maps: Any) -> None:
        self._converted_maps[_output_key(node.output(0))] = maps
        self._nodes.append(node)


def _fused_tail(node: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return the last operation to be fused with a convolution, and a function that applies all of them.

    These are a bias and a ReLU.
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
    """Return a per-channel constant as it is added to converted maps; None for anything else."""
    node = value.get_node()
    shape = list(value.get_shape()) if node.get_type_name() == "Constant" else []
    is_bias = len(shape) == 4 and max(shape[0], *shape[2:]) == 1
    return _ops.constant(node.get_data().reshape(-1)) if is_bias else None


def _convert_pixel_products(node: Any, maps: Any) -> None:
    """Convert matrix products over all pixels of flattened maps, so that no maps are converted back for them."""
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


def _prefer_channels_last(node: Any) -> None:
    """Make OpenVINO run an operation with channels last in memory, in which it is faster.

    OpenVINO chooses the layout that the operation before prefers, and a depthwise convolution prefers this one.
    """
    node.input(0).replace_source_output(edits.identity_conv(node.input_value(0)))


def _is_feature_map(value: Any) -> bool:
    shape = value.get_partial_shape()
    return bool(shape.is_static and len(shape) == 4)


def _area(maps: Any) -> int:
    height, width = maps.get_shape()[2:]
    return int(height * width)


def _count_products(node: Any) -> int:
    """Return the products of channels of a wide, plain 3x3 convolution; 0 for anything else."""
    if not edits.is_convolution(node) or not _is_feature_map(node.output(0)):
        return 0
    found = node.get_attributes()
    if found["auto_pad"] != "explicit":
        return 0
    outputs, inputs, *size = node.get_input_shape(1)
    is_plain = size == [KERNEL, KERNEL] and all(list(found[key]) == _STRIDE_ONE[key] for key in _STRIDE_ONE)
    return (
        outputs * inputs * _area(node.output(0)) if is_plain and min(outputs, inputs) >= LEAST_CHANNELS else 0
    )


def _output_key(output: Any) -> _OutputKey:
    return output.get_node().get_name(), output.get_index()
