"""A palette of cluster centres that represents the colours of a scene."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.lab_color import scale_lab

# Chosen by hand. In brackets: change of the mean J over eight frames of five DAVIS sequences (0.866) when the value is
# halved and doubled, in hundredths.
# In the palette: fewer merge object and background, more leave too few pixels each (-0.4, -0.8).
COLORS = 128
SAMPLES = 6000  # Pixels that k-means sees at most: bounds its time.
SIMILAR_COLOR = 6.0  # Standard deviation, CIELAB units, of the kernel that spreads counts (+1.1, -4.0).
COARSE_BITS = 5  # Bits of each band of CIELAB by which the nearest colour is looked up: a table of 32,768.
Lab8 = NDArray[np.uint8]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class ColorPalette:
    """k colours."""

    nearest: Index  #: (2^15,), the colour nearest to each coarse CIELAB
    similarity: NDArray[np.float32]  #: (k, k), rows sum to 1

    @property
    def size(self) -> int:
        """Number of colours."""
        return len(self.similarity)

    def nearest_colors(self, picture: Lab8) -> Index:
        """Return the index of the nearest colour, (h, w), of 8-bit CIELAB (h, w, 3)."""
        coarse = (picture >> (8 - COARSE_BITS)).astype(np.intp)
        nearest: Index = self.nearest[
            ((coarse[..., 0] << COARSE_BITS) + coarse[..., 1] << COARSE_BITS) + coarse[..., 2]
        ]
        return nearest


def build_palette(pixels: Lab8) -> ColorPalette:
    """Return the palette of some pixels, 8-bit CIELAB (n, 3) with n above 0; the same for the same pixels."""
    centers = _cluster_centers(scale_lab(pixels[:: -(-len(pixels) // SAMPLES)]))
    similarity = np.exp(-_squared_distances(centers, centers) / (2 * SIMILAR_COLOR * SIMILAR_COLOR))
    nearest = _squared_distances(scale_lab(_coarse_colors()), centers).argmin(axis=1)
    return ColorPalette(nearest, (similarity / similarity.sum(axis=1, keepdims=True)).astype(np.float32))


def _cluster_centers(colors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return at most COLORS cluster centres (k, 3) of colours (n, 3)."""
    distinct = np.unique(colors, axis=0)
    if len(distinct) <= COLORS:
        return distinct
    enough = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 8, 1.0)
    cv2.setRNGSeed(1)
    first = np.empty(0, np.int32)
    _, _, centers = cv2.kmeans(colors, COLORS, first, enough, 1, cv2.KMEANS_PP_CENTERS)
    return np.asarray(centers, np.float32)


def _coarse_colors() -> Lab8:
    """Return the middle of every coarse colour, (2^15, 3), in the order of ColorPalette.index."""
    levels = (np.arange(1 << COARSE_BITS) * 2 + 1) << (7 - COARSE_BITS)
    return (
        np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.uint8)
    )


def _squared_distances(points: NDArray[np.float32], centers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return squared distances, (n, k)."""
    lengths = (points * points).sum(axis=1)[:, None] + (centers * centers).sum(axis=1)
    return np.asarray(np.maximum(lengths - 2 * points @ centers.T, 0), np.float32)
