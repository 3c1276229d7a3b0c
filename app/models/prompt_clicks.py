"""Clicks that stand for other prompts, for models that know clicks only, and the region that prompts allow. Pure."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click, Point
from app.domain.model_prompts import Box, Lasso, Prompt, Scribble
from app.imaging.polygons.tracing import fill_rings

BoolMask = NDArray[np.bool_]

# Clicks that a scribble becomes at most; each costs a run of the network. Chosen by hand.
SCRIBBLE_CLICKS = 5
# Least distance between clicks of a scribble, short sides of the picture. Chosen by hand.
SCRIBBLE_STEP = 0.05
# The same for a model that takes a whole stroke at once; 5, 12 or 24 clicks make no difference on 69 pictures.
STROKE_CLICKS, STROKE_STEP = 24, 0.02
SLACK = 0.04  # Widening of the region that a box or lasso allows, in its sides: hands draw into the thing.


def derive_clicks(prompt: Prompt, height: int, width: int) -> tuple[Click, ...]:
    """Return the clicks that say what a prompt says, at least one. height, width: of the picture.

    A box or lasso becomes a click on the point within it that is farthest from its outline; a scribble becomes
    clicks along its line.
    """
    match prompt:
        case Click():
            return (prompt,)
        case Scribble():
            return _clicks_along(prompt, height, width, SCRIBBLE_STEP, SCRIBBLE_CLICKS)
        case Box() | Lasso():
            return (Click(*_innermost(prompt, height, width), True),)


def stroke_clicks(scribble: Scribble, height: int, width: int) -> tuple[Click, ...]:
    """Return clicks along a scribble, for a model that answers all of them at once."""
    return _clicks_along(scribble, height, width, STROKE_STEP, STROKE_CLICKS)


def allowed_region(prompts: Iterable[Prompt], height: int, width: int) -> BoolMask | None:
    """Return where the object may be, bool (h, w): within a box or lasso; None for anywhere.

    A positive click or scribble outside says that the object goes on there, and lifts the limit.
    """
    around = [prompt for prompt in prompts if isinstance(prompt, (Box, Lasso))]
    if not around:
        return None
    region = np.zeros((height, width), np.bool_)
    for outline in around:
        region |= fill_rings([_widened(_ring(outline))], (0, 0, width, height), (height, width))
    clicks = [click for prompt in prompts for click in derive_clicks(prompt, height, width)]
    spots = [(round(click.y), round(click.x)) for click in clicks if click.positive]
    return region if all(region[spot] for spot in spots) else None


def outlined_region(prompt: Box | Lasso, height: int, width: int) -> BoolMask:
    """Return the inside of a box or lasso, bool (h, w)."""
    return fill_rings([_ring(prompt)], (0, 0, width, height), (height, width))


def _ring(prompt: Box | Lasso) -> NDArray[np.float64]:
    if isinstance(prompt, Lasso):
        return np.array(prompt.points, np.float64)
    left, top, right, bottom = prompt.left, prompt.top, prompt.right, prompt.bottom
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _widened(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a ring with its points farther from its middle."""
    middle = (ring.min(0) + ring.max(0)) / 2
    return np.asarray(middle + (ring - middle) * (1 + 2 * SLACK))


def _innermost(prompt: Box | Lasso, height: int, width: int) -> Point:
    ring = _ring(prompt)
    inside = outlined_region(prompt, height, width)
    if not inside.any():
        x, y = ring.mean(0)
        return _within((float(x), float(y)), height, width)
    depth = cv2.distanceTransform(np.pad(inside, 1).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Of equally deep points, as a long box has, the one in their middle.
    rows, columns = np.nonzero(depth[1:-1, 1:-1] >= depth.max() - 0.5)
    nearest = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    return float(columns[nearest]), float(rows[nearest])


def _clicks_along(scribble: Scribble, height: int, width: int, step: float, most: int) -> tuple[Click, ...]:
    spots = _spread(scribble.points, step * min(height, width), most)
    return tuple(Click(*_within(point, height, width), scribble.positive) for point in spots)


def _spread(points: tuple[Point, ...], step: float, most: int) -> list[Point]:
    """Return up to most points along a line, evenly apart by step or more, and both ends where there is room."""
    path = np.array(points, np.float64)
    lengths = np.concatenate(([0.0], np.hypot(*np.diff(path, axis=0).T).cumsum()))
    count = int(np.clip(lengths[-1] // step + 1, 1, most))
    at = np.linspace(0, lengths[-1], count) if count > 1 else [lengths[-1] / 2]
    return [(float(np.interp(d, lengths, path[:, 0])), float(np.interp(d, lengths, path[:, 1]))) for d in at]


def _within(point: Point, height: int, width: int) -> Point:
    return min(max(point[0], 0.0), width - 1.0), min(max(point[1], 0.0), height - 1.0)
