"""Targets without labels: groups of like pixels, cut where colour changes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tool.dev.train.scene import Scene

SEEDS = (12, 60)
"""Range of the number of seeds on a picture; few give large regions, many small ones."""
LIKE = 26.0
"""Greatest distance of mean colours, in units of 8-bit Lab, at which neighbours join; chosen by eye on BSDS
pictures: lower leaves superpixels, higher joins a thing with its ground."""


def draw_regions(image: NDArray[Any], rng: Generator) -> Scene:
    """Return a picture with up to six regions that a watershed from random seeds leaves, like ones joined."""
    lab = cv2.cvtColor(cv2.bilateralFilter(np.ascontiguousarray(image), 7, 40, 7), cv2.COLOR_RGB2LAB)
    labels = _watershed(lab, rng)
    labels = _join(labels, lab, float(rng.uniform(0.4, 1)) * LIKE)
    values, counts = np.unique(labels[labels > 0], return_counts=True)
    kept = values[(counts > 0.004 * labels.size) & (counts < 0.4 * labels.size)]
    close = np.ones((3, 3), np.uint8)
    masks = [(labels == value).astype(np.uint8) for value in rng.permutation(kept)[:6]]
    return Scene(image, [cv2.morphologyEx(mask, cv2.MORPH_CLOSE, close) for mask in masks], "pseudo")


def _watershed(lab: NDArray[Any], rng: Generator) -> NDArray[np.int32]:
    count = int(rng.integers(*SEEDS))
    markers = np.zeros(lab.shape[:2], np.int32)
    ys, xs = rng.integers(2, lab.shape[0] - 2, count), rng.integers(2, lab.shape[1] - 2, count)
    for index, (x, y) in enumerate(zip(xs, ys, strict=True), 1):
        markers[y - 1 : y + 2, x - 1 : x + 2] = index
    return np.asarray(cv2.watershed(lab, markers))


def _join(labels: NDArray[np.int32], lab: NDArray[Any], like: float) -> NDArray[np.int32]:
    """Join neighbours whose mean colours are alike, once, regardless of the mean of what has grown."""
    labels = np.maximum(labels, 0)
    count = int(labels.max()) + 1
    areas = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    sums = [np.bincount(labels.ravel(), lab[..., c].ravel().astype(float), count) for c in range(3)]
    means = np.stack(sums, 1) / areas[:, None]
    grown = cv2.dilate(labels.astype(np.float32), np.ones((5, 5), np.uint8)).astype(np.int32)
    pairs = np.unique(np.stack([labels.ravel(), grown.ravel()], 1), axis=0)
    names = np.arange(count, dtype=np.int32)
    for a, b in pairs[(pairs[:, 0] > 0) & (pairs[:, 0] != pairs[:, 1])]:
        if np.linalg.norm(means[a] - means[b]) < like:
            names[names == names[a]] = names[b]
    return names[labels]
