"""Strokes and areas as a person draws them, simulated: scribbles inside and outside, boxes and lassos around.

All coordinates are cells of the mask that they are drawn for. A stroke becomes a row of points, as if clicked; an area
becomes a mask so far that is 0.5 inside (not known) and 0 outside. So neither needs a new input of the network.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Bits = NDArray[Any]
Points = list[tuple[float, float, float]]
SPACING = 3.0
"""Distance of the points of a stroke, in cells; wider than a cell of the hints (2) costs no detail."""
LONGEST = 40
"""Points of a stroke at most, 240 pixels of it; chosen by hand: few things in pictures of 256 are longer."""


def draw_scribble(region: Bits, sign: float, rng: Generator) -> Points:
    """Return a wandering stroke inside a region, as (x, y, sign); empty where the region is."""
    ys, xs = np.nonzero(region)
    if not len(xs):
        return []
    pick = int(rng.integers(len(xs)))
    place, heading = np.array([xs[pick], ys[pick]], float), rng.uniform(0, 2 * np.pi)
    points: Points = [(float(place[0]), float(place[1]), sign)]
    for _ in range(int(rng.integers(4, LONGEST))):
        for turn in (rng.normal(0, 0.35), rng.normal(0, 1), rng.normal(0, 2)):
            following = place + SPACING * np.array([np.cos(heading + turn), np.sin(heading + turn)])
            x, y = following.round().astype(int)
            if 0 <= x < region.shape[1] and 0 <= y < region.shape[0] and region[y, x]:
                place, heading = following, heading + turn
                points.append((float(place[0]), float(place[1]), sign))
                break
        else:
            break
    return points


def draw_box(truth: Bits, rng: Generator) -> NDArray[np.float32]:
    """Return the mask so far that a box around the truth makes; its sides miss by up to a tenth of the box."""
    x, y, width, height = cv2.boundingRect(truth)
    error = rng.normal(0, 0.035, 4).clip(-0.06, 0.1) * (width, height, width, height)
    left, top = x - error[0], y - error[1]
    right, bottom = x + width + error[2], y + height + error[3]
    area = np.zeros(truth.shape, np.float32)
    area[max(0, round(top)) : max(0, round(bottom)), max(0, round(left)) : max(0, round(right))] = 0.5
    return area


def draw_lasso(truth: Bits, rng: Generator) -> NDArray[np.float32]:
    """Return the mask so far that a loop around the truth makes, drawn by an unsteady hand."""
    reach = max(2, round(0.12 * np.sqrt(truth.sum() + 1) * rng.uniform(0.3, 1.5)))
    wide = cv2.dilate(truth, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2))
    contours, _ = cv2.findContours(wide, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = np.concatenate([contour[:, 0] for contour in contours])
    loop = cv2.convexHull(points)[:, 0] if len(contours) > 1 or rng.random() < 0.3 else points
    loop = loop[:: max(1, len(loop) // 40)]
    loop = loop + rng.normal(0, 0.25 * reach, loop.shape)
    area = np.zeros(truth.shape, np.uint8)
    cv2.fillPoly(area, [loop.round().astype(np.int32)], 1)
    return area * np.float32(0.5)
