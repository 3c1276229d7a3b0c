"""Finding an object again that was out of view."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import Index
from app.models.classic.tracked_object import ColorModel

Plane = NDArray[np.float32]
DISTINCT = 0.7
"""Mean log odds of its own pixels below which colours cannot tell an object from its surroundings."""
LIKE_ENOUGH = 0.6
"""Share of a window that must look the part, of what the object itself shows in a window of its size."""
WINDOW = 0.7
"""Side of the window, of that of a square as large as the object: within it even if it is long."""
ALIKE = 0.8
"""Least likeness of colour shares."""
LEAST_AREA = 40.0


def search(colors: Index, look: ColorModel, palette_size: int, taken: NDArray[np.bool_]) -> Plane | None:
    """Return where an object seems to be, float32 (h, w), None where nothing looks enough like it.

    colors: palette colours (h, w) of the frame. taken: pixels of other objects.
    """
    if look.area < LEAST_AREA or look.odds_inside < DISTINCT:
        return None
    odds = np.where(taken, np.float32(look.odds.min()), look.odds[colors]).astype(np.float32)
    side = max(3, round(WINDOW * float(np.sqrt(look.area))) | 1)
    fill = cv2.boxFilter(odds, -1, (side, side), borderType=cv2.BORDER_CONSTANT)
    _, best, _, (x, y) = cv2.minMaxLoc(fill)
    if best < LIKE_ENOUGH * look.odds_inside:
        return None
    inside = _piece(odds, x, y, side)
    shares = np.bincount(colors.ravel(), inside.ravel(), palette_size) / max(float(inside.sum()), 1e-6)
    alike = float(np.sqrt(shares * look.colors).sum())
    size = float(inside.sum()) / look.area
    return inside if alike > ALIKE and 1 / 3 < size < 3 else None


def _piece(odds: Plane, x: int, y: int, side: int) -> Plane:
    """Return the piece around (x, y) that looks the part, float32 (h, w)."""
    likely = (cv2.blur(odds, (5, 5)) > 0).astype(np.uint8)
    near = np.zeros_like(likely)
    near[max(y - side, 0) : y + side + 1, max(x - side, 0) : x + side + 1] = 1
    _, pieces = cv2.connectedComponents(likely & near, connectivity=4)
    return (pieces == pieces[y, x]).astype(np.float32) if pieces[y, x] else np.zeros(odds.shape, np.float32)
