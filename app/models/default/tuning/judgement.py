"""How good weights are on frames: clicks by the robot, and propagation from frame to frame."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np

from app.models.click_robot import THRESHOLD, annotate_image, region_similarity
from app.models.default.engine import DefaultEngine
from app.models.default.tuning.tuned_frame import TunedFrame

CLICKS = 3
Item = TypeVar("Item")
FARTHEST = 30
"""Frames from a verified frame to the next one up to which propagation between them is judged; by hand."""
MOST = 40
"""Frames judged at most, spread over all, for clicks and for propagation each: 20 to 60 s on two cores."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Means over frames; None where there was nothing to judge."""

    first: float  #: IoU after one click
    last: float  #: IoU after CLICKS clicks
    carried: float | None  #: IoU of masks propagated to the next verified frame
    frames: int

    @property
    def clicks(self) -> float:
        """The mean of both figures of clicks, by which weights are compared."""
        return (self.first + self.last) / 2


def judge_engine(
    engine: DefaultEngine, frames: Sequence[TunedFrame], advance: Callable[[int, int], None]
) -> Judgement:
    """Judge an engine on a non-empty list of frames; advance: called with (done, total)."""
    chosen = spread(frames, MOST)
    ways = spread([pair for pair in pairwise(frames) if _is_way(*pair)], MOST)
    total, done = len(chosen) + len(ways), 0
    scores = []
    for frame in chosen:
        image = frame.read()
        for mask in frame.masks.values():
            found = annotate_image(engine.click_model(), image, mask, CLICKS)
            scores.append((found + found[-1:] * CLICKS)[:CLICKS])
        advance(done := done + 1, total)
    carried: list[float] = []
    for before, after in ways:
        carried += _propagate(engine, before, after)
        advance(done := done + 1, total)
    means = np.mean(scores, 0)
    return Judgement(
        float(means[0]), float(means[-1]), float(np.mean(carried)) if carried else None, len(chosen)
    )


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Return most items at most, evenly spread."""
    count = min(most, len(items))
    return [items[round(place * (len(items) - 1) / max(count - 1, 1))] for place in range(count)]


def _is_way(before: TunedFrame, after: TunedFrame) -> bool:
    near = before.sequence == after.sequence and 0 < after.index - before.index <= FARTHEST
    return near and bool(before.masks.keys() & after.masks.keys())


def _propagate(engine: DefaultEngine, before: TunedFrame, after: TunedFrame) -> Iterator[float]:
    tracker = engine.tracker()
    tracker.add_reference(before.index, before.read(), before.masks)
    numbers = sorted(before.masks.keys() & after.masks.keys())
    found = tracker.start(before.index, 1).step(after.index, after.read(), numbers)
    for number in numbers:
        yield region_similarity(found[number].probability > THRESHOLD, after.masks[number])
