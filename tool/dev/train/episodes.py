"""What the program asks its decoder while someone annotates: prompts on pictures, and propagation along clips."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.models.click_robot import THRESHOLD, choose_click, region_similarity
from app.models.default.default_click_model import DefaultClickFeatures, DefaultClickModel, DefaultClickState
from app.models.default.encoding_store import EncodedFrame
from app.models.default.engine import DefaultEngine
from app.models.default.feature_cache import FeatureCache
from app.models.default.working_pixels import FRAME_AREA, WorkingFrame, normalise_pixels, whole_box
from app.models.engine import BoolMask, Image, Probability
from tool.dev.evaluation.held_out import SMALLEST
from tool.dev.train import prompts, robot
from tool.dev.train.learning_decoder import LearningDecoder
from tool.dev.train.scene import Scene

Figures = dict[str, float]
Episode = Callable[["LearningClickModel", DefaultClickFeatures, Generator], Figures]
CLICKS = (0.25, 0.25, 0.2, 0.15, 0.15)
"""Probability of 1, 2, … clicks on a picture; by hand: half of all answers are to a first or second click."""
UNSTEADY = 0.3  # share of clicks anywhere deep inside an error, not in its middle; by hand
MOST_THINGS = 3  # that are carried along a clip together
RECENT = 80  # encodings kept, some 4 MB each


class RecentFeatures(FeatureCache):
    """A cache that keeps what many pictures need, in memory alone."""

    def encode_frame(self, image: Image) -> EncodedFrame:
        """See FeatureCache; not kept."""
        frame = WorkingFrame.of(whole_box(image), FRAME_AREA)
        return self._encode(frame.shrink(image), frame, b"")

    def _encode(self, seen: Image, frame: WorkingFrame, name: bytes | None) -> EncodedFrame:
        f4, f8, f16, f32, embedding, key = self._graph(normalise_pixels(seen))
        return EncodedFrame(frame, (f4, f8, f16, f32), embedding, key)

    def _remember(self, name: Hashable, encoded: EncodedFrame) -> EncodedFrame:
        self._recent[name] = encoded
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        return encoded


class LearningClickModel(DefaultClickModel):
    """The program's click model, whose decoder learns from each look at a target."""

    def __init__(self, cache: FeatureCache, decoder: LearningDecoder, truth: BoolMask) -> None:
        super().__init__(cache, decoder)
        self._learner = decoder
        self.truth = truth

    def _decode_view(
        self, encoded: EncodedFrame, clicks: Sequence[Click], older: Probability | None
    ) -> tuple[Probability, float]:
        column, row = encoded.frame.to_working(clicks[-1].x, clicks[-1].y)
        self._learner.truth = encoded.frame.shrink_truth(self.truth)[None, None]
        self._learner.last = column / 2, row / 2
        return super()._decode_view(encoded, clicks, older)


def click_errors(
    model: LearningClickModel,
    features: DefaultClickFeatures,
    rng: Generator,
    state: DefaultClickState | None = None,
) -> Figures:
    """Click on errors one after the other; return the IoU after each, and the share of clicks that lowered it."""
    found = dict[str, float]()
    clicks: list[Click] = []
    mask = (
        np.zeros_like(model.truth) if state is None or not state.corrects else state.probability > THRESHOLD
    )
    before = region_similarity(mask, model.truth)
    for count in range(1, 1 + int(rng.choice(len(CLICKS), p=CLICKS)) + 1):
        click = _choose(mask, model.truth, rng)
        if click is None:
            break
        clicks.append(click)
        answer = model.predict(features, list(clicks), state)
        state, mask = answer.state, answer.probability > THRESHOLD
        now = region_similarity(mask, model.truth)
        found[f"iou{count}"] = now
        if count > 1:
            found[f"harm{count}"] = float(now < before - 0.01)
        before = now
    return found


def draw_box(model: LearningClickModel, features: DefaultClickFeatures, rng: Generator) -> Figures:
    """Draw a box, sometimes a lasso, and correct what it gives; its click is in the middle."""
    draw = prompts.draw_box if rng.random() < 0.7 else prompts.draw_lasso
    region = draw(model.truth.astype(np.uint8), rng) > 0
    return {f"box_{k}": v for k, v in click_errors(model, features, rng, model.begin_within(region)).items()}


def draw_scribble(model: LearningClickModel, features: DefaultClickFeatures, rng: Generator) -> Figures:
    """Draw a stroke inside the thing: a row of clicks, whatever they give."""
    small = cv2.resize(model.truth.astype(np.uint8), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_NEAREST)
    stroke = prompts.draw_scribble(small, 1.0, rng)
    if not stroke:
        return {}
    chosen = stroke[:: max(1, len(stroke) // 4)][:5]
    clicks = [Click(2 * x + 0.5, 2 * y + 0.5, True) for x, y, _ in chosen]
    state = None
    for count in range(1, len(clicks) + 1):
        answer = model.predict(features, clicks[:count], state)
        state = answer.state
    return {"scribble": region_similarity(answer.probability > THRESHOLD, model.truth)}


def correct_mask(model: LearningClickModel, features: DefaultClickFeatures, rng: Generator) -> Figures:
    """Correct a crude mask, as propagation may leave it."""
    spoiled = robot.spoil_mask(model.truth.astype(np.uint8), rng)
    state = DefaultClickState(spoiled.astype(np.float32), None, True)
    return {f"mend_{k}": v for k, v in click_errors(model, features, rng, state).items()}


EPISODES: tuple[tuple[Episode, float], ...] = (
    (click_errors, 0.72),
    (draw_box, 0.12),
    (draw_scribble, 0.06),
    (correct_mask, 0.1),
)
"""What is asked of a picture, and how often; by hand."""


def annotate_picture(model: LearningClickModel, features: DefaultClickFeatures, rng: Generator) -> Figures:
    """Annotate the target of a model in one of the ways."""
    episode = EPISODES[int(rng.choice(len(EPISODES), p=[share for _, share in EPISODES]))][0]
    return episode(model, features, rng)


def carry_masks(
    engine: DefaultEngine, decoder: LearningDecoder, scenes: Sequence[Scene], rng: Generator
) -> Figures:
    """Carry the things of the first picture to the others by the program's tracker."""
    large = [n for n, mask in enumerate(scenes[0].masks) if np.count_nonzero(mask) >= SMALLEST]
    numbers = [int(n) for n in rng.permutation(large)[:MOST_THINGS]]
    if not numbers:
        return {}
    tracker = engine.with_decoder(decoder).tracker()
    tracker.add_reference(0, scenes[0].image, {n: scenes[0].masks[n] > 0 for n in numbers})
    walk, found = tracker.start(0, 1), dict[str, float]()
    for index, scene in enumerate(scenes[1:], 1):
        view = WorkingFrame.of(whole_box(scene.image), FRAME_AREA)
        decoder.truth = np.stack([view.shrink_truth(scene.masks[n] > 0)[None] for n in numbers])
        decoder.last = None
        answers = walk.step(index, scene.image, numbers)
        scores = [region_similarity(answers[n].probability > THRESHOLD, scene.masks[n] > 0) for n in numbers]
        found[f"carry{index}"] = float(np.mean(scores))
    return found


def _choose(mask: NDArray[np.bool_], truth: BoolMask, rng: Generator) -> Click | None:
    if rng.random() >= UNSTEADY:
        return choose_click(mask, truth)
    click = robot.choose_click(truth.astype(np.uint8), mask.astype(np.uint8), rng)
    return None if click is None else Click(click[0], click[1], click[2] > 0)
