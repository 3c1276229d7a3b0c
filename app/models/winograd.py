"""Convolutions 3x3 by Winograd's minimal filtering (Lavin & Gray, CVPR 2016, arXiv:1509.09308).

F(4x4, 3x3) computes 4x4 outputs from 6x6 inputs with 36 products for each pair of channels instead of 144, and
F(6x6, 3x3) 6x6 outputs with 64 instead of 324, at four times the rounding error. oneDNN has nothing of the kind for
float32, so it is spelled out in OpenVINO's operations: pieces of the input, sums of them, a product of matrices for
each place of a piece, and sums again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.openvino_runtime import openvino

Matrix = NDArray[np.float32]
KERNEL = 3
POINTS: Mapping[int, Sequence[float]] = {
    4: (0.0, 2 / 3, 3 / 2, -2 / 3, -3 / 2),
    6: (0.0, 1 / 2, 1.0, 2.0, -1 / 2, -1.0, -2.0),
}
"""Where the polynomials are evaluated, besides infinity, by outputs a side: of what was tried those that round best."""
_ops = openvino.opset13


@dataclass(frozen=True, slots=True)
class Transforms:
    """float64. inputs: (patch, patch); weights: (patch, KERNEL); outputs: (tile, patch)."""

    inputs: NDArray[np.float64]
    weights: NDArray[np.float64]
    outputs: NDArray[np.float64]


@cache
def transforms(tile: int) -> Transforms:
    """Return the matrices of one axis after Toom and Cook: evaluate, multiply, interpolate."""
    points, patch = POINTS[tile], tile + KERNEL - 1
    inputs, weights = np.zeros((patch, patch)), np.zeros((patch, KERNEL))
    for row, point in enumerate(points):
        others = [other for other in points if other != point]
        inputs[row, : patch - 1] = np.poly(others)[::-1]
        weights[row] = point ** np.arange(KERNEL) / np.prod(point - np.array(others))
    inputs[-1], weights[-1, -1] = np.poly(points)[::-1], 1
    outputs = np.zeros((tile, patch))
    outputs[:, :-1] = np.power.outer(np.array(points), np.arange(tile)).T
    outputs[-1, -1] = 1
    return Transforms(inputs, weights, outputs)


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Maps as kernels are multiplied with. tile: outputs a side; size: (h, w) of the maps.

    parts: (patch, tiles, channels), one for each column of the patch; tiles: (n, rows, columns) of tiles.
    """

    tile: int
    parts: Sequence[Any]
    tiles: Any
    size: Any


def patches_of(maps: Any, channels: int, tile: int) -> Patches:
    """Return the patches of maps (n, h, w, channels)."""
    matrix = transforms(tile).inputs
    patch = len(matrix)
    size = _ops.gather(_ops.shape_of(maps), _whole([1, 2]), _whole(0))
    zero = _ops.constant(np.float32(0))
    margins = (_whole([0, 1, 1, 0]), _whole([0, tile, tile, 0]))
    maps = _ops.unsqueeze(_ops.pad(maps, *margins, "constant", zero), _whole([0]))
    rows = [_sliced(maps, 2, place, place - patch + 1, tile) for place in range(patch)]
    strips = _ops.concat(_combined(matrix, rows), 0)
    columns = [_sliced(strips, 3, place, place - patch + 1, tile) for place in range(patch)]
    tiles = _ops.gather(_ops.shape_of(columns[0]), _whole([1, 2, 3]), _whole(0))
    flat = _whole([patch, -1, channels])
    parts = [_ops.reshape(part, flat, False) for part in _combined(matrix, columns)]
    return Patches(tile, parts, tiles, size)


def convolved(patches: Patches, kernel: Matrix) -> Any:
    """Return the convolution (n, h, w, outputs) of patches with a kernel."""
    outputs, tile, matrix = kernel.shape[0], patches.tile, transforms(patches.tile).outputs
    weights = zip(patches.parts, _transformed(kernel, tile), strict=True)
    products = [_ops.matmul(part, _ops.constant(w), False, True) for part, w in weights]
    strips = [_ops.unsqueeze(strip, _whole([0])) for strip in _combined(matrix, products)]
    joined = _ops.concat(strips, 0)
    rows = [_sliced(joined, 1, place, place + 1) for place in range(matrix.shape[1])]
    found = _ops.concat(_combined(matrix, rows), 1)
    width = _whole([outputs])
    apart = _ops.reshape(found, _ops.concat([_whole([tile, tile]), patches.tiles, width], 0), False)
    side_by_side = _ops.transpose(apart, _whole([2, 3, 1, 4, 0, 5]))
    size = _ops.multiply(patches.tiles, _whole([1, tile, tile]))
    whole = _ops.reshape(side_by_side, _ops.concat([size, width], 0), False)
    return _ops.slice(whole, _whole([0, 0]), patches.size, _whole([1, 1]), _whole([1, 2]))


def _transformed(kernel: Matrix, tile: int) -> Matrix:
    """Return (patch, patch, outputs, inputs), columns first, of a kernel (outputs, inputs, 3, 3)."""
    outputs, inputs = kernel.shape[:2]
    weights = transforms(tile).weights
    places = kernel.transpose(3, 2, 0, 1).reshape(KERNEL * KERNEL, outputs * inputs)
    found = np.kron(weights, weights) @ places
    return np.asarray(found, np.float32).reshape(len(weights), len(weights), outputs, inputs)


def _sliced(x: Any, axis: int, begin: int, end: int, step: int = 1) -> Any:
    """Return x[begin:end:step] along one axis; an end of 0 is the end of the axis."""
    places = ([0] * axis + [place] for place in (begin, end))
    steps = _whole([1] * axis + [step])
    before = [1] * axis
    open_end = [*before, int(end == 0)]
    return _ops.strided_slice(x, *map(_whole, places), steps, [*before, 0], open_end)


def _combined(matrix: NDArray[np.float64], parts: Sequence[Any]) -> list[Any]:
    """Return the product of a small matrix and a list of equal arrays; zeros and ones cost nothing."""
    return [_sum(row, parts) for row in matrix]


def _sum(row: NDArray[np.float64], parts: Sequence[Any]) -> Any:
    """Return the weighted sum as Horner would write it: OpenVINO joins a chain into one pass, but not a tree."""
    terms = [(factor, part) for factor, part in zip(row, parts, strict=True) if factor]
    terms.sort(key=lambda term: term[0] == 1)
    scale, total = terms[0]
    for factor, part in terms[1:]:
        total, scale = _ops.add(_scaled(total, scale / factor), part), factor
    return _scaled(total, scale)


def _scaled(part: Any, factor: float) -> Any:
    return part if factor == 1 else _ops.multiply(part, _ops.constant(np.float32(factor)))


def _whole(values: Any) -> Any:
    return _ops.constant(np.asarray(values, np.int64))
