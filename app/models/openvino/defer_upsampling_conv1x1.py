"""DeferUpsamplingConv1x1: upsamples after a 1x1 convolution instead of before; both are linear, small maps cheaper.

HRNet concatenates the maps of all its scales at the finest one, and OCR broadcasts the object's vector to every
pixel, so most products there repeat others.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.openvino import graph_edits as edits
from app.models.openvino.graph_edits import Kernel
from app.models.openvino.runtime import openvino

Matrix = NDArray[np.float32]
_MAP_AXES = 4  # (n, channels, h, w)
_ops = openvino.opset13


def defer_upsampling_conv1x1(model: Any) -> int:
    """Apply 1x1 convolutions of concatenated maps to each part at its own size; returns how many there were.

    All sizes must be known.
    """
    return edits.replace_nodes(model, lambda node: _deferred(node) if _concatenates_upsampled(node) else None)


def upsample_by_matmul(model: Any) -> int:
    """Upsample single-channel maps by a whole factor with two matrix products; returns how many there were.

    OpenVINO's own operation is slow there, since it pads one channel to a block of many.
    """
    return edits.replace_nodes(model, lambda node: _as_matmul(node) if _upsamples_single_map(node) else None)


def bilinear_matrix(small: int, large: int, corners: bool) -> Matrix:
    """Return the matrix (large, small) of bilinear upsampling along an axis. corners: as align_corners."""
    ratio = small / large
    places = np.linspace(0, small - 1, large) if corners else (np.arange(large) + 0.5) * ratio - 0.5
    places = places.clip(0, small - 1)
    before = places.astype(int)
    matrix, rows = np.zeros((large, small)), np.arange(large)
    matrix[rows, before] = 1 - (places - before)
    matrix[rows, np.minimum(before + 1, small - 1)] += places - before
    return matrix.astype(np.float32)


def _concatenates_upsampled(node: Any) -> bool:
    if not edits.is_convolution(node):
        return False
    if list(node.get_input_shape(1))[2:] != [1, 1] or list(node.get_attributes()["strides"]) != [1, 1]:
        return False
    joined = node.input_value(0).get_node()
    parts = joined.input_values()
    has_size = any(not _is_broadcast(part) for part in parts)
    return edits.concatenates_channels(joined) and has_size and any(map(is_upsampled, parts))


def _is_broadcast(value: Any) -> bool:
    """Return whether a value is one vector broadcast to all pixels."""
    node = value.get_node()
    return node.get_type_name() == "Broadcast" and list(node.get_input_shape(0))[2:] == [1, 1]


def is_upsampled(value: Any) -> bool:
    """Return whether a value is maps resized, or a vector broadcast, to the size that it has."""
    if _is_broadcast(value):
        return True
    node = value.get_node()
    return (
        node.get_type_name() == "Interpolate"
        and node.get_attributes()["shape_calculation_mode"] == "sizes"
        and list(node.get_input_shape(0))[:2] == list(value.get_shape())[:2]
    )


def _deferred(node: Any) -> Any:
    parts = node.input_value(0).get_node().input_values()
    terms = list(zip(parts, edits.split_weights(edits.weights_of(node), parts), strict=True))
    # OpenVINO fuses a sum into the convolution that comes last.
    terms.sort(key=lambda term: not is_upsampled(term[0]))
    return edits.sum_values(_deferred_part(*term) for term in terms)


def _deferred_part(part: Any, weights: Kernel) -> Any:
    if not is_upsampled(part):
        return conv1x1(part, weights)
    source = part.get_node()
    small = conv1x1(source.input_value(0), weights)
    if _is_broadcast(part):
        return small
    n, _, *size = part.get_shape()
    shape = _ops.constant(np.array([n, len(weights), *size]))
    return _ops.interpolate(small, shape, **source.get_attributes())


def conv1x1(maps: Any, weights: Kernel) -> Any:
    """Return a 1x1 convolution of stride 1."""
    return _ops.convolution(maps, _ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])


def _upsamples_single_map(node: Any) -> bool:
    if node.get_type_name() != "Interpolate":
        return False
    found = node.get_attributes()
    small, large = list(node.get_input_shape(0)), list(node.get_output_shape(0))
    is_plain = found["mode"] in ("linear", "linear_onnx") and not any(
        (*found["pads_begin"], *found["pads_end"])
    )
    is_known = found["coordinate_transformation_mode"] in ("align_corners", "half_pixel")
    is_single = small[1:2] == [1] and small[:2] == large[:2]
    grows = len(small) == _MAP_AXES and all(
        after % before == 0 for before, after in zip(small, large, strict=True)
    )
    return is_plain and is_known and is_single and grows


def _as_matmul(node: Any) -> Any:
    small, large = node.get_input_shape(0), node.get_output_shape(0)
    corners = node.get_attributes()["coordinate_transformation_mode"] == "align_corners"
    down, across = (_ops.constant(bilinear_matrix(small[axis], large[axis], corners)) for axis in (2, 3))
    flat = _ops.reshape(node.input_value(0), _ops.constant(np.array([small[0], *small[2:]])), False)
    grown = _ops.matmul(_ops.matmul(down, flat, False, False), across, False, True)
    return _ops.reshape(grown, _ops.constant(np.array(list(large))), False)
