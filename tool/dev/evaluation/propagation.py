"""Carries the truth of one frame through a sequence and measures every frame after it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.models.click_robot import THRESHOLD, region_similarity
from app.models.engine import BoolMask, Direction, Prediction, Tracker
from tool.dev.evaluation.datasets import Clip
from tool.dev.evaluation.metrics import boundary_accuracy, dice


@dataclass(frozen=True, slots=True)
class Measure:
    """One object on one frame."""

    frame: int
    object_id: int
    j: float
    f: float
    dice: float
    agreed: int  #: pixels that mask and truth share
    pixels: int  #: of the mask and of the truth, added up
    truth_pixels: int
    score: float
    seconds: float  #: what the tracker took for the frame, all objects together


def propagate(
    tracker: Tracker, clip: Clip, reference: int = 0, objects: Sequence[int] = (), last: int | None = None
) -> Iterator[Measure]:
    """Walk from the truth of a reference frame to both ends and yield measures as frames are done.

    objects: those to follow, all of the reference where empty. last: where the forward walk ends.
    Frames without truth are walked but not measured.
    """
    truth = clip.truth(reference) or {}
    followed = {value: mask for value, mask in truth.items() if not objects or value in objects}
    tracker.add_reference(reference, clip.image(reference), followed)
    stop = clip.frames - 1 if last is None else min(last, clip.frames - 1)
    yield from _walk(tracker, clip, reference, stop, sorted(followed), 1)
    yield from _walk(tracker, clip, reference, 0, sorted(followed), -1)


def davis_mean(measures: Sequence[Measure], clip: Clip) -> tuple[float, float]:
    """Return mean J and F as the DAVIS benchmark does: without the first and the last frame."""
    inner = [m for m in measures if 0 < m.frame < clip.frames - 1]
    return mean([m.j for m in inner]), mean([m.f for m in inner])


def volume_dice(measures: Sequence[Measure]) -> float:
    """Return the Dice coefficient of all frames as one volume; 1 where nothing is there nor was found."""
    pixels = sum(m.pixels for m in measures)
    return 2 * sum(m.agreed for m in measures) / pixels if pixels else 1.0


def mean(values: Sequence[float]) -> float:
    """Return the mean, not-a-number for nothing."""
    return float(np.mean(values)) if values else float("nan")


def _walk(
    tracker: Tracker, clip: Clip, start: int, stop: int, objects: Sequence[int], direction: Direction
) -> Iterator[Measure]:
    walk = tracker.start(start, direction)
    for index in range(start + direction, stop + direction, direction):
        image = clip.image(index)
        began = time.perf_counter()
        found = walk.step(index, image, objects)
        seconds = time.perf_counter() - began
        truth = clip.truth(index)
        if truth is not None:
            yield from (_measure(index, value, found, truth, seconds) for value in objects)


def _measure(
    index: int, value: int, found: Mapping[int, Prediction], truth: Mapping[int, BoolMask], seconds: float
) -> Measure:
    prediction = found[value]
    mask = prediction.probability > THRESHOLD
    right = truth.get(value, np.zeros_like(mask))
    return Measure(
        index,
        value,
        j=region_similarity(mask, right),
        f=boundary_accuracy(mask, right),
        dice=dice(mask, right),
        agreed=int(np.count_nonzero(mask & right)),
        pixels=int(np.count_nonzero(mask) + np.count_nonzero(right)),
        truth_pixels=int(np.count_nonzero(right)),
        score=prediction.score,
        seconds=seconds,
    )
