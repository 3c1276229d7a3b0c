"""A click model for all prompts over one that knows clicks only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np

from app.domain.annotation import Click
from app.domain.errors import UsageError
from app.domain.model_prompts import Box, Lasso, Prompt, Scribble
from app.models.engine import (
    BoolMask,
    ClickAnswer,
    ClicksOnlyModel,
    CorrectingModel,
    Image,
    StoppableModel,
    WarmableModel,
)
from app.models.prompt_clicks import allowed_region, derive_clicks, outlined_region, stroke_clicks

M = TypeVar("M", bound=ClicksOnlyModel)


@runtime_checkable
class RegionModel(Protocol):
    """A model of clicks that can also be told where the object is, before the first click."""

    def begin_within(self, region: BoolMask) -> Any:
        """Return the state in which an object fills a region, bool (h, w), partly, and nothing outside."""


@runtime_checkable
class StrokeModel(Protocol):
    """A model of clicks that can also begin with all clicks of a stroke over the object at once."""

    def begin_with_stroke(self, features: Any, clicks: Sequence[Click]) -> ClickAnswer:
        """Answer a stroke, positive clicks, of which there is at least one."""


@dataclass(frozen=True, slots=True)
class PromptedFeatures:
    """Features of the model of clicks, and the size of their picture."""

    features: Any
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class PromptedState:
    """The clicks so far, and the state of the model of clicks after them."""

    clicks: tuple[Click, ...]
    state: Any


class PromptedClickModel(Generic[M]):
    """Gives a model the clicks that stand for the prompts, and cuts its answer to where they say the object is."""

    def __init__(self, model: M) -> None:
        self.model = model

    def encode(self, image: Image) -> PromptedFeatures:
        """See ClickModel."""
        return PromptedFeatures(self.model.encode(image), *image.shape[:2])

    def predict(
        self,
        features: PromptedFeatures,
        prompts: Sequence[Prompt],
        state: PromptedState | None = None,
        initial: BoolMask | None = None,
    ) -> ClickAnswer:
        """See ClickModel; raises UsageError for an empty list."""
        if not prompts:
            raise UsageError("A click model needs at least one prompt.", remedy="Click on the object.")
        size = features.height, features.width
        now = state or PromptedState((), None)
        for prompt in prompts[-1:] if state is not None else prompts:
            if not now.clicks and initial is None:
                if isinstance(prompt, Scribble) and prompt.positive and isinstance(self.model, StrokeModel):
                    answer = self.model.begin_with_stroke(features.features, stroke_clicks(prompt, *size))
                    now = PromptedState(derive_clicks(prompt, *size), answer.state)
                    continue
                now = PromptedState((), self._begin(prompt, *size))
            for click in derive_clicks(prompt, *size):
                clicks = (*now.clicks, click)
                answer = self.model.predict(features.features, clicks, now.state, initial)
                now = PromptedState(clicks, answer.state)
        region = allowed_region(prompts, *size)
        probability = answer.probability if region is None else answer.probability * region
        return ClickAnswer(np.asarray(probability, np.float32), now)

    def expect_correction(self, features: PromptedFeatures, initial: BoolMask) -> None:
        """See CorrectingModel; without effect where the model of clicks is none."""
        if isinstance(self.model, CorrectingModel):
            self.model.expect_correction(features.features, initial)

    def warm_up(self, features: PromptedFeatures) -> bool:
        """See WarmableModel."""
        return isinstance(self.model, WarmableModel) and self.model.warm_up(features.features)

    def stop_by(self, check: Callable[[], None]) -> bool:
        """See StoppableModel."""
        return isinstance(self.model, StoppableModel) and self.model.stop_by(check)

    def _begin(self, prompt: Prompt, height: int, width: int) -> Any:
        if not isinstance(prompt, (Box, Lasso)) or not isinstance(self.model, RegionModel):
            return None
        region = outlined_region(prompt, height, width)
        return self.model.begin_within(region) if region.any() else None

    def prefetch(self, features: PromptedFeatures, prompts: Sequence[Prompt], state: PromptedState) -> None:
        """See ClickModel."""
        self.model.prefetch(features.features, state.clicks, state.state)
