"""One propagation step: masks warped by optical flow, corrected by colour, aligned with edges.

The local colour models that move along follow Bai et al., "Video SnapCut", SIGGRAPH 2009, as dense histograms
over a grid instead of overlapping windows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import ColorPalette
from app.models.classic.dense_flow import BackwardFlow, estimate_flow
from app.models.classic.frame_features import FrameFeatures, FrameRegion
from app.models.classic.guided_filter import apply_lines, fit_lines
from app.models.classic.lab_color import scale_lab
from app.models.classic.local_histograms import LocalColorGrid, bin_pixels, count_local_colors, local_log_odds
from app.models.classic.tracked_object import TrackedObject

Plane = NDArray[np.float32]

# Chosen by hand. In brackets: change of the mean J over eight frames of five DAVIS sequences (0.866) when the value is
# halved and doubled, in hundredths.
# Working pixels from the warped outline per unit of log odds: colour moves it more (+0.9, -1.3).
DISTANCE_SCALE = 2.0
CARRIED_LIMIT = 3.0  # Log odds of the warped mask far from its outline (-0.8, -0.2).
LEAST_AGREEMENT = 0.07  # Share of the warped mask's weight where the flow contradicts itself (-0.1, +0.3).
LEAST_WEIGHT = 0.05  # The same for pixels in the local histograms, so that none is empty (0.0, +0.2).
WEIGHT_OF_LOCAL = 1.0  # Of the log odds of the local colour models (-2.1, +0.6).
WEIGHT_OF_MODEL = 1.2  # Of the person's colour model: higher resists drift, lower follows light (+0.6, -4.2).
FARTHEST = 20.0  # Working pixels from the warped mask beyond which nothing is added (+0.2, -0.3).
ABSENT = -5.0  # Log odds there (0.0, 0.0).
RADIUS, TOLERANCE = (
    4,
    4.0,
)  # Guided filter: working pixels; CIELAB units that count as flat (+0.4, -1.0; +0.4, -0.3).
# Slope of the probability around one half after filtering, which softens outlines (-1.3, +0.2).
CONTRAST = 1.5


@dataclass(frozen=True, slots=True)
class PropagatedMask:
    """Probability of an object in a region of a frame, float32 (h, w)."""

    carried: Plane  #: warped from the frame before
    inside: Plane  #: corrected by this frame


@dataclass(frozen=True, slots=True)
class FlowContext:
    """Data that all objects of a step share, in the region of the frame that holds them."""

    flow: BackwardFlow
    earlier_grid: LocalColorGrid  #: colours of the frame before, warped
    current_grid: LocalColorGrid
    colors: Plane  #: CIELAB of this frame, float32 (h, w, 3)
    total: Plane  #: local histograms of everything, float32 (cells, k)
    weight: Plane  #: of each pixel in the histograms, float32 (h, w)


def propagate_objects(
    before: FrameFeatures,
    now: FrameFeatures,
    region: FrameRegion,
    objects: Mapping[int, TrackedObject],
    palette: ColorPalette,
) -> dict[int, PropagatedMask]:
    """Return the masks of objects in a region of the next frame; they compete for its pixels."""
    cut = region.slices
    context = _flow_context(before, now, cut, palette)
    carried = {number: context.flow.warp(tracked.inside[cut]) for number, tracked in objects.items()}
    odds = {n: _log_odds(context, carried[n], tracked, palette) for n, tracked in objects.items()}
    whole = 1 + sum(np.exp(each) for each in odds.values())
    return {
        number: PropagatedMask(carried[number], _sharpen(np.exp(each) / whole, context.colors))
        for number, each in odds.items()
    }


def _flow_context(
    before: FrameFeatures, now: FrameFeatures, cut: tuple[slice, slice], palette: ColorPalette
) -> FlowContext:
    flow = estimate_flow(np.ascontiguousarray(before.grey[cut]), np.ascontiguousarray(now.grey[cut]))
    earlier_grid = bin_pixels(flow.warp_nearest(before.colors[cut]))
    weight = np.maximum(flow.agreement, np.float32(LEAST_WEIGHT))
    total = count_local_colors(palette, earlier_grid, weight)
    return FlowContext(
        flow, earlier_grid, bin_pixels(now.colors[cut]), scale_lab(now.lab[cut]), total, weight
    )


def _log_odds(context: FlowContext, carried: Plane, tracked: TrackedObject, palette: ColorPalette) -> Plane:
    """Return log odds of each pixel from the warped mask, local colours, and the person's colour model."""
    depth = _signed_distance(carried > 0.5)
    shape = (depth / DISTANCE_SCALE).clip(-CARRIED_LIMIT, CARRIED_LIMIT)
    odds = shape * np.maximum(context.flow.agreement, LEAST_AGREEMENT)
    inside = count_local_colors(palette, context.earlier_grid, carried * context.weight)
    odds += WEIGHT_OF_LOCAL * local_log_odds(inside, context.total, context.current_grid)
    odds += WEIGHT_OF_MODEL * tracked.model.log_odds[context.current_grid.colors]
    odds[depth < -FARTHEST] = ABSENT
    return odds


def _sharpen(inside: NDArray[np.floating[Any]], colors: Plane) -> Plane:
    """Return a probability aligned with edges and of more contrast."""
    drawn = apply_lines(fit_lines(colors, inside.astype(np.float32), RADIUS, TOLERANCE), colors)
    return np.asarray(((drawn - 0.5) * CONTRAST + 0.5).clip(0, 1), np.float32)


def _signed_distance(mask: NDArray[np.bool_]) -> Plane:
    """Return the signed distance to the outline, positive inside, pixels; -FARTHEST - 1 for an empty mask."""
    if not mask.any():
        return np.full(mask.shape, -FARTHEST - 1, np.float32)
    inside = mask.astype(np.uint8)
    deep, away = (cv2.distanceTransform(m, cv2.DIST_L2, cv2.DIST_MASK_3) for m in (inside, 1 - inside))
    return np.asarray(deep - away, np.float32)
