"""Smoothing of beliefs over a graph, with some of them fixed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
STEPS = 60
TOLERANCE = 1e-8


def settle(
    first: NDArray[np.intp], second: NDArray[np.intp], bond: Vector, trust: Vector, belief: Vector,
    fixed: NDArray[np.bool_],
) -> Vector:  # fmt: skip
    """Return x: the least sum of bond (x_i - x_j)^2 and trust (x_i - belief_i)^2; x is belief where fixed.

    This is the random walker with prior models (Grady, "Multilabel Random Walker Image Segmentation Using
    Prior Models", CVPR 2005), solved by preconditioned conjugate gradients. belief in [0, 1], (n,).
    """
    n = len(belief)
    weight = np.bincount(first, bond, n) + np.bincount(second, bond, n) + trust

    def pull(x: Vector) -> Vector:
        return np.asarray(
            weight * x - np.bincount(first, bond * x[second], n) - np.bincount(second, bond * x[first], n)
        )

    x = belief.astype(np.float64)
    rest = np.where(fixed, 0.0, trust * belief - pull(x))
    step = direction = rest / weight
    energy = rest @ step
    for _ in range(STEPS):
        if energy < TOLERANCE:
            break
        turned = np.where(fixed, 0.0, pull(direction))
        stride = energy / (direction @ turned)
        x, rest = x + stride * direction, rest - stride * turned
        step = rest / weight
        energy, before = rest @ step, energy
        direction = step + energy / before * direction
    return x.clip(0, 1)
