"""Convolutions 3x3 by Winograd's minimal filtering (Lavin & Gray, CVPR 2016, arXiv:1509.09308).

F(4x4, 3x3) computes 4x4 outputs from 6x6 inputs with 36 products for each pair of channels instead of 144, and
F(6x6, 3x3) 6x6 outputs with 64 instead of 324, at four times the rounding error. OpenVINO does not use it, so it is
written in its operations: patches of the input, sums of them, a matrix product for each position of a patch, and sums
again. Processor time that propagation at 480x848 takes without it, relative to with it: memorize 1.4, segment 2.2 to
2.4 (one thread with AVX-512, float32); clicks at 400x400 gain 0 to 6 %.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.openvino.runtime import openvino

Matrix = NDArray[np.float32]
KERNEL = 3  # taps a side; the transforms are for 3 x 3 only
# Interpolation points besides infinity, by outputs a side: those of the least rounding error of some that were tried.
POINTS: Mapping[int, Sequence[float]] = {
    4: (0.0, 2 / 3, 3 / 2, -2 / 3, -3 / 2),
    6: (0.0, 1 / 2, 1.0, 2.0, -1 / 2, -1.0, -2.0),
}
# Bytes of patches in a band: of 6 to 60 MB the fastest on a processor with 32 MB of shared cache.
BAND_BYTES = 12_000_000
_ops = openvino.opset13


@dataclass(frozen=True, slots=True)
class WinogradTransforms:
    """The transformation matrices of one axis."""

    inputs: NDArray[np.float64]  #: (patch, patch)
    weights: NDArray[np.float64]  #: (patch, KERNEL)
    outputs: NDArray[np.float64]  #: (tile, patch)


@cache
def winograd_transforms(tile: int) -> WinogradTransforms:
    """Return the Toom-Cook matrices of one axis: evaluate, multiply, interpolate. tile: outputs a side."""
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
    return WinogradTransforms(inputs, weights, outputs)


@dataclass(frozen=True, slots=True)
class _Band:
    """Some rows of tiles."""

    rows: int
    parts: Sequence[Any]  #: (patch, tiles, channels), one for each column of the patch


@dataclass(frozen=True, slots=True)
class WinogradPatches:
    """Transformed maps, in bands that fit into the caches from the first sum to the last."""

    tile: int  #: outputs a side
    size: tuple[int, int, int]  #: (n, h, w) of the maps
    columns: int  #: of tiles
    bands: Sequence[_Band]


def pad_for_tiles(maps: Any, tile: int) -> Any:
    """Return maps (n, channels, h, w) or (1, n, h, w, channels), zero-padded to whole tiles."""
    shape = list(maps.shape)
    margins = np.zeros((2, len(shape)), np.int64)
    for axis in (2, 3):
        margins[:, axis] = 1, 1 + -shape[axis] % tile
    return _ops.pad(maps, *map(_int_constant, margins), "constant", _ops.constant(np.float32(0)))


def extract_patches(maps: Any, tile: int, size: tuple[int, int]) -> WinogradPatches:
    """Return the patches of padded maps (1, n, h, w, channels) of known size. size: (h, w) without padding."""
    _, n, _, _, channels = maps.shape
    patch = tile + KERNEL - 1
    rows, columns = (-(-length // tile) for length in size)
    count = round(patch**2 * n * rows * columns * channels * 4 / BAND_BYTES)
    count = min(max(count, 1), rows)
    cuts = pairwise(rows * place // count for place in range(count + 1))
    bands = [_Band(last - first, _band_parts(maps, tile, first, last, columns)) for first, last in cuts]
    return WinogradPatches(tile, (n, *size), columns, bands)


def _band_parts(maps: Any, tile: int, first: int, last: int, columns: int) -> list[Any]:
    """Return a band's parts from maps (1, n, h, w, channels). first, last: its rows of tiles."""
    matrix = winograd_transforms(tile).inputs
    patch = range(len(matrix))
    rows = [_strided_slice(maps, 2, tile * first + place, last - first, tile) for place in patch]
    strips = _ops.concat(_multiply_matrix(matrix, rows), 0)
    parts = _multiply_matrix(matrix, [_strided_slice(strips, 3, place, columns, tile) for place in patch])
    flat = _int_constant([len(patch), -1, maps.get_output_shape(0)[-1]])
    return [_ops.reshape(part, flat, False) for part in parts]


def convolve_patches(patches: WinogradPatches, kernel: Matrix, finished: Callable[[Any], Any]) -> Any:
    """Return the convolution (1, n, h, w, outputs) of patches with a kernel (outputs, channels, 3, 3).

    finished: what else is applied to every pixel (..., outputs) while it is in the caches.
    """
    weights = [_ops.constant(weight) for weight in _transform_weights(kernel, patches.tile)]
    bands = [_convolve_band(patches, band, weights, finished) for band in patches.bands]
    whole = _ops.concat(bands, 2) if len(bands) > 1 else bands[0]
    size = _int_constant(patches.size[1:])
    return _ops.slice(whole, _int_constant([0, 0]), size, _int_constant([1, 1]), _int_constant([2, 3]))


def _convolve_band(
    patches: WinogradPatches, band: _Band, weights: Sequence[Any], finished: Callable[[Any], Any]
) -> Any:
    """Return a band of the convolution, (1, n, rows, columns, outputs)."""
    tile, matrix = patches.tile, winograd_transforms(patches.tile).outputs
    products = [
        _ops.matmul(part, weight, False, True) for part, weight in zip(band.parts, weights, strict=True)
    ]
    strips = [_ops.unsqueeze(strip, _int_constant([0])) for strip in _multiply_matrix(matrix, products)]
    joined = _ops.concat(strips, 0)
    rows = [_strided_slice(joined, 1, place, 1, 1) for place in range(matrix.shape[1])]
    found = _ops.concat([finished(row) for row in _multiply_matrix(matrix, rows)], 1)
    n, outputs = patches.size[0], weights[0].get_output_shape(0)[1]
    apart = _ops.reshape(found, _int_constant([tile, tile, n, band.rows, patches.columns, outputs]), False)
    side_by_side = _ops.transpose(apart, _int_constant([2, 3, 1, 4, 0, 5]))
    size = [1, n, tile * band.rows, tile * patches.columns, outputs]
    return _ops.reshape(side_by_side, _int_constant(size), False)


def _transform_weights(kernel: Matrix, tile: int) -> Matrix:
    """Return (patch, patch, outputs, inputs), columns first, of a kernel (outputs, inputs, 3, 3)."""
    outputs, inputs = kernel.shape[:2]
    weights = winograd_transforms(tile).weights
    places = kernel.transpose(3, 2, 0, 1).reshape(KERNEL * KERNEL, outputs * inputs)
    found = np.kron(weights, weights) @ places
    return np.asarray(found, np.float32).reshape(len(weights), len(weights), outputs, inputs)


def _strided_slice(x: Any, axis: int, begin: int, count: int, step: int) -> Any:
    """Return count positions along an axis, step apart."""
    bounds = ([begin], [begin + (count - 1) * step + 1], [step], [axis])
    return _ops.slice(x, *map(_int_constant, bounds))


def _multiply_matrix(matrix: NDArray[np.float64], parts: Sequence[Any]) -> list[Any]:
    """Return the product of a small matrix and a list of arrays of one shape; zeros and ones are free."""
    return [_weighted_sum(row, parts) for row in matrix]


def _weighted_sum(row: NDArray[np.float64], parts: Sequence[Any]) -> Any:
    """Return the weighted sum in Horner's form: OpenVINO fuses a chain into one pass, but not a tree."""
    terms = [(factor, part) for factor, part in zip(row, parts, strict=True) if factor]
    terms.sort(key=lambda term: term[0] == 1)
    scale, total = terms[0]
    for factor, part in terms[1:]:
        total, scale = _ops.add(_scale(total, scale / factor), part), factor
    return _scale(total, scale)


def _scale(part: Any, factor: float) -> Any:
    return part if factor == 1 else _ops.multiply(part, _ops.constant(np.float32(factor)))


def _int_constant(values: Any) -> Any:
    return _ops.constant(np.asarray(values, np.int64))
