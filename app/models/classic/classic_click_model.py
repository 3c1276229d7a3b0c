"""Click model over a region graph, refined in a closer view where the object is small."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.models.classic.click_inference import refine_posterior, update_posterior
from app.models.classic.working_view import Rect, WorkingView, open_view
from app.models.engine import BoolMask, ClickAnswer, Image, Probability

# Chosen by hand; the history keeps no measurement.
SHORT_SIDE = 360  # Working pixels of the whole view: more shows finer things and takes longer to encode.
REGIONS = 2000  # Of the whole view, about; see region_graph.
CLOSE_REGIONS = 1200  # Of a closer view, which is built while the person waits.
CLOSE_AREA = 240 * 320  # Working pixels of a closer view.
# Of the picture, below which an object's box is refined: higher refines more and takes longer.
REFINED_SHARE = 0.04
MARGIN = 0.35  # Around the object in a closer view, of its size: shows background to tell it from.
GRID = 32  # Source pixels to which a closer view's box is rounded, so that the next click finds it cached.
CACHED_CLOSE_VIEWS = 4  # Some megabytes each.
MARGIN_OF_CERTAINTY = 0.02  # Of probability from 0 and 1 where a click or a kept mask decides.
KEPT_BELOW = 0.1  # Change of a region's probability up to which the initial mask keeps its outline there.
CHANGED_ABOVE = 0.35  # Change from which the new outline holds; between the two they are blended.
DOT_RADIUS = 0.004  # Short sides around a click that take its sign: 2 pixels at 480p.


@dataclass(frozen=True)
class ClassicClickFeatures:
    """An image, the view of all of it, and recently used closer views."""

    image: Image
    whole: WorkingView
    close: dict[Rect, WorkingView] = field(default_factory=dict)


@dataclass(frozen=True)
class ClassicClickState:
    """Probabilities of the regions of the whole view after some clicks."""

    clicks: tuple[Click, ...]
    posterior: NDArray[np.float64]  #: (n,)


class ClassicClickModel:
    """Segments what is geodesically near the clicks and alike in colour; see app.models.engine.ClickModel."""

    def encode(self, image: Image) -> ClassicClickFeatures:
        """Build the region graph of an image, uint8 (h, w, 3) RGB."""
        height, width = image.shape[:2]
        features = ClassicClickFeatures(image, open_view(image, (0, 0, width, height), SHORT_SIDE, REGIONS))
        features.whole.prior.precompute()
        return features

    def predict(
        self, features: Any, clicks: Sequence[Click], state: Any = None, initial: BoolMask | None = None
    ) -> ClickAnswer:
        """Answer a non-empty click list; see app.models.engine.ClickModel."""
        start = None if initial is None else features.whole.average_by_region(initial.astype(np.float32))
        posterior = _answer_clicks(features.whole, clicks, _continued_state(state, features, clicks), start)
        probability = _refine_from_near(features, clicks, posterior)
        if initial is not None and start is not None:
            probability = _keep_unchanged(features.whole, probability, posterior - start, initial)
        _enforce_clicks(probability, clicks)
        return ClickAnswer(probability, ClassicClickState(tuple(clicks), posterior))

    def prefetch(self, features: Any, clicks: Sequence[Click], state: Any) -> None:
        """Do nothing: the closer view depends on the click itself."""


def _continued_state(
    state: Any, features: ClassicClickFeatures, clicks: Sequence[Click]
) -> ClassicClickState | None:
    """Return the state if it is that of the clicks before the last one."""
    known = isinstance(state, ClassicClickState) and len(state.posterior) == features.whole.prior.graph.size
    return state if known and state.clicks == tuple(clicks[:-1]) else None


def _answer_clicks(
    view: WorkingView,
    clicks: Sequence[Click],
    state: ClassicClickState | None,
    start: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Return the posterior after all clicks, continued from the state or from the beginning."""
    posterior = start if state is None else state.posterior
    seeds = [view.locate_click(click) for click in clicks]
    for done in range(0 if state is None else len(state.clicks), len(seeds)):
        posterior = update_posterior(view.prior, seeds[: done + 1], posterior)
    return np.zeros(view.prior.graph.size) if posterior is None else posterior


def _refine_from_near(
    features: ClassicClickFeatures, clicks: Sequence[Click], posterior: NDArray[np.float64]
) -> Probability:
    """Return the probability at source size, refined in a closer view where the object is small."""
    whole = features.whole
    probability = np.zeros(features.image.shape[:2], np.float32)
    whole.render_along_edges(posterior, features.image, probability)
    box = _refinement_box(whole, posterior)
    if box is None:
        return probability
    view = _open_close_view(features, box)
    near = refine_posterior(view.prior, view.locate_clicks(clicks), view.average_by_region(probability))
    view.crop(probability)[:] = 0
    view.render_along_edges(near, features.image, probability)
    return probability


def _refinement_box(whole: WorkingView, posterior: NDArray[np.float64]) -> Rect | None:
    """Return a box around the foreground, on a grid; None where it is empty or fills much of the picture."""
    _, _, width, height = whole.box
    rows, columns = np.nonzero(whole.render(posterior) > 0.5)
    if not rows.size:
        return None
    left, right = _span(columns, whole.size.width, width)
    top, bottom = _span(rows, whole.size.height, height)
    small = (right - left) * (bottom - top) < REFINED_SHARE * width * height
    return (left, top, right - left, bottom - top) if small else None


def _span(places: NDArray[np.intp], working: int, source: int) -> tuple[int, int]:
    """Return the source pixels from the first to the last working pixel, with a margin, on a grid."""
    scale = source / working
    first, last = places.min() * scale, (places.max() + 1) * scale
    margin = MARGIN * (last - first) + GRID / 2
    low, high = int((first - margin) // GRID * GRID), int(-((-last - margin) // GRID) * GRID)
    return max(low, 0), min(high, source)


def _open_close_view(features: ClassicClickFeatures, box: Rect) -> WorkingView:
    if box not in features.close:
        while len(features.close) >= CACHED_CLOSE_VIEWS:
            features.close.pop(next(iter(features.close)))
        width, height = box[2:]
        short_side = min(width, height) * (CLOSE_AREA / (width * height)) ** 0.5
        features.close[box] = open_view(features.image, box, short_side, CLOSE_REGIONS)
    return features.close[box]


def _keep_unchanged(
    whole: WorkingView, probability: Probability, change: NDArray[np.float64], initial: BoolMask
) -> Probability:
    """Return the initial mask wherever its regions did not change, so that its outline stays as it was."""
    moved = ((np.abs(change) - KEPT_BELOW) / (CHANGED_ABOVE - KEPT_BELOW)).clip(0, 1)
    height, width = initial.shape
    share = cv2.resize(whole.render(moved), (width, height), interpolation=cv2.INTER_LINEAR)
    kept = np.where(initial, np.float32(1 - MARGIN_OF_CERTAINTY), np.float32(MARGIN_OF_CERTAINTY))
    return np.asarray(share * probability + (1 - share) * kept, np.float32)


def _enforce_clicks(probability: Probability, clicks: Sequence[Click]) -> None:
    """Set every clicked pixel and a disk around it to the sign of its click; later clicks override earlier ones."""
    height, width = probability.shape
    radius = round(DOT_RADIUS * min(height, width))
    places = [
        (min(max(round(c.x), 0), width - 1), min(max(round(c.y), 0), height - 1), c.positive) for c in clicks
    ]
    for x, y, positive in places:
        cv2.circle(
            probability, (x, y), radius, 1 - MARGIN_OF_CERTAINTY if positive else MARGIN_OF_CERTAINTY, -1
        )
    for x, y, positive in places:
        probability[y, x] = 1 - MARGIN_OF_CERTAINTY if positive else MARGIN_OF_CERTAINTY
