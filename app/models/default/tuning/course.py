"""A course of training of both decoders on verified frames."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from app.models.default.engine import DefaultEngine
from app.models.default.shipped_graphs import DECODERS
from app.models.default.tuning.drawn_pictures import REHEARSED_SEED, draw_pictures
from app.models.default.tuning.recording import RecordingClickModel, record_clicks, record_propagation
from app.models.default.tuning.trainable_decoder import DecoderSample, TrainableDecoder
from app.models.default.tuning.tuned_frame import TunedFrame

STEPS: Final = 160  # of a course; chosen with RATE, see EXPERIMENTS.md of tool/dev/train
RATE: Final = 2e-4
CLICKED: Final = 2 / 3  # share of steps that learn from clicks where there are ways to propagate too; by hand
BOXED: Final = 0.2  # share of those that begin with a box; by hand
MOST_CLICKS: Final = 5  # in a history that is learned from; as figures of clicks are taken
REHEARSED: Final = 0.25
"""Share of steps that learn from drawn pictures, or what the weights knew would be forgotten; see EXPERIMENTS.md."""
DRAWN: Final = 60  # pictures to draw for that
NEAR: Final = 12  # frames from a reference to what is propagated, at most; by hand


class Course:
    """Training that asks the decoder what the program would ask, with the weights as they are at that time."""

    def __init__(
        self, frames: Sequence[TunedFrame], engine: DefaultEngine, folder: Path, seed: int = 0
    ) -> None:
        """frames: to learn from, at least one, those of a sequence in order; folder: of the engine's weights."""
        self._frames = frames
        self._rng = np.random.default_rng(seed)
        self.decoders = tuple(TrainableDecoder(folder / name, RATE) for name in DECODERS)
        self._engine = engine.with_decoders(*self.decoders)
        self._ways = list(_near_pairs(frames))
        self._drawn = list(draw_pictures(REHEARSED_SEED, DRAWN))

    def run(self, advance: Callable[[int, int], None], steps: int = STEPS) -> None:
        """Train for some steps; the rate falls to nothing along half a cosine. advance: called with (done, total)."""
        for step in range(steps):
            decoder, samples = self._draw()
            decoder.rate = RATE * (1 + np.cos(np.pi * step / steps)) / 2
            if samples:
                decoder.train(samples)
            advance(step + 1, steps)

    def _draw(self) -> tuple[TrainableDecoder, list[DecoderSample]]:
        """Return what a step learns from, and which decoder learns it."""
        rng = self._rng
        clicking, propagating = self.decoders
        if rng.random() < REHEARSED:
            return clicking, self._click(self._drawn)
        if self._ways and rng.random() > CLICKED:
            before, after = self._ways[int(rng.integers(len(self._ways)))]
            return propagating, record_propagation(self._engine.tracker(), before, after)
        return clicking, self._click(self._frames)

    def _click(self, frames: Sequence[TunedFrame]) -> list[DecoderSample]:
        rng = self._rng
        frame = frames[int(rng.integers(len(frames)))]
        mask = frame.masks[_choose(rng, sorted(frame.masks))]
        model = RecordingClickModel(self._engine.cache, self._engine.decoder)
        most, boxed = int(rng.integers(1, MOST_CLICKS + 1)), bool(rng.random() < BOXED)
        return record_clicks(model, frame.read(), mask, most, boxed)


def _near_pairs(frames: Sequence[TunedFrame]) -> list[tuple[TunedFrame, TunedFrame]]:
    """Return pairs of frames of one sequence that are near each other and show an object twice, either way round."""
    return [
        (one, other)
        for one in frames
        for other in frames
        if one.sequence == other.sequence
        and 0 < abs(one.index - other.index) <= NEAR
        and one.masks.keys() & other.masks.keys()
    ]


def _choose(rng: Generator, numbers: Sequence[int]) -> int:
    return numbers[int(rng.integers(len(numbers)))]
