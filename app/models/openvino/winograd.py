"""Convolutions 3x3 by Winograd's minimal filtering (Lavin & Gray, CVPR 2016, arXiv:1509.09308).

F(4x4, 3x3) computes 4x4 outputs from 6x6 inputs with 36 products for each pair of channels instead of 144, and
F(6x6, 3x3) 6x6 outputs with 64 instead of 324, at four times the rounding error. oneDNN has nothing of the kind, so it
is spelled out in OpenVINO's operations: pieces of the input, sums of them, a product of matrices for each place of a
piece, and sums again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.openvino.runtime import openvino

Matrix = NDArray[np.float32]
KERNEL = 3
POINTS: Mapping[int, Sequence[float]] = {
    4: (0.0, 2 / 3, 3 / 2, -2 / 3, -3 / 2),
    6: (0.0, 1 / 2, 1.0, 2.0, -1 / 2, -1.0, -2.0),
}
"""Where the polynomials are evaluated, besides infinity, by outputs a side: of what was tried those that round best."""
BAND_BYTES = 12_000_000
"""Of patches in a band: of 6 to 60 MB the fastest on a processor with 32 MB of shared cache."""
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


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows of tiles. parts: (patch, tiles, channels), one for each column of the patch."""

    rows: int
    parts: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Patches:
    """Maps as kernels are multiplied with. tile: outputs a side; size: (n, h, w) of the maps; columns: of tiles.

    The maps are cut into bands, each of which the caches hold from the first sum to the last.
    """

    tile: int
    size: tuple[int, int, int]
    columns: int
    bands: Sequence[_Band]


def padded(maps: Any, tile: int) -> Any:
    """Return maps (n, channels, h, w) or (1, n, h, w, channels) with the zeros around them that whole tiles take."""
    shape = list(maps.shape)
    margins = np.zeros((2, len(shape)), np.int64)
    for axis in (2, 3):
        margins[:, axis] = 1, 1 + -shape[axis] % tile
    return _ops.pad(maps, *map(_whole, margins), "constant", _ops.constant(np.float32(0)))


def patches_of(maps: Any, tile: int, size: tuple[int, int]) -> Patches:
    """Return the patches of maps (1, n, h, w, channels) of known size, padded; size: (h, w) without the zeros."""
    _, n, _, _, channels = maps.shape
    patch = tile + KERNEL - 1
    rows, columns = (-(-length // tile) for length in size)
    count = round(patch**2 * n * rows * columns * channels * 4 / BAND_BYTES)
    count = min(max(count, 1), rows)
    cuts = pairwise(rows * place // count for place in range(count + 1))
    bands = [_Band(last - first, _parts(maps, tile, first, last, columns)) for first, last in cuts]
    return Patches(tile, (n, *size), columns, bands)


def _parts(maps: Any, tile: int, first: int, last: int, columns: int) -> list[Any]:
    """Return a band's parts from maps (1, n, h, w, channels). first, last: its rows of tiles."""
    matrix = transforms(tile).inputs
    patch = range(len(matrix))
    rows = [_every(maps, 2, tile * first + place, last - first, tile) for place in patch]
    strips = _ops.concat(_combined(matrix, rows), 0)
    parts = _combined(matrix, [_every(strips, 3, place, columns, tile) for place in patch])
    flat = _whole([len(patch), -1, maps.get_output_shape(0)[-1]])
    return [_ops.reshape(part, flat, False) for part in parts]


def convolved(patches: Patches, kernel: Matrix, finished: Callable[[Any], Any]) -> Any:
    """Return the convolution (1, n, h, w, outputs) of patches with a kernel (outputs, channels, 3, 3).

    finished: what else is done to every pixel (..., outputs), while the caches hold it.
    """
    weights = [_ops.constant(weight) for weight in _transformed(kernel, patches.tile)]
    bands = [_multiplied(patches, band, weights, finished) for band in patches.bands]
    whole = _ops.concat(bands, 2) if len(bands) > 1 else bands[0]
    size = _whole(patches.size[1:])
    return _ops.slice(whole, _whole([0, 0]), size, _whole([1, 1]), _whole([2, 3]))


def _multiplied(patches: Patches, band: _Band, weights: Sequence[Any], finished: Callable[[Any], Any]) -> Any:
    """Return a band of the convolution, (1, n, rows, columns, outputs)."""
    tile, matrix = patches.tile, transforms(patches.tile).outputs
    products = [
        _ops.matmul(part, weight, False, True) for part, weight in zip(band.parts, weights, strict=True)
    ]
    strips = [_ops.unsqueeze(strip, _whole([0])) for strip in _combined(matrix, products)]
    joined = _ops.concat(strips, 0)
    rows = [_every(joined, 1, place, 1, 1) for place in range(matrix.shape[1])]
    found = _ops.concat([finished(row) for row in _combined(matrix, rows)], 1)
    n, outputs = patches.size[0], weights[0].get_output_shape(0)[1]
    apart = _ops.reshape(found, _whole([tile, tile, n, band.rows, patches.columns, outputs]), False)
    side_by_side = _ops.transpose(apart, _whole([2, 3, 1, 4, 0, 5]))
    size = [1, n, tile * band.rows, tile * patches.columns, outputs]
    return _ops.reshape(side_by_side, _whole(size), False)


def _transformed(kernel: Matrix, tile: int) -> Matrix:
    """Return (patch, patch, outputs, inputs), columns first, of a kernel (outputs, inputs, 3, 3)."""
    outputs, inputs = kernel.shape[:2]
    weights = transforms(tile).weights
    places = kernel.transpose(3, 2, 0, 1).reshape(KERNEL * KERNEL, outputs * inputs)
    found = np.kron(weights, weights) @ places
    return np.asarray(found, np.float32).reshape(len(weights), len(weights), outputs, inputs)


def _every(x: Any, axis: int, begin: int, count: int, step: int) -> Any:
    """Return so many places of an axis, step apart."""
    bounds = ([begin], [begin + (count - 1) * step + 1], [step], [axis])
    return _ops.slice(x, *map(_whole, bounds))


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
