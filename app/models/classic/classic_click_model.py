"""Clicks to masks by belief over a graph of regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.models.classic.click_inference import believe, reconsider
from app.models.classic.working_view import Rect, WorkingView, look
from app.models.engine import BoolMask, ClickAnswer, Image, Probability

SHORT_SIDE = 360
REGIONS = 2000
CLOSE_REGIONS = 1200
CLOSE_AREA = 240 * 320
WORTH_A_CLOSER_LOOK = 0.04
MARGIN = 0.35
GRID = 32
CLOSE_VIEWS = 4
CERTAIN = 0.02
KEPT_BELOW = 0.1
CHANGED_ABOVE = 0.35
DOT = 0.004


@dataclass(frozen=True)
class ClassicClickFeatures:
    """An image, the view of all of it, and the closer views asked for lately."""

    image: Image
    whole: WorkingView
    close: dict[Rect, WorkingView] = field(default_factory=dict)


@dataclass(frozen=True)
class ClassicClickState:
    """What the regions of the whole view are believed to be after some clicks."""

    clicks: tuple[Click, ...]
    belief: NDArray[np.float64]


class ClassicClickModel:
    """Answers clicks with what is near them along flat ground and looks like them."""

    def encode(self, image: Image) -> ClassicClickFeatures:
        """Find regions and how they hang together. image: uint8 (h, w, 3) RGB."""
        height, width = image.shape[:2]
        features = ClassicClickFeatures(image, look(image, (0, 0, width, height), SHORT_SIDE, REGIONS))
        features.whole.scene.prepare()
        return features

    def predict(
        self, features: Any, clicks: Sequence[Click], state: Any = None, initial: BoolMask | None = None
    ) -> ClickAnswer:
        """Answer a non-empty click list; see app.models.engine.ClickModel."""
        start = None if initial is None else features.whole.gather(initial.astype(np.float32))
        belief = _follow(features.whole, clicks, _fitting(state, features, clicks), start)
        probability = _closer(features, clicks, belief)
        if initial is not None and start is not None:
            probability = _keep(features.whole, probability, belief - start, initial)
        _honour(probability, clicks)
        return ClickAnswer(probability, ClassicClickState(tuple(clicks), belief))

    def expect(self, features: Any, clicks: Sequence[Click], state: Any) -> None:
        """Nothing: where to look from near is known only when the click is."""


def _fitting(state: Any, features: ClassicClickFeatures, clicks: Sequence[Click]) -> ClassicClickState | None:
    """Return the state if it is that of the clicks before the last one."""
    known = isinstance(state, ClassicClickState) and len(state.belief) == features.whole.scene.graph.size
    return state if known and state.clicks == tuple(clicks[:-1]) else None


def _follow(
    view: WorkingView,
    clicks: Sequence[Click],
    state: ClassicClickState | None,
    start: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Return the belief after all clicks, worked through from the state or from the beginning."""
    belief = start if state is None else state.belief
    seeds = [view.seed(click) for click in clicks]
    for done in range(0 if state is None else len(state.clicks), len(seeds)):
        belief = believe(view.scene, seeds[: done + 1], belief)
    return np.zeros(view.scene.graph.size) if belief is None else belief


def _closer(
    features: ClassicClickFeatures, clicks: Sequence[Click], belief: NDArray[np.float64]
) -> Probability:
    """Return the belief at source size, looked at again from nearby where the object is small."""
    whole = features.whole
    probability = np.zeros(features.image.shape[:2], np.float32)
    whole.draw(belief, features.image, probability)
    box = _box_to_look_at(whole, belief)
    if box is None:
        return probability
    view = _close_view(features, box)
    near = reconsider(view.scene, view.seeds(clicks), view.gather(probability))
    view.cut(probability)[:] = 0
    view.draw(near, features.image, probability)
    return probability


def _box_to_look_at(whole: WorkingView, belief: NDArray[np.float64]) -> Rect | None:
    """Return a box around what is believed, on a grid; None where it fills much of the picture or nothing."""
    _, _, width, height = whole.box
    rows, columns = np.nonzero(whole.paint(belief) > 0.5)
    if not rows.size:
        return None
    left, right = _span(columns, whole.size.width, width)
    top, bottom = _span(rows, whole.size.height, height)
    small = (right - left) * (bottom - top) < WORTH_A_CLOSER_LOOK * width * height
    return (left, top, right - left, bottom - top) if small else None


def _span(places: NDArray[np.intp], working: int, source: int) -> tuple[int, int]:
    """Return the source pixels from first to last place, with a margin, on a grid."""
    scale = source / working
    first, last = places.min() * scale, (places.max() + 1) * scale
    margin = MARGIN * (last - first) + GRID / 2
    low, high = int((first - margin) // GRID * GRID), int(-((-last - margin) // GRID) * GRID)
    return max(low, 0), min(high, source)


def _close_view(features: ClassicClickFeatures, box: Rect) -> WorkingView:
    if box not in features.close:
        while len(features.close) >= CLOSE_VIEWS:
            features.close.pop(next(iter(features.close)))
        width, height = box[2:]
        short_side = min(width, height) * (CLOSE_AREA / (width * height)) ** 0.5
        features.close[box] = look(features.image, box, short_side, CLOSE_REGIONS)
    return features.close[box]


def _keep(
    whole: WorkingView, probability: Probability, change: NDArray[np.float64], initial: BoolMask
) -> Probability:
    """Return the initial mask wherever its regions were not moved, so that its outline stays as it was."""
    moved = ((np.abs(change) - KEPT_BELOW) / (CHANGED_ABOVE - KEPT_BELOW)).clip(0, 1)
    height, width = initial.shape
    share = cv2.resize(whole.paint(moved), (width, height), interpolation=cv2.INTER_LINEAR)
    kept = np.where(initial, np.float32(1 - CERTAIN), np.float32(CERTAIN))
    return np.asarray(share * probability + (1 - share) * kept, np.float32)


def _honour(probability: Probability, clicks: Sequence[Click]) -> None:
    """Put every clicked pixel, and a dot around it, on the side of its click; later clicks go over earlier."""
    height, width = probability.shape
    radius = round(DOT * min(height, width))
    places = [
        (min(max(round(c.x), 0), width - 1), min(max(round(c.y), 0), height - 1), c.positive) for c in clicks
    ]
    for x, y, positive in places:
        cv2.circle(probability, (x, y), radius, 1 - CERTAIN if positive else CERTAIN, -1)
    for x, y, positive in places:
        probability[y, x] = 1 - CERTAIN if positive else CERTAIN
