"""Region adjacency graph of a picture: appearance of its superpixels and contrast between adjacent ones."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.lab_color import lab
from app.models.classic.superpixels import Labels, color_gradient, superpixels
from app.models.engine import Image

Vector = NDArray[np.float64]
REGIONS = 2000  # About; more follow finer borders, and the similarity matrix grows with the square.
# Chosen by hand. In brackets: change of the mean IoU after three clicks on ten DAVIS frames (0.641) when the value is
# halved and doubled, in hundredths.
EDGE_SHARPNESS = 0.25  # Decay of edge weights per CIELAB unit of contrast (+2.3, +0.7).
COLOR_SCALE = 6.0  # Standard deviation of the appearance kernel, CIELAB units (-2.0, -0.9).
PLACE_SCALE = 0.17  # The same in place, short sides (+0.7, +0.2).
TEXTURE_WEIGHT = 0.7  # CIELAB units per unit of texture (-0.4, -0.4).
# Pixels of the Gaussian window in which texture is measured: larger blurs it across borders.
TEXTURE_SIGMA = 4


@dataclass(frozen=True)
class RegionGraph:
    """n regions and e pairs of adjacent regions."""

    labels: Labels  #: int32 (h, w), the region of each pixel
    area: Vector  #: (n,) pixels
    color: Vector  #: (n, 3) mean CIELAB
    texture: Vector  #: (n,) mean local standard deviation of lightness
    center: Vector  #: (n, 2) x, y in units of the short side
    first: NDArray[np.intp]  #: (e,) one region of each pair
    second: NDArray[np.intp]  #: (e,) the other
    border: Vector  #: (e,) pixels of the common border
    color_difference: Vector  #: (e,) between the mean colours
    border_gradient: Vector  #: (e,) mean colour gradient along the border

    @property
    def size(self) -> int:
        """Number of regions."""
        return len(self.area)

    @property
    def short_side(self) -> int:
        """Short side of the picture, pixels."""
        return int(min(self.labels.shape))

    @cached_property
    def edge_weight(self) -> Vector:
        """Weight of each edge in the random walker, (e,), above 0: high across weak borders."""
        strength = np.exp(-EDGE_SHARPNESS * (self.color_difference + 2 * self.border_gradient))
        return np.asarray(strength * np.sqrt(self.border) + 1e-3)

    @cached_property
    def similarity(self) -> NDArray[np.float32]:
        """Similarity of any two regions in colour, texture and place, (n, n) in [0, 1]."""
        appearance = np.c_[self.color, TEXTURE_WEIGHT * self.texture] / COLOR_SCALE
        points = np.c_[appearance, self.center / PLACE_SCALE].astype(np.float32)
        halves = (points * points).sum(axis=1) / 2
        closeness = points @ points.T
        closeness -= halves
        closeness -= halves[:, None]
        return np.asarray(cv2.exp(np.minimum(closeness, 0, out=closeness)), np.float32)

    def average_by_region(self, picture: NDArray[np.float32]) -> Vector:
        """Return the mean of a picture (h, w) over each region, (n,)."""
        return _sum_by_region(self.labels, picture, self.size) / self.area


def build_regions(image: Image, count: int = REGIONS) -> RegionGraph:
    """Return the graph of an image uint8 (h, w, 3) RGB at working size."""
    colors = lab(image)
    slope = color_gradient(colors)
    labels = superpixels(colors, slope, count)
    area = np.bincount(labels.ravel()).astype(np.float64)
    n = len(area)
    means = np.stack([_sum_by_region(labels, colors[..., band], n) / area for band in range(3)], axis=1)
    first, second, border, border_gradient = _adjacent_pairs(labels, slope, n)
    color_difference = np.linalg.norm(means[first] - means[second], axis=1)
    texture = _sum_by_region(labels, _local_deviation(colors[..., 0]), n) / area
    center = _region_centers(labels, area)
    return RegionGraph(
        labels, area, means, texture, center, first, second, border, color_difference, border_gradient
    )


def _sum_by_region(labels: Labels, picture: NDArray[np.float32], n: int) -> Vector:
    return np.bincount(labels.ravel(), picture.ravel(), n).astype(np.float64)


def _local_deviation(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    mean, square = (
        cv2.GaussianBlur(plane, (0, 0), TEXTURE_SIGMA) for plane in (lightness, lightness * lightness)
    )
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)


def _region_centers(labels: Labels, area: Vector) -> Vector:
    """Return the centres (n, 2) as x and y in units of the short side."""
    height, width = labels.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    sums = np.stack([_sum_by_region(labels, plane, len(area)) for plane in (columns, rows)], axis=1)
    return np.asarray(sums / area[:, None] / min(height, width))


def _adjacent_pairs(
    labels: Labels, slope: NDArray[np.float32], n: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Vector, Vector]:
    """Return the pairs of adjacent regions, the length of their border and the mean gradient along it."""
    codes, slopes = [], []
    for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        one, other = labels[here].astype(np.int64), labels[there].astype(np.int64)
        apart = one != other
        codes.append((np.minimum(one, other) * n + np.maximum(one, other))[apart])
        slopes.append(np.maximum(slope[here], slope[there])[apart])
    pairs, where, counts = np.unique(np.concatenate(codes), return_inverse=True, return_counts=True)
    border_gradient = np.bincount(where, np.concatenate(slopes), len(pairs)) / np.maximum(counts, 1)
    return (
        (pairs // n).astype(np.intp),
        (pairs % n).astype(np.intp),
        counts.astype(np.float64),
        border_gradient,
    )
