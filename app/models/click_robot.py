"""A simulated annotator that clicks the centre of the largest error until the mask is good.

Models are judged by it, and tuned on its clicks.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.models.engine import BoolMask, ClickModel, Image

THRESHOLD = 0.5  # probability from which a pixel is in the mask


def annotate_image(model: ClickModel, image: Image, truth: BoolMask, max_clicks: int) -> list[float]:
    """Return the IoU after 1, 2, … clicks; shorter than max_clicks only when nothing is wrong any more.

    image: uint8 (h, w, 3) RGB. truth: bool (h, w).
    """
    features = model.encode(image)
    clicks: list[Click] = []
    similarities: list[float] = []
    state: Any = None
    mask = np.zeros_like(truth)
    while len(clicks) < max_clicks and (click := choose_click(mask, truth)) is not None:
        clicks.append(click)
        answer = model.predict(features, list(clicks), state)
        state, mask = answer.state, answer.probability > THRESHOLD
        similarities.append(region_similarity(mask, truth))
    return similarities


def choose_click(mask: BoolMask, truth: BoolMask) -> Click | None:
    """Return a click at the innermost pixel of the connected error of largest area, None where mask equals truth."""
    candidates = [_innermost(error) for error in (truth & ~mask, mask & ~truth)]
    area, (x, y) = max(candidates, key=lambda candidate: candidate[0])
    return Click(float(x), float(y), bool(truth[y, x])) if area > 0 else None


def _innermost(error: BoolMask) -> tuple[float, tuple[int, int]]:
    """Return the area of the largest piece of an error, and its pixel farthest from the rim (x, y)."""
    area, piece = _largest(error)
    depth = cv2.distanceTransform(np.pad(piece, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    y, x = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return area, (max(int(x) - 1, 0), max(int(y) - 1, 0))


def _largest(error: BoolMask) -> tuple[float, NDArray[np.bool_]]:
    """Return the area and pixels of the largest 4-connected piece."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(error.astype(np.uint8), connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not areas.size:
        return 0.0, error
    best = int(np.argmax(areas))
    return float(areas[best]), pieces == best + 1


def region_similarity(mask: BoolMask, truth: BoolMask) -> float:
    """Return J of DAVIS (Perazzi et al., CVPR 2016), intersection over union, in [0, 1]; 1 where both are empty."""
    union = np.count_nonzero(mask | truth)
    return np.count_nonzero(mask & truth) / union if union else 1.0
