"""Lets OpenVINO enlarge maps after 1x1 convolutions rather than before: both are linear, and small maps are cheap.

HRNet joins the maps of all its scales at the finest one, and OCR joins the object's one vector to every pixel; most
of what is multiplied there has been multiplied before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.openvino.graph_edits import (
    Kernel,
    is_convolution,
    is_joined_by_channel,
    kernel_of,
    rewrite,
    shares,
    total,
)
from app.models.openvino.runtime import openvino

Matrix = NDArray[np.float32]
_MAPS = 4
_ops = openvino.opset13


def multiply_early(model: Any) -> int:
    """Let 1x1 convolutions of joined maps meet each part at its own size; sizes are known. Returns how many did."""
    return rewrite(model, lambda node: _sum_of_parts(node) if _joins_enlarged(node) else None)


def enlarge_by_products(model: Any) -> int:
    """Enlarge single maps a whole number of times by two products of matrices; returns how many there were.

    OpenVINO is slow there: it lays them out as it would many maps.
    """
    return rewrite(model, lambda node: _enlarged(node) if _enlarges_single(node) else None)


def bilinear(small: int, large: int, corners: bool) -> Matrix:
    """Return (large, small), which enlarges an axis. corners: its first and last centres stay, else its outer edges."""
    ratio = small / large
    places = np.linspace(0, small - 1, large) if corners else (np.arange(large) + 0.5) * ratio - 0.5
    places = places.clip(0, small - 1)
    before = places.astype(int)
    matrix, rows = np.zeros((large, small)), np.arange(large)
    matrix[rows, before] = 1 - (places - before)
    matrix[rows, np.minimum(before + 1, small - 1)] += places - before
    return matrix.astype(np.float32)


def _joins_enlarged(node: Any) -> bool:
    if not is_convolution(node):
        return False
    if list(node.get_input_shape(1))[2:] != [1, 1] or list(node.get_attributes()["strides"]) != [1, 1]:
        return False
    joined = node.input_value(0).get_node()
    parts = joined.input_values()
    has_size = any(not _is_one_for_all(part) for part in parts)
    return is_joined_by_channel(joined) and has_size and any(map(is_enlarged, parts))


def _is_one_for_all(value: Any) -> bool:
    """Tell whether every pixel of maps is the same vector."""
    node = value.get_node()
    return node.get_type_name() == "Broadcast" and list(node.get_input_shape(0))[2:] == [1, 1]


def is_enlarged(value: Any) -> bool:
    if _is_one_for_all(value):
        return True
    node = value.get_node()
    return (
        node.get_type_name() == "Interpolate"
        and node.get_attributes()["shape_calculation_mode"] == "sizes"
        and list(node.get_input_shape(0))[:2] == list(value.get_shape())[:2]
    )


def _sum_of_parts(node: Any) -> Any:
    parts = node.input_value(0).get_node().input_values()
    terms = list(zip(parts, shares(kernel_of(node), parts), strict=True))
    # OpenVINO adds within a convolution what is there before it.
    terms.sort(key=lambda term: not is_enlarged(term[0]))
    return total(_product(*term) for term in terms)


def _product(part: Any, weights: Kernel) -> Any:
    if not is_enlarged(part):
        return multiplied(part, weights)
    source = part.get_node()
    small = multiplied(source.input_value(0), weights)
    if _is_one_for_all(part):
        return small
    n, _, *size = part.get_shape()
    shape = _ops.constant(np.array([n, len(weights), *size]))
    return _ops.interpolate(small, shape, **source.get_attributes())


def multiplied(maps: Any, weights: Kernel) -> Any:
    return _ops.convolution(maps, _ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])


def _enlarges_single(node: Any) -> bool:
    if node.get_type_name() != "Interpolate":
        return False
    found = node.get_attributes()
    small, large = list(node.get_input_shape(0)), list(node.get_output_shape(0))
    is_plain = found["mode"] in ("linear", "linear_onnx") and not any(
        (*found["pads_begin"], *found["pads_end"])
    )
    is_known = found["coordinate_transformation_mode"] in ("align_corners", "half_pixel")
    is_single = small[1:2] == [1] and small[:2] == large[:2]
    grows = len(small) == _MAPS and all(
        after % before == 0 for before, after in zip(small, large, strict=True)
    )
    return is_plain and is_known and is_single and grows


def _enlarged(node: Any) -> Any:
    small, large = node.get_input_shape(0), node.get_output_shape(0)
    corners = node.get_attributes()["coordinate_transformation_mode"] == "align_corners"
    down, across = (_ops.constant(bilinear(small[axis], large[axis], corners)) for axis in (2, 3))
    flat = _ops.reshape(node.input_value(0), _ops.constant(np.array([small[0], *small[2:]])), False)
    grown = _ops.matmul(_ops.matmul(down, flat, False, False), across, False, True)
    return _ops.reshape(grown, _ops.constant(np.array(list(large))), False)
