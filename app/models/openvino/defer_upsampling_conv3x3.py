"""Lets OpenVINO multiply the nine taps of 3x3 convolutions where pixels are few, and put them in place afterwards.

A convolution of enlarged maps is linear in the small ones: each small pixel is multiplied once for each tap, and two
products of matrices, which enlarge and shift at once, bring the taps to where they belong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.openvino.defer_upsampling_conv1x1 import bilinear, is_enlarged, multiplied
from app.models.openvino.graph_edits import (
    Kernel,
    channels_last,
    channels_second,
    is_convolution,
    is_joined_by_channel,
    kernel_of,
    rewrite,
    shares,
    total,
)
from app.models.openvino.runtime import openvino

Matrix = NDArray[np.float32]
TAPS = 3
LEAST = 4
"""Times a side from which on enlarging the taps costs less than what convolving enlarged maps does."""
MANY = 64
"""Inputs from which on few outputs gain."""
FEW, VECTOR = 32, 8
_ONE = {"strides": [1, 1], "dilations": [1, 1], "pads_begin": [1, 1], "pads_end": [1, 1]}
_CENTRES = ("align_corners", "half_pixel")
_ops = openvino.opset13


def convolve_early(model: Any) -> int:
    """Let 3x3 convolutions of joined maps meet much enlarged parts at their own size; sizes are known, one picture.

    Returns how many did.
    """
    return rewrite(model, lambda node: _sum_of_parts(node) if _joins_much_enlarged(node) else None)


def gather_taps(model: Any) -> int:
    """Let 3x3 convolutions of many maps into one meet each pixel only once; returns how many there were."""
    return rewrite(model, lambda node: _gathered(node) if _makes_single(node) else None)


def fill_vectors(model: Any) -> int:
    """Let 3x3 convolutions of many maps into few make three times as many, one for each column of the kernel.

    18 outputs fill three vectors of eight by three quarters, 54 fill seven all but whole. A convolution of single
    channels then moves the columns into place and sums them. Returns how many there were.
    """
    return rewrite(model, lambda node: _by_columns(node) if _leaves_room(node) else None)


def _leaves_room(node: Any) -> bool:
    if not _is_plain(node):
        return False
    outputs, inputs = list(node.get_input_shape(1))[:2]
    return inputs >= MANY and 1 < outputs <= FEW and TAPS * _vectors(outputs) > _vectors(TAPS * outputs)


def _vectors(channels: int) -> int:
    return -(-channels // VECTOR)


def _by_columns(node: Any) -> Any:
    kernel = kernel_of(node)
    n, outputs, height, width = node.get_output_shape(0)
    columns = np.ascontiguousarray(kernel.transpose(3, 0, 1, 2).reshape(TAPS * outputs, -1, TAPS, 1))
    maps = _ops.convolution(node.input_value(0), _ops.constant(columns), [1, 1], [1, 0], [1, 0], [1, 1])
    # With channels last, what a pixel gives to its neighbours lies beside it: they are 3 x - 3, 3 x + 1 and 3 x + 5.
    last = _shaped(channels_last(maps), n, height, TAPS * width, outputs)
    beside = channels_second(last)
    ones = _ops.constant(np.ones((outputs, 1, 1, 1, TAPS), np.float32))
    return _ops.group_convolution(beside, ones, [1, TAPS], [0, TAPS], [0, TAPS], [1, TAPS + 1])


def _makes_single(node: Any) -> bool:
    return _is_plain(node) and list(node.get_input_shape(1))[0] == 1 and node.get_input_shape(1)[1] >= MANY


def _gathered(node: Any) -> Any:
    kernel = kernel_of(node)
    taps = np.ascontiguousarray(kernel[0].reshape(kernel.shape[1], -1).T)[:, :, None, None]
    places = np.eye(TAPS * TAPS, dtype=np.float32).reshape(1, -1, TAPS, TAPS)
    return _convolved(multiplied(node.input_value(0), taps), places)


def _joins_much_enlarged(node: Any) -> bool:
    if not _is_plain(node) or node.get_output_shape(0)[0] != 1:
        return False
    joined = node.input_value(0).get_node()
    return is_joined_by_channel(joined) and any(map(_is_much_enlarged, joined.input_values()))


def _is_much_enlarged(part: Any) -> bool:
    node = part.get_node()
    if node.get_type_name() != "Interpolate" or not is_enlarged(part):
        return False
    found = node.get_attributes()
    small, large = list(node.get_input_shape(0))[2:], list(part.get_shape())[2:]
    is_plain = (
        found["mode"] in ("linear", "linear_onnx") and found["coordinate_transformation_mode"] in _CENTRES
    )
    return is_plain and all(LEAST * few <= many for few, many in zip(small, large, strict=True))


def _sum_of_parts(node: Any) -> Any:
    parts = node.input_value(0).get_node().input_values()
    kernels = list(shares(kernel_of(node), parts))
    early = [_is_much_enlarged(part) for part in parts]
    small = [(part, kernel) for part, kernel, is_early in zip(parts, kernels, early, strict=True) if is_early]
    others = [place for place, is_early in enumerate(early) if not is_early]
    terms = [_placed(small)]
    if others:
        maps = [parts[place] for place in others]
        joined = _ops.concat(maps, 1).output(0) if len(maps) > 1 else maps[0]
        terms.insert(0, _convolved(joined, np.concatenate([kernels[place] for place in others], 1)))
    return total(terms)


def _placed(parts: Sequence[tuple[Any, Kernel]]) -> Any:
    """Return (1, outputs, H, W), what much enlarged parts contribute with their kernels."""
    _, _, height, width = parts[0][0].get_shape()
    outputs = len(parts[0][1])
    lines = [line for part, kernel in parts for line in _lines(part, kernel)]
    down = np.concatenate([matrix for part, _ in parts for matrix in _shifted(part, 2)], 1)
    rows = _shaped(_ops.concat(lines, 0), -1, width * outputs)
    maps = _shaped(_ops.matmul(_ops.constant(down), rows, False, False), 1, height, width, outputs)
    return channels_second(maps)


def _lines(part: Any, kernel: Kernel) -> list[Any]:
    """Return (h, W, outputs) for each row of the kernel: what its taps give, as wide as they will be, not as high."""
    small = part.get_node().input_value(0)
    _, channels, height, width = small.get_shape()
    outputs = len(kernel)
    pixels = _shaped(channels_last(small), height * width, channels)
    # A tap to the left comes first at each pixel, as in the matrix that shifts and enlarges.
    across = np.stack(_shifted(part, 3), 2).reshape(part.get_shape()[3], width * TAPS)
    lines = []
    for row in range(TAPS):
        weights = np.ascontiguousarray(kernel[:, :, row].transpose(2, 0, 1).reshape(TAPS * outputs, channels))
        products = _shaped(
            _ops.matmul(pixels, _ops.constant(weights), False, True), height, width * TAPS, outputs
        )
        lines.append(_ops.matmul(_ops.constant(across), products, False, False))
    return lines


def _shifted(part: Any, axis: int) -> list[Matrix]:
    """Return (large, small) for each tap of an axis: enlarges and shifts, and has zeros where a tap sees the margin."""
    node = part.get_node()
    corners = node.get_attributes()["coordinate_transformation_mode"] == "align_corners"
    large = part.get_shape()[axis]
    matrix = np.pad(bilinear(node.get_input_shape(0)[axis], large, corners), [(1, 1), (0, 0)])
    return [matrix[tap : tap + large] for tap in range(TAPS)]


def _is_plain(node: Any) -> bool:
    if not is_convolution(node) or not node.get_output_partial_shape(0).is_static:
        return False
    found = node.get_attributes()
    is_one = found["auto_pad"] == "explicit" and all(list(found[key]) == _ONE[key] for key in _ONE)
    return is_one and list(node.get_input_shape(1))[2:] == [TAPS, TAPS]


def _convolved(maps: Any, kernel: Kernel) -> Any:
    return _ops.convolution(maps, _ops.constant(kernel), [1, 1], [1, 1], [1, 1], [1, 1])


def _shaped(value: Any, *shape: int) -> Any:
    return _ops.reshape(value, _ops.constant(list(shape)), False)
