"""A few colours that stand for all colours of a scene."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.lab_color import scale_lab

COLORS = 128
SAMPLES = 6000
KIN = 6.0
"""Colour difference at which two colours of the palette count as much the same."""
BITS = 5
"""Bits of each band of CIELAB that decide which colour of the palette is nearest."""
Lab8 = NDArray[np.uint8]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class ColorPalette:
    """k colours. nearest: (2^15,) the colour nearest to each coarse CIELAB; kinship: (k, k), rows sum to 1."""

    nearest: Index
    kinship: NDArray[np.float32]

    @property
    def size(self) -> int:
        """The number of colours."""
        return len(self.kinship)

    def index(self, picture: Lab8) -> Index:
        """Return the number of the nearest colour, (h, w), for 8-bit CIELAB (h, w, 3)."""
        coarse = (picture >> (8 - BITS)).astype(np.intp)
        nearest: Index = self.nearest[((coarse[..., 0] << BITS) + coarse[..., 1] << BITS) + coarse[..., 2]]
        return nearest


def build_palette(pixels: Lab8) -> ColorPalette:
    """Return the palette of some pixels, 8-bit CIELAB (n, 3) with n above 0; the same for the same pixels."""
    middles = _middles(scale_lab(pixels[:: -(-len(pixels) // SAMPLES)]))
    kinship = np.exp(-_squares(middles, middles) / (2 * KIN * KIN))
    nearest = _squares(scale_lab(_coarse_colors()), middles).argmin(axis=1)
    return ColorPalette(nearest, (kinship / kinship.sum(axis=1, keepdims=True)).astype(np.float32))


def _middles(colors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return at most COLORS colours (k, 3) in the midst of many (n, 3)."""
    distinct = np.unique(colors, axis=0)
    if len(distinct) <= COLORS:
        return distinct
    enough = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 8, 1.0)
    cv2.setRNGSeed(1)
    first = np.empty(0, np.int32)
    _, _, middles = cv2.kmeans(colors, COLORS, first, enough, 1, cv2.KMEANS_PP_CENTERS)
    return np.asarray(middles, np.float32)


def _coarse_colors() -> Lab8:
    """Return the middle of every coarse colour, (2^15, 3), in the order of ColorPalette.index."""
    levels = (np.arange(1 << BITS) * 2 + 1) << (7 - BITS)
    return (
        np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.uint8)
    )


def _squares(points: NDArray[np.float32], centers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return squared distances, (n, k)."""
    lengths = (points * points).sum(axis=1)[:, None] + (centers * centers).sum(axis=1)
    return np.asarray(np.maximum(lengths - 2 * points @ centers.T, 0), np.float32)
