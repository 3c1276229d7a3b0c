"""Arithmetic between the propagation networks (Cheng et al., 2021, arXiv:2103.07941, and its code)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
STRIDE = 16  # Of the networks' keys and values, pixels.
_FLOOR = 1e-7  # Probability to which values are clipped, as in MiVOS.


@dataclass(frozen=True, slots=True)
class Padding:
    """Zero padding to multiples of 16; half of it, rounded down, at the left and top."""

    height: int
    width: int

    def pad(self, x: Array) -> Array:
        """Return (..., h, w) padded."""
        (top, bottom), (left, right) = _pad_sides(self.height), _pad_sides(self.width)
        if not (top or bottom or left or right):
            return x
        return np.pad(x, [*[(0, 0)] * (x.ndim - 2), (top, bottom), (left, right)])

    def crop(self, x: Array) -> Array:
        """Return (..., h, w) without the padding."""
        top, left = _pad_sides(self.height)[0], _pad_sides(self.width)[0]
        return x[..., top : top + self.height, left : left + self.width]


def _pad_sides(length: int) -> tuple[int, int]:
    missing = -length % STRIDE
    return missing // 2, missing - missing // 2


def aggregate_objects(objects: Array) -> Array:
    """Return the shares (k + 1, ...) of background and objects from their probabilities (k, ...).

    The probability of the background is that of no object; then all odds are normalised to a sum of 1.
    """
    shares = np.empty((len(objects) + 1, *objects.shape[1:]), np.float32)
    np.prod(1 - objects, axis=0, out=shares[0])
    shares[1:] = objects
    np.clip(shares, _FLOOR, np.float32(1 - _FLOOR), out=shares)
    shares /= 1 - shares
    shares /= shares.sum(axis=0)
    return shares


def compare_to_strongest(shares: Array) -> Array:
    """Return (k, ...) from shares (k + 1, ...): each object against the strongest of all others.

    A value above one half means that the object has the largest share, as in an argmax.
    """
    first, second = shares[0], np.zeros_like(shares[0])
    for share in shares[1:]:
        first, second = np.maximum(first, share), np.maximum(second, np.minimum(first, share))
    rival = np.where(shares[1:] == first, second, first)
    return np.asarray(shares[1:] / (shares[1:] + rival), np.float32)


def expected_overlap(probability: Array) -> float:
    """Return the expected overlap of a probability map's mask (h, w) with the truth, in [0, 1].

    The probability inside the mask over that of the union. For an empty mask it is one minus the largest value.
    """
    inside = probability > 0.5
    area = int(inside.sum())
    if area == 0:
        return float(1 - probability.max(initial=0))
    total = float(probability.sum(dtype=np.float64))
    sure = float(probability[inside].sum(dtype=np.float64))
    return sure / (area + total - sure)
