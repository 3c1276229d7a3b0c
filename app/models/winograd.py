"""Convolutions 3x3 by Winograd's minimal filtering (Lavin & Gray, CVPR 2016, arXiv:1509.09308).

F(4x4, 3x3) computes 4x4 outputs from 6x6 inputs with 36 products for each pair of channels instead of 144. oneDNN
has nothing of the kind for float32, so it is spelled out in OpenVINO's operations: pieces of the input, sums of
them, a product of matrices for each of the 36 places, and sums again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.openvino_runtime import openvino

Matrix = NDArray[np.float32]
TILE, KERNEL = 4, 3
PATCH = TILE + KERNEL - 1
POINTS = (0.0, 2 / 3, 3 / 2, -2 / 3, -3 / 2)
"""Where the polynomials are evaluated, besides infinity; 0, 1, -1, 2, -2 would make four times the rounding error."""
_ops = openvino.opset13


@dataclass(frozen=True, slots=True)
class Transforms:
    """float64. inputs: (PATCH, PATCH); weights: (PATCH, KERNEL); outputs: (TILE, PATCH)."""

    inputs: NDArray[np.float64]
    weights: NDArray[np.float64]
    outputs: NDArray[np.float64]


@cache
def transforms() -> Transforms:
    """Return the matrices of one axis after Toom and Cook: evaluate, multiply, interpolate."""
    inputs, weights = np.zeros((PATCH, PATCH)), np.zeros((PATCH, KERNEL))
    for row, point in enumerate(POINTS):
        others = [other for other in POINTS if other != point]
        inputs[row, : PATCH - 1] = np.poly(others)[::-1]
        weights[row] = point ** np.arange(KERNEL) / np.prod(point - np.array(others))
    inputs[-1], weights[-1, -1] = np.poly(POINTS)[::-1], 1
    outputs = np.zeros((TILE, PATCH))
    outputs[:, :-1] = np.power.outer(np.array(POINTS), np.arange(TILE)).T
    outputs[-1, -1] = 1
    return Transforms(inputs, weights, outputs)


def patches_of(maps: Any, channels: int) -> tuple[list[Any], Any]:
    """Return what a kernel is multiplied with, and (n, rows, columns) of tiles.

    maps: (n, h, w, channels). The former has a part (PATCH, tiles, channels) for each column of the patch.
    """
    zero = _ops.constant(np.float32(0))
    margins = (_whole([0, 1, 1, 0]), _whole([0, TILE, TILE, 0]))
    maps = _ops.unsqueeze(_ops.pad(maps, *margins, "constant", zero), _whole([0]))
    rows = [_sliced(maps, 2, place, place - PATCH + 1, TILE) for place in range(PATCH)]
    strips = _ops.concat(_combined(transforms().inputs, rows), 0)
    columns = [_sliced(strips, 3, place, place - PATCH + 1, TILE) for place in range(PATCH)]
    tiles = _ops.gather(_ops.shape_of(columns[0]), _whole([1, 2, 3]), _whole(0))
    flat = _whole([PATCH, -1, channels])
    return [_ops.reshape(part, flat, False) for part in _combined(transforms().inputs, columns)], tiles


def convolved(source: Any, patches: Sequence[Any], tiles: Any, kernel: Matrix) -> Any:
    """Return the convolution (n, h, w, outputs) of a kernel with patches of a source (n, channels, h, w)."""
    outputs = kernel.shape[0]
    weights = _transformed(kernel)
    products = [
        _ops.matmul(part, _ops.constant(w), False, True) for part, w in zip(patches, weights, strict=True)
    ]
    strips = [_ops.unsqueeze(strip, _whole([0])) for strip in _combined(transforms().outputs, products)]
    joined = _ops.concat(strips, 0)
    rows = [_sliced(joined, 1, place, place + 1) for place in range(PATCH)]
    found = _ops.concat(_combined(transforms().outputs, rows), 1)
    width = _whole([outputs])
    apart = _ops.reshape(found, _ops.concat([_whole([TILE, TILE]), tiles, width], 0), False)
    side_by_side = _ops.transpose(apart, _whole([2, 3, 1, 4, 0, 5]))
    size = _ops.multiply(tiles, _whole([1, TILE, TILE]))
    whole = _ops.reshape(side_by_side, _ops.concat([size, width], 0), False)
    end = _ops.gather(_ops.shape_of(source), _whole([2, 3]), _whole(0))
    return _ops.slice(whole, _whole([0, 0]), end, _whole([1, 1]), _whole([1, 2]))


def _transformed(kernel: Matrix) -> Matrix:
    """Return (PATCH, PATCH, outputs, inputs), columns first, of a kernel (outputs, inputs, 3, 3)."""
    outputs, inputs = kernel.shape[:2]
    matrix = np.kron(transforms().weights, transforms().weights)
    places = kernel.transpose(3, 2, 0, 1).reshape(KERNEL * KERNEL, outputs * inputs)
    return np.asarray(matrix @ places, np.float32).reshape(PATCH, PATCH, outputs, inputs)


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
