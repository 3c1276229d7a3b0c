"""Redetection of an object that was out of view, by its colours."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import Index
from app.models.classic.color_model import ColorModel

Plane = NDArray[np.float32]
# Chosen by hand; the history keeps no measurement. All but the window's side refuse more false finds when raised.
# Mean over its own pixels, below which colours do not tell an object from its surroundings.
LEAST_LOG_ODDS = 0.7
LEAST_FILL = 0.6  # Mean log odds in the best window, relative to the object's own.
WINDOW_SIDE = 0.7  # Relative to a square of the object's area, so that long objects fill it too.
LEAST_SIMILARITY = 0.8  # Bhattacharyya coefficient of the colour histograms.
LEAST_AREA = 40.0  # Working pixels; smaller objects have no histogram to speak of.
LARGEST_GROWTH = 3.0  # Ratio of areas, either way, between the object as drawn and as found.


def redetect_object(
    colors: Index, model: ColorModel, palette_size: int, taken: NDArray[np.bool_]
) -> Plane | None:
    """Return the mask of an object that was lost, float32 (h, w); None if nothing is similar enough.

    colors: palette colours (h, w) of the frame. taken: pixels of other objects.
    """
    if model.area < LEAST_AREA or model.mean_log_odds < LEAST_LOG_ODDS:
        return None
    odds = np.where(taken, np.float32(model.log_odds.min()), model.log_odds[colors]).astype(np.float32)
    side = max(3, round(WINDOW_SIDE * float(np.sqrt(model.area))) | 1)
    fill = cv2.boxFilter(odds, -1, (side, side), borderType=cv2.BORDER_CONSTANT)
    _, best, _, (x, y) = cv2.minMaxLoc(fill)
    if best < LEAST_FILL * model.mean_log_odds:
        return None
    inside = _component_at(odds, x, y, side)
    shares = np.bincount(colors.ravel(), inside.ravel(), palette_size) / max(float(inside.sum()), 1e-6)
    alike = float(np.sqrt(shares * model.histogram).sum())
    size = float(inside.sum()) / model.area
    is_similar = alike > LEAST_SIMILARITY and 1 / LARGEST_GROWTH < size < LARGEST_GROWTH
    return inside if is_similar else None


def _component_at(odds: Plane, x: int, y: int, side: int) -> Plane:
    """Return the component of likely pixels around (x, y), float32 (h, w)."""
    likely = (cv2.blur(odds, (5, 5)) > 0).astype(np.uint8)
    near = np.zeros_like(likely)
    near[max(y - side, 0) : y + side + 1, max(x - side, 0) : x + side + 1] = 1
    _, pieces = cv2.connectedComponents(likely & near, connectivity=4)
    return (pieces == pieces[y, x]).astype(np.float32) if pieces[y, x] else np.zeros(odds.shape, np.float32)
