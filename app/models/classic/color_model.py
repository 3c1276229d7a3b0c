"""Colour models of objects against their surroundings."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import ColorPalette, Index

Plane = NDArray[np.float32]
# Chosen by hand. In brackets: change of the mean J over eight frames of five DAVIS sequences (0.866) when the value is
# halved and doubled, in hundredths.
ODDS_LIMIT = 2.5  # Log odds; bounds the weight of any one colour against the other cues (-0.2, -0.2).
# Of the surroundings, in square roots of the object's area: wider ones hold more (+0.3, -1.4).
RING_WIDTH = 0.5
LEAST_RING = 20.0  # Working pixels, so that small objects have surroundings to differ from.


@dataclass(frozen=True, slots=True)
class ColorModel:
    """Colours of an object as a person drew it, over the k colours of a palette."""

    log_odds: Plane  #: (k,) of a pixel of this colour being the object's
    histogram: Plane  #: (k,) shares of the object's pixels
    area: float  #: working pixels
    mean_log_odds: float  #: of the object's own pixels: how distinct its colours are

    def averaged_with(self, other: ColorModel) -> ColorModel:
        """Return the mean of two models; one without pixels does not count."""
        if not self.area or not other.area:
            return self if self.area else other
        return ColorModel(
            np.asarray((self.log_odds + other.log_odds) / 2, np.float32),
            np.asarray((self.histogram + other.histogram) / 2, np.float32),
            (self.area + other.area) / 2,
            (self.mean_log_odds + other.mean_log_odds) / 2,
        )


def fit_color_model(palette: ColorPalette, colors: Index, inside: Plane) -> ColorModel:
    """Return the colour model of an object in a palette picture (h, w), against its surroundings."""
    near = surroundings_of(inside)
    log_odds = _color_log_odds(palette, colors[near], inside[near])
    area = float(inside.sum())
    mean = float((log_odds[colors] * inside).sum() / max(area, 1e-9))
    return ColorModel(log_odds, _color_histogram(palette, colors, inside), area, mean)


def surroundings_of(inside: Plane) -> NDArray[np.bool_]:
    """Return the pixels of an object and of a ring around it, bool (h, w); all if there is no object."""
    mask = inside > 0.5
    if not mask.any():
        return np.ones_like(mask)
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
    return np.asarray(distance < max(LEAST_RING, RING_WIDTH * float(np.sqrt(mask.sum()))), np.bool_)


def clipped_log_odds(share: Plane | NDArray[np.float64]) -> Plane:
    """Return log(p / (1 - p)) within ODDS_LIMIT."""
    share = share.astype(np.float32)
    return np.asarray(np.log((share + 1e-4) / (1 - share + 1e-4)).clip(-ODDS_LIMIT, ODDS_LIMIT), np.float32)


def _color_log_odds(palette: ColorPalette, colors: Index, inside: Plane) -> Plane:
    """Return float32 (k,): log odds of each colour, of one pixel inside against one outside.

    colors: (n,) palette colours around an object; inside: (n,) membership in the object.
    """
    own = np.bincount(colors, inside, palette.size) @ palette.similarity
    other = np.bincount(colors, 1 - inside, palette.size) @ palette.similarity
    own, other = own / max(own.sum(), 1e-9), other / max(other.sum(), 1e-9)
    return np.asarray(clipped_log_odds(own / (own + other + 1e-9)), np.float32)


def _color_histogram(palette: ColorPalette, colors: Index, inside: Plane) -> Plane:
    """Return float32 (k,), the share of each colour inside; all 0 if the object is empty."""
    sums = np.bincount(colors.ravel(), inside.ravel(), palette.size) @ palette.similarity
    return np.asarray(sums / max(sums.sum(), 1e-9), np.float32)
