"""From one frame to the next: masks carried by flow, corrected by colour, drawn along edges.

The colour models counted around each place and moved along follow the idea of Bai et al., "Video SnapCut",
SIGGRAPH 2009, as dense counts over a grid instead of overlapping windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import ColorPalette
from app.models.classic.color_model import LocalColorGrid, count, local_odds, places
from app.models.classic.dense_flow import BackwardFlow, motion
from app.models.classic.frame_features import FrameFeatures, FrameRegion
from app.models.classic.guided_filter import apply_lines, fit_lines
from app.models.classic.lab_color import scale_lab
from app.models.classic.tracked_object import TrackedObject

Plane = NDArray[np.float32]

SLOPE = 2.0
"""Working pixels from the carried outline over which its word gains a unit of log odds."""
CARRIED_LIMIT = 3.0
LEAST_AGREEMENT = 0.07
LEAST_WEIGHT = 0.05
WEIGHT_OF_LOCAL = 1.0
WEIGHT_OF_LOOK = 1.2
FAR = 20.0
"""Working pixels from the carried mask beyond which nothing is taken up."""
ABSENT = -5.0
RADIUS, TOLERANCE = 4, 4.0
STEEPER = 1.5


@dataclass(frozen=True, slots=True)
class PropagatedMask:
    """An object in a part of a frame. carried, inside: float32 (h, w), before and after looking at it."""

    carried: Plane
    inside: Plane


@dataclass(frozen=True, slots=True)
class FlowContext:
    """From the frame before to this one, in a part of it that holds all objects."""

    moved: BackwardFlow
    was: LocalColorGrid
    seen: LocalColorGrid
    colors: Plane
    total: Plane
    weight: Plane


def follow(
    before: FrameFeatures,
    now: FrameFeatures,
    part: FrameRegion,
    targets: Mapping[int, TrackedObject],
    palette: ColorPalette,
) -> tuple[BackwardFlow, dict[int, PropagatedMask]]:
    """Find the targets in a part of a frame; they compete for its pixels."""
    cut = part.slices
    passage = _passage(before, now, cut, palette)
    carried = {number: passage.moved.carry(target.inside[cut]) for number, target in targets.items()}
    odds = {number: _odds(passage, carried[number], target, palette) for number, target in targets.items()}
    whole = 1 + sum(np.exp(each) for each in odds.values())
    found = {
        number: PropagatedMask(carried[number], _draw(np.exp(each) / whole, passage.colors))
        for number, each in odds.items()
    }
    return passage.moved, found


def _passage(
    before: FrameFeatures, now: FrameFeatures, cut: tuple[slice, slice], palette: ColorPalette
) -> FlowContext:
    moved = motion(np.ascontiguousarray(before.grey[cut]), np.ascontiguousarray(now.grey[cut]))
    was = places(moved.fetch(before.colors[cut]))
    weight = np.maximum(moved.agreement, np.float32(LEAST_WEIGHT))
    total = count(palette, was, weight)
    return FlowContext(moved, was, places(now.colors[cut]), scale_lab(now.lab[cut]), total, weight)


def _odds(passage: FlowContext, carried: Plane, target: TrackedObject, palette: ColorPalette) -> Plane:
    """Return log odds of each pixel from the carried outline, colours around there, and the person's mask."""
    depth = _depth(carried > 0.5)
    word = (depth / SLOPE).clip(-CARRIED_LIMIT, CARRIED_LIMIT)
    odds = word * np.maximum(passage.moved.agreement, LEAST_AGREEMENT)
    inside = count(palette, passage.was, carried * passage.weight)
    odds += WEIGHT_OF_LOCAL * local_odds(inside, passage.total, passage.seen)
    odds += WEIGHT_OF_LOOK * target.look.odds[passage.seen.colors]
    odds[depth < -FAR] = ABSENT
    return odds


def _draw(inside: NDArray[np.floating[Any]], colors: Plane) -> Plane:
    """Return a probability drawn along edges and made more decided."""
    drawn = apply_lines(fit_lines(colors, inside.astype(np.float32), RADIUS, TOLERANCE), colors)
    return np.asarray(((drawn - 0.5) * STEEPER + 0.5).clip(0, 1), np.float32)


def _depth(mask: NDArray[np.bool_]) -> Plane:
    """Return how deep inside its outline each pixel lies, below 0 outside; -FAR - 1 where there is no mask."""
    if not mask.any():
        return np.full(mask.shape, -FAR - 1, np.float32)
    inside = mask.astype(np.uint8)
    deep, away = (cv2.distanceTransform(m, cv2.DIST_L2, cv2.DIST_MASK_3) for m in (inside, 1 - inside))
    return np.asarray(deep - away, np.float32)
