"""The click model: a light decoder over features that are coded once a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.annotation import Click
from app.domain.errors import UsageError
from app.models.default import prompt_encoding
from app.models.default.click_consistency import accept
from app.models.default.feature_cache import EncodedFrame, FeatureCache, NumberedImage
from app.models.default.working_pixels import (
    CROP_AREA,
    FRAME_AREA,
    SourceBox,
    WorkingFrame,
    object_box,
    sigmoid,
    whole,
)
from app.models.engine import BoolMask, ClickAnswer, Image, Probability
from app.models.runtime.network import Network

MARGIN = 1.5
"""Side of a zoomed view, in sides of the object's box."""
WORTH_IT = 0.4
"""Share of the picture above which a view is the whole picture."""
NARROWEST = 0.3
"""Least side of a view, in sides of the picture."""
COARSER, FINER = 0.36, 1.7
"""Working pixels of looks from afar and from near, as shares of the plain look's.

What one click must find is found more surely from afar as well; later clicks mend outlines, which need a near look.
"""
ZOOM_FROM = 4
"""Clicks from which on a small object is looked at from near; the first ones need the whole picture."""


@dataclass(frozen=True, slots=True)
class DefaultClickFeatures:
    """picture: for looks from near; coded: the whole of it, as seen before the first click."""

    picture: NumberedImage
    coded: tuple[EncodedFrame, EncodedFrame]


@dataclass(frozen=True, slots=True)
class DefaultClickState:
    """The last answer at source resolution, and the part of the picture that it looked at."""

    probability: Probability
    view: SourceBox | None


class DefaultClickModel:
    """Clicks to a mask, with the mask so far as a further hint."""

    def __init__(self, coder: FeatureCache, decoder: Network) -> None:
        self._coder = coder
        self._decoder = decoder

    def encode(self, image: Image) -> DefaultClickFeatures:
        """Code a picture, uint8 (h, w, 3) RGB."""
        picture = self._coder.picture(image)
        return DefaultClickFeatures(
            picture, (self._coder.code(image), self._look(picture, whole(image), COARSER))
        )

    def predict(
        self,
        features: DefaultClickFeatures,
        clicks: Sequence[Click],
        state: DefaultClickState | None = None,
        initial: BoolMask | None = None,
    ) -> ClickAnswer:
        """Answer a non-empty click list; raises UsageError for an empty one."""
        if not clicks:
            raise UsageError("A click model needs at least one click.", remedy="Click on the object.")
        if state is None:
            state = DefaultClickState(initial.astype(np.float32), None) if initial is not None else None
            for count in range(1, len(clicks)):
                state = self._answer(features, clicks[:count], state)
        state = self._answer(features, clicks, state)
        return ClickAnswer(state.probability, state)

    def prefetch(
        self, features: DefaultClickFeatures, clicks: Sequence[Click], state: DefaultClickState
    ) -> None:
        """Code what the click after these will most likely look at."""
        self._looks(features, len(clicks) + 1, self._view((*clicks, clicks[-1]), state))

    def _answer(
        self, features: DefaultClickFeatures, clicks: Sequence[Click], state: DefaultClickState | None
    ) -> DefaultClickState:
        older = state.probability if state is not None else None
        view = self._view(clicks, state)
        looks = self._looks(features, len(clicks), view)
        first, second = (look.frame.spread(self._decode(look, clicks, older)) for look in looks)
        part = sigmoid((first + second) * np.float32(0.5))
        newer = part if view is None or older is None else _placed(part, view, older)
        return DefaultClickState(accept(newer, older, clicks), view)

    def _looks(
        self, features: DefaultClickFeatures, clicks: int, view: SourceBox | None
    ) -> tuple[EncodedFrame, EncodedFrame]:
        """The picture, or a view of it, at two sizes."""
        picture, (plain, coarse) = features.picture, features.coded
        if view is not None:
            return self._look(picture, view, COARSER, CROP_AREA), self._look(picture, view, FINER, CROP_AREA)
        return (plain, coarse) if clicks == 1 else (coarse, self._look(picture, whole(picture.image), FINER))

    def _look(
        self, picture: NumberedImage, box: SourceBox, size: float, area: int = FRAME_AREA
    ) -> EncodedFrame:
        return self._coder.look(picture, WorkingFrame.of(box, int(size * area)))

    def _decode(self, coded: EncodedFrame, clicks: Sequence[Click], older: Probability | None) -> Probability:
        frame = coded.frame
        near = [click for click in clicks if _inside(click, frame.box)]
        spots = [(*frame.point(click.x, click.y), click.positive) for click in near]
        previous = None if older is None else frame.shrink_mask(older)
        told = prompt_encoding.click_hints(spots, previous, frame.height // 4, frame.width // 4)
        memory = np.zeros_like(coded.features[2])
        logits, _score = self._decoder(
            *coded.features, told, prompt_encoding.likeness(coded.embedding, spots), memory
        )
        answer: Probability = logits[0, 0]
        return answer

    def _view(self, clicks: Sequence[Click], state: DefaultClickState | None) -> SourceBox | None:
        """The last view while the object fills it well, else a fresh one; None for the whole picture."""
        if state is None or len(clicks) < ZOOM_FROM:
            return None
        seen = state.probability > 0.5
        last = clicks[-1]
        height, width = seen.shape
        row, column = min(max(int(last.y), 0), height - 1), min(max(int(last.x), 0), width - 1)
        seen[row, column] = True
        tight = object_box(seen)
        if tight is None:
            return None
        if state.view is not None and _fits(tight, state.view):
            return state.view
        return _roomy(tight, width, height)


def _fits(tight: SourceBox, view: SourceBox) -> bool:
    """Whether a view shows the whole object with a little margin and is not too wide for it."""
    left, top = tight.x - view.x, tight.y - view.y
    right, bottom = view.width - left - tight.width, view.height - top - tight.height
    narrow = max(tight.width / view.width, tight.height / view.height) > 0.4
    return narrow and min(left, top, right, bottom) >= 0


def _roomy(tight: SourceBox, width: int, height: int) -> SourceBox | None:
    side = max(tight.width, tight.height) * MARGIN
    least = NARROWEST * min(width, height)
    wide = int(min(max((side + tight.width * MARGIN) / 2, least), width))
    tall = int(min(max((side + tight.height * MARGIN) / 2, least), height))
    if wide * tall > WORTH_IT * width * height:
        return None
    x = int(np.clip(tight.x + tight.width / 2 - wide / 2, 0, width - wide))
    y = int(np.clip(tight.y + tight.height / 2 - tall / 2, 0, height - tall))
    return SourceBox(x, y, wide, tall)


def _placed(part: Probability, view: SourceBox, older: Probability) -> Probability:
    """The answer of a view, the older answer around it."""
    answer = older.copy()
    answer[view.y : view.y + view.height, view.x : view.x + view.width] = part
    return answer


def _inside(click: Click, box: SourceBox) -> bool:
    return box.x <= click.x < box.x + box.width and box.y <= click.y < box.y + box.height
