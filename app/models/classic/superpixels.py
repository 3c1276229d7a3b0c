"""Superpixels by watershed from a grid of seeds in flat places.

Meyer, "Color image segmentation", ICIP 1992.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int32]
SMALLEST_SIDE = 3  # Pixels between seeds: closer ones leave basins no pixels beside their ridges.
# Bilateral filter before flooding: CIELAB units and pixels, less than an object edge. By hand.
SMOOTHING = (12, 2)
LIGHTEST = 70  # Lightness as lab_color scales it, at most.


def color_gradient(colors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the magnitude of the colour gradient, float32 (h, w), of colours float32 (h, w, 3)."""
    smooth = cv2.GaussianBlur(colors, (0, 0), 1.0)
    dx, dy = (cv2.Scharr(smooth, cv2.CV_32F, *order) / 32 for order in ((1, 0), (0, 1)))
    return np.asarray(np.sqrt((dx * dx + dy * dy).sum(axis=-1)), np.float32)


def superpixels(colors: NDArray[np.float32], slope: NDArray[np.float32], count: int) -> Labels:
    """Return region numbers from 0, int32 (h, w), about count of them.

    colors: float32 (h, w, 3) from lab_color.lab. slope: their gradient.
    """
    height, width = slope.shape
    side = round((height * width / count) ** 0.5)
    if side < 2:
        return np.arange(height * width, dtype=np.int32).reshape(height, width)
    side = max(side, SMALLEST_SIDE)
    if min(height, width) < 2 * side:
        return _lengths(height, width, count)
    smooth = cv2.bilateralFilter(colors, 0, *SMOOTHING)
    picture = np.clip(smooth * (255 / LIGHTEST, 1, 1) + (0, 128, 128), 0, 255).astype(np.uint8)
    return _compact(_without_ridges(np.asarray(cv2.watershed(picture, _seeds(slope, side)), np.int32)))


def _lengths(height: int, width: int, count: int) -> Labels:
    """Cut a narrow strip into at most count pieces, each as wide as the strip."""
    long = max(height, width)
    along = np.arange(long, dtype=np.int64) * min(count, long) // long
    across = np.ones(min(height, width), np.int64)
    strip = np.outer(along, across) if height > width else np.outer(across, along)
    return strip.astype(np.int32)


def _seeds(slope: NDArray[np.float32], side: int) -> Labels:
    """Number the flattest pixel in the middle of each square of a grid, from 1."""
    rows, columns = slope.shape[0] // side, slope.shape[1] // side
    squares = slope[: rows * side, : columns * side].reshape(rows, side, columns, side).swapaxes(1, 2)
    margin = side // 4
    middle = squares[:, :, margin : side - margin, margin : side - margin]
    span = middle.shape[-1]
    flattest = middle.reshape(rows, columns, -1).argmin(axis=-1)
    y = np.arange(rows)[:, None] * side + margin + flattest // span
    x = np.arange(columns)[None] * side + margin + flattest % span
    seeds = np.zeros(slope.shape, np.int32)
    seeds[y, x] = np.arange(1, rows * columns + 1).reshape(rows, columns)
    return seeds


def _without_ridges(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Assign the lines between basins, marked -1, to a neighbouring basin."""
    cross = np.ones((3, 3), np.uint8)
    while (ridge := labels <= 0).any():
        grown = cv2.dilate(labels.clip(0).astype(np.float32), cross).astype(np.int32)
        labels = np.where(ridge, grown, labels)
    return labels


def _compact(labels: NDArray[np.int32]) -> Labels:
    _, compact = np.unique(labels, return_inverse=True)
    return compact.reshape(labels.shape).astype(np.int32)
