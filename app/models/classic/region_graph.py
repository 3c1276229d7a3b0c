"""A picture as a graph of small regions: what they look like, which touch, and how different those are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.lab_color import lab
from app.models.classic.superpixels import Labels, gradient, superpixels
from app.models.engine import Image

Vector = NDArray[np.float64]
REGIONS = 2000
EDGE_SHARPNESS = 0.25
COLOR_SPAN = 6.0
PLACE_SPAN = 0.17
LOOK_OF_TEXTURE = 0.7


@dataclass(frozen=True)
class RegionGraph:
    """n regions and e pairs of regions that touch.

    labels: int32 (h, w), the region of each pixel. area: (n,) pixels. color: (n, 3) mean CIELAB.
    texture: (n,) mean deviation of lightness nearby. center: (n, 2) x, y as shares of the short side.
    first, second: (e,) the regions of a pair. border: (e,) pixels of their common border.
    contrast: (e,) colour difference and colour change across it.
    """

    labels: Labels
    area: Vector
    color: Vector
    texture: Vector
    center: Vector
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    border: Vector
    difference: Vector
    change: Vector

    @property
    def size(self) -> int:
        """The number of regions."""
        return len(self.area)

    @property
    def short_side(self) -> int:
        """The short side of the picture in its pixels."""
        return int(min(self.labels.shape))

    @cached_property
    def bond(self) -> Vector:
        """How strongly a pair holds together, (e,), above 0."""
        strength = np.exp(-EDGE_SHARPNESS * (self.difference + 2 * self.change))
        return np.asarray(strength * np.sqrt(self.border) + 1e-3)

    @cached_property
    def kinship(self) -> NDArray[np.float32]:
        """How alike any two regions are in colour, texture and place, (n, n) in [0, 1]."""
        look = np.c_[self.color, LOOK_OF_TEXTURE * self.texture] / COLOR_SPAN
        points = np.c_[look, self.center / PLACE_SPAN].astype(np.float32)
        halves = (points * points).sum(axis=1) / 2
        closeness = points @ points.T
        closeness -= halves
        closeness -= halves[:, None]
        return np.asarray(cv2.exp(np.minimum(closeness, 0, out=closeness)), np.float32)

    def mean(self, picture: NDArray[np.float32]) -> Vector:
        """Return the mean of a picture (h, w) over each region, (n,)."""
        return _sums(self.labels, picture, self.size) / self.area


def build_regions(image: Image, count: int = REGIONS) -> RegionGraph:
    """Return the graph of an image uint8 (h, w, 3) RGB at working size."""
    colors = lab(image)
    slope = gradient(colors)
    labels = superpixels(colors, slope, count)
    area = np.bincount(labels.ravel()).astype(np.float64)
    n = len(area)
    means = np.stack([_sums(labels, colors[..., band], n) / area for band in range(3)], axis=1)
    first, second, border, change = _pairs(labels, slope, n)
    difference = np.linalg.norm(means[first] - means[second], axis=1)
    texture = _sums(labels, _roughness(colors[..., 0]), n) / area
    center = _centers(labels, area)
    return RegionGraph(labels, area, means, texture, center, first, second, border, difference, change)


def _sums(labels: Labels, picture: NDArray[np.float32], n: int) -> Vector:
    return np.bincount(labels.ravel(), picture.ravel(), n).astype(np.float64)


def _roughness(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    mean, square = (cv2.GaussianBlur(plane, (0, 0), 4) for plane in (lightness, lightness * lightness))
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)


def _centers(labels: Labels, area: Vector) -> Vector:
    """Return the centres (n, 2) as x and y in units of the short side."""
    height, width = labels.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    sums = np.stack([_sums(labels, plane, len(area)) for plane in (columns, rows)], axis=1)
    return np.asarray(sums / area[:, None] / min(height, width))


def _pairs(
    labels: Labels, slope: NDArray[np.float32], n: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Vector, Vector]:
    """Return the pairs of touching regions, the length of their border and the mean slope along it."""
    codes, slopes = [], []
    for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        one, other = labels[here].astype(np.int64), labels[there].astype(np.int64)
        apart = one != other
        codes.append((np.minimum(one, other) * n + np.maximum(one, other))[apart])
        slopes.append(np.maximum(slope[here], slope[there])[apart])
    pairs, where, counts = np.unique(np.concatenate(codes), return_inverse=True, return_counts=True)
    change = np.bincount(where, np.concatenate(slopes), len(pairs)) / np.maximum(counts, 1)
    return (pairs // n).astype(np.intp), (pairs % n).astype(np.intp), counts.astype(np.float64), change
