"""DeferUpsamplingConv3x3: applies the nine taps of 3x3 convolutions before upsampling, where pixels are few.

A convolution of upsampled maps is linear in the small ones: each small pixel is multiplied once per tap, and two
matrix products, which upsample and shift at once, move the results into place.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.openvino import graph_edits as edits
from app.models.openvino.defer_upsampling_conv1x1 import bilinear_matrix, conv1x1, is_upsampled
from app.models.openvino.graph_edits import Kernel
from app.models.openvino.runtime import openvino

Matrix = NDArray[np.float32]
TAPS = 3  # a side
# Of upsampling, from which deferring gains: below, upsampling nine taps costs more than convolving upsampled maps.
LEAST_FACTOR = 4
# Channels from which a convolution with few outputs gains: below, moving the columns costs more.
MANY_INPUTS = 64
FEW_OUTPUTS, VECTOR_LANES = 32, 8  # Channels; floats in a vector of AVX2.
_STRIDE_ONE = {"strides": [1, 1], "dilations": [1, 1], "pads_begin": [1, 1], "pads_end": [1, 1]}
_CENTRES = ("align_corners", "half_pixel")
_ops = openvino.opset13


def defer_upsampling_conv3x3(model: Any) -> int:
    """Apply 3x3 convolutions of concatenated maps to much upsampled parts at their own size; returns how many.

    Sizes must be known, of one picture.
    """
    return edits.replace_nodes(
        model, lambda node: _deferred(node) if _concatenates_much_upsampled(node) else None
    )


def gather_conv3x3_taps(model: Any) -> int:
    """Let 3x3 convolutions of many maps into one read each pixel only once; returns how many there were."""
    return edits.replace_nodes(model, lambda node: _gather_taps(node) if _has_one_output(node) else None)


def widen_conv3x3(model: Any) -> int:
    """Let 3x3 convolutions of many maps into few give three times as many, one per column of the kernel.

    18 outputs fill three vectors of eight by three quarters, 54 fill seven almost completely. A depthwise
    convolution then shifts the columns and sums them. Returns how many there were.
    """
    return edits.replace_nodes(model, lambda node: _widened(node) if _wastes_vectors(node) else None)


def _wastes_vectors(node: Any) -> bool:
    if not _is_plain_conv3x3(node):
        return False
    outputs, inputs = list(node.get_input_shape(1))[:2]
    return (
        inputs >= MANY_INPUTS
        and 1 < outputs <= FEW_OUTPUTS
        and TAPS * _vector_count(outputs) > _vector_count(TAPS * outputs)
    )


def _vector_count(channels: int) -> int:
    return -(-channels // VECTOR_LANES)


def _widened(node: Any) -> Any:
    kernel = edits.weights_of(node)
    n, outputs, height, width = node.get_output_shape(0)
    columns = np.ascontiguousarray(kernel.transpose(3, 0, 1, 2).reshape(TAPS * outputs, -1, TAPS, 1))
    maps = _ops.convolution(node.input_value(0), _ops.constant(columns), [1, 1], [1, 0], [1, 0], [1, 1])
    # With channels last the columns of a pixel are adjacent: its neighbours' parts are 3 x - 3, 3 x + 1 and 3 x + 5.
    last = _reshape(edits.channels_last(maps), n, height, TAPS * width, outputs)
    shifted = edits.channels_second(last)
    ones = _ops.constant(np.ones((outputs, 1, 1, 1, TAPS), np.float32))
    return _ops.group_convolution(shifted, ones, [1, TAPS], [0, TAPS], [0, TAPS], [1, TAPS + 1])


def _has_one_output(node: Any) -> bool:
    return (
        _is_plain_conv3x3(node)
        and list(node.get_input_shape(1))[0] == 1
        and node.get_input_shape(1)[1] >= MANY_INPUTS
    )


def _gather_taps(node: Any) -> Any:
    kernel = edits.weights_of(node)
    taps = np.ascontiguousarray(kernel[0].reshape(kernel.shape[1], -1).T)[:, :, None, None]
    places = np.eye(TAPS * TAPS, dtype=np.float32).reshape(1, -1, TAPS, TAPS)
    return _conv3x3(conv1x1(node.input_value(0), taps), places)


def _concatenates_much_upsampled(node: Any) -> bool:
    if not _is_plain_conv3x3(node) or node.get_output_shape(0)[0] != 1:
        return False
    joined = node.input_value(0).get_node()
    return edits.concatenates_channels(joined) and any(map(_is_much_upsampled, joined.input_values()))


def _is_much_upsampled(part: Any) -> bool:
    node = part.get_node()
    if node.get_type_name() != "Interpolate" or not is_upsampled(part):
        return False
    found = node.get_attributes()
    small, large = list(node.get_input_shape(0))[2:], list(part.get_shape())[2:]
    is_plain = (
        found["mode"] in ("linear", "linear_onnx") and found["coordinate_transformation_mode"] in _CENTRES
    )
    return is_plain and all(LEAST_FACTOR * few <= many for few, many in zip(small, large, strict=True))


def _deferred(node: Any) -> Any:
    parts = node.input_value(0).get_node().input_values()
    kernels = list(edits.split_weights(edits.weights_of(node), parts))
    early = [_is_much_upsampled(part) for part in parts]
    small = [(part, kernel) for part, kernel, is_early in zip(parts, kernels, early, strict=True) if is_early]
    others = [place for place, is_early in enumerate(early) if not is_early]
    terms = [_upsampled_taps(small)]
    if others:
        maps = [parts[place] for place in others]
        joined = _ops.concat(maps, 1).output(0) if len(maps) > 1 else maps[0]
        terms.insert(0, _conv3x3(joined, np.concatenate([kernels[place] for place in others], 1)))
    return edits.sum_values(terms)


def _upsampled_taps(parts: Sequence[tuple[Any, Kernel]]) -> Any:
    """Return (1, outputs, H, W), the contribution of much upsampled parts with their kernels."""
    _, _, height, width = parts[0][0].get_shape()
    outputs = len(parts[0][1])
    lines = [line for part, kernel in parts for line in _tap_rows(part, kernel)]
    down = np.concatenate([matrix for part, _ in parts for matrix in _shifted_matrices(part, 2)], 1)
    rows = _reshape(_ops.concat(lines, 0), -1, width * outputs)
    maps = _reshape(_ops.matmul(_ops.constant(down), rows, False, False), 1, height, width, outputs)
    return edits.channels_second(maps)


def _tap_rows(part: Any, kernel: Kernel) -> list[Any]:
    """Return (h, W, outputs) for each row of the kernel: its taps, upsampled along the width alone."""
    small = part.get_node().input_value(0)
    _, channels, height, width = small.get_shape()
    outputs = len(kernel)
    pixels = _reshape(edits.channels_last(small), height * width, channels)
    # The left tap comes first at each pixel, as in the matrix that shifts and upsamples.
    across = np.stack(_shifted_matrices(part, 3), 2).reshape(part.get_shape()[3], width * TAPS)
    lines = []
    for row in range(TAPS):
        weights = np.ascontiguousarray(kernel[:, :, row].transpose(2, 0, 1).reshape(TAPS * outputs, channels))
        products = _reshape(
            _ops.matmul(pixels, _ops.constant(weights), False, True), height, width * TAPS, outputs
        )
        lines.append(_ops.matmul(_ops.constant(across), products, False, False))
    return lines


def _shifted_matrices(part: Any, axis: int) -> list[Matrix]:
    """Return a matrix (large, small) for each tap of an axis: upsamples and shifts, with zeros for the padding."""
    node = part.get_node()
    corners = node.get_attributes()["coordinate_transformation_mode"] == "align_corners"
    large = part.get_shape()[axis]
    matrix = np.pad(bilinear_matrix(node.get_input_shape(0)[axis], large, corners), [(1, 1), (0, 0)])
    return [matrix[tap : tap + large] for tap in range(TAPS)]


def _is_plain_conv3x3(node: Any) -> bool:
    if not edits.is_convolution(node) or not node.get_output_partial_shape(0).is_static:
        return False
    found = node.get_attributes()
    is_one = found["auto_pad"] == "explicit" and all(
        list(found[key]) == _STRIDE_ONE[key] for key in _STRIDE_ONE
    )
    return is_one and list(node.get_input_shape(1))[2:] == [TAPS, TAPS]


def _conv3x3(maps: Any, kernel: Kernel) -> Any:
    return _ops.convolution(maps, _ops.constant(kernel), [1, 1], [1, 1], [1, 1], [1, 1])


def _reshape(value: Any, *shape: int) -> Any:
    return _ops.reshape(value, _ops.constant(list(shape)), False)
