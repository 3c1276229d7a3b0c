"""One object on its way through the frames."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import ColorPalette, Index
from app.models.classic.color_model import color_odds, histogram

Plane = NDArray[np.float32]
RING = 0.5
LEAST_RING = 20.0


@dataclass(frozen=True, slots=True)
class ColorModel:
    """How an object looked when a person drew it. odds: (k,) of each colour; colors: (k,) its shares.

    area: working pixels. odds_inside: mean odds of its own pixels, how far its colours set it apart.
    """

    odds: Plane
    colors: Plane
    area: float
    odds_inside: float

    def mixed(self, other: ColorModel) -> ColorModel:
        """Return the mean of two looks; one without pixels does not count."""
        if not self.area or not other.area:
            return self if self.area else other
        odds = np.asarray((self.odds + other.odds) / 2, np.float32)
        colors = np.asarray((self.colors + other.colors) / 2, np.float32)
        return ColorModel(
            odds, colors, (self.area + other.area) / 2, (self.odds_inside + other.odds_inside) / 2
        )


@dataclass(slots=True)
class TrackedObject:
    """Where an object is. inside: float32 (h, w) at working size, its probability on the last frame.

    trust: in [0, 1], how much of the person's mask is thought to have survived the way here.
    """

    inside: Plane
    look: ColorModel
    trust: float = 1.0

    @property
    def is_lost(self) -> bool:
        """Whether nothing of the object was seen on the last frame."""
        return not (self.inside > 0.5).any()


def look_of(palette: ColorPalette, colors: Index, inside: Plane) -> ColorModel:
    """Return the look of an object in a palette picture (h, w), against what surrounds it."""
    near = surroundings(inside)
    odds = color_odds(palette, colors[near], inside[near])
    area = float(inside.sum())
    mean = float((odds[colors] * inside).sum() / max(area, 1e-9))
    return ColorModel(odds, histogram(palette, colors, inside), area, mean)


def surroundings(inside: Plane) -> NDArray[np.bool_]:
    """Return the pixels of an object and of a ring around it, bool (h, w); all where there is no object."""
    mask = inside > 0.5
    if not mask.any():
        return np.ones_like(mask)
    far = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
    return np.asarray(far < max(LEAST_RING, RING * float(np.sqrt(mask.sum()))), np.bool_)
