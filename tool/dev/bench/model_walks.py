"""Propagation with models of EISeg's layout: python -m tool.dev.bench.model_walks OBJECTS FRAMES HOW PRECISION.

HOW: "first", a walk over new frames; "prepared", over frames that were worked on while the annotator
clicked; "again", after a correction; "peer", EISeg's walk, which knows but the first kind. See turns.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from tool.dev.bench.model_files import FOLDER
from tool.dev.bench.turns import Rounds, seconds, serve

CORRECTED: Final = 1
"""The frame that is corrected after the first walk, which goes on from there."""


def walk_rounds(words: Sequence[str]) -> Rounds:
    """Yield the device, then the seconds of each frame of a walk from frame 0."""
    objects, frames, how, precision = int(words[0]), int(words[1]), words[2], words[3]
    if how == "peer":
        yield from _peer(objects, frames, precision)
    else:
        yield from _ours(objects, frames, how, precision)


def _ours(objects: int, frames: int, how: str, precision: str) -> Rounds:
    from app.models.eiseg.engine import StaticEngine

    engine = StaticEngine(
        propagation=FOLDER / "propagation", device=f"cpu:{precision}", cache=FOLDER / "cache"
    )
    if how == "again":
        for _ in _walk(engine, objects, frames, 0, is_prepared=False):
            pass
    yield engine.device
    start = CORRECTED if how == "again" else 0
    yield from _walk(engine, objects, frames, start, is_prepared=how == "prepared")


def _walk(engine: Any, objects: int, frames: int, start: int, *, is_prepared: bool) -> Iterator[list[float]]:
    masks = dict(enumerate(_masks(objects), 1))
    tracker = engine.tracker()
    walk = None
    for index, image in enumerate(_images(frames)):
        if index in (0, start):
            tracker.add_reference(index, image, masks)
            walk = tracker.start(index, 1)
        elif index > start and walk is not None:
            if is_prepared:
                engine.prepare_frame(index, image, index)
            yield [seconds(partial(walk.step, index, image, list(masks)))]


def _peer(objects: int, frames: int, precision: str) -> Rounds:
    """What EISeg does with the whole clip before is shared among its frames."""
    from tool.dev.bench.peer import PeerPropagation

    peer = PeerPropagation(FOLDER / "propagation", precision)
    began = time.perf_counter()
    steps = peer.walk(list(_images(frames)), np.stack(_masks(objects)))
    next(steps)
    share = (time.perf_counter() - began) / frames
    yield precision
    for _ in range(1, frames):
        yield [share + seconds(lambda: next(steps))]


def _masks(objects: int) -> list[Any]:
    rows, columns = np.mgrid[:480, :854]
    return [(rows - 240) ** 2 + (columns - 250 * number) ** 2 < 90**2 for number in range(1, objects + 1)]


def _images(frames: int) -> Iterator[Any]:
    random = np.random.default_rng(0)
    return (random.integers(0, 256, (480, 854, 3), np.uint8) for _ in range(frames))


if __name__ == "__main__":
    serve(walk_rounds)
