"""How well a mask agrees with the truth.

J and F are the measures of DAVIS: Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for
Video Object Segmentation", CVPR 2016. All masks are bool (h, w).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

BoolMask = NDArray[np.bool_]
BOUNDARY_TOLERANCE = 0.008  # share of the image diagonal, as in the DAVIS benchmark


def dice(mask: BoolMask, truth: BoolMask) -> float:
    """Return the Dice coefficient in [0, 1]; 1 where both are empty."""
    total = np.count_nonzero(mask) + np.count_nonzero(truth)
    return 2 * np.count_nonzero(mask & truth) / total if total else 1.0


def boundary_accuracy(mask: BoolMask, truth: BoolMask) -> float:
    """Return F, harmonic mean of boundary precision and recall, in [0, 1].

    A boundary pixel may lie BOUNDARY_TOLERANCE of the image diagonal, rounded up to whole pixels, from the other
    boundary. An empty boundary is precise and finds all of an empty one.
    """
    reach = _disk(math.ceil(BOUNDARY_TOLERANCE * math.hypot(*mask.shape)))
    found, sought = _boundary(mask), _boundary(truth)
    precision = _share(found, _dilate(sought, reach), empty=1.0)
    recall = _share(sought, _dilate(found, reach), empty=1.0)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def clicks_to_reach(scores: Sequence[float], bar: float, limit: int) -> int:
    """Return the number of clicks until a score reaches bar (NoC), limit where none does.

    scores: IoU after 1, 2, … clicks.
    """
    return next((n for n, score in enumerate(scores[:limit], 1) if score >= bar), limit)


def rank_correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Return Spearman's rank correlation in [-1, 1]; 0 where one side is constant."""
    a, b = (_ranks(np.asarray(side, np.float64)) for side in (left, right))
    spread = float(a.std() * b.std())
    return float(((a - a.mean()) * (b - b.mean())).mean() / spread) if spread else 0.0


def _boundary(mask: BoolMask) -> NDArray[np.uint8]:
    """Mark pixels that differ from their east, south or south-east neighbour."""
    padded = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    here = padded[:-1, :-1]
    edge = (here ^ padded[:-1, 1:]) | (here ^ padded[1:, :-1]) | (here ^ padded[1:, 1:])
    return edge.astype(np.uint8)


def _dilate(edge: NDArray[np.uint8], reach: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.dilate(edge, reach), np.uint8)


def _disk(radius: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray(x * x + y * y <= radius * radius, np.uint8)


def _share(part: NDArray[np.uint8], area: NDArray[np.uint8], empty: float) -> float:
    total = np.count_nonzero(part)
    return np.count_nonzero(part & area) / total if total else empty


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 0; equal values share the mean of their ranks."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means = last - (counts + 1) / 2
    ranks: NDArray[np.float64] = means[group]
    return ranks
