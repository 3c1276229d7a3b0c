"""Keeps garbage collections out of frames and of the start, since no Python thread runs during one."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Self

# Between two full collections while the UI is idle. Chosen by hand: shorter costs a frame more often, longer
# keeps dead cycles longer.
INTERVAL_SECONDS: Final = 30.0
# Threshold of generation 2, in place of 10: without an idle moment a full collection still comes, but rarely.
_RARELY: Final = 1000


@contextmanager
def without_collection() -> Iterator[None]:
    """Import modules without collections: what they make stays, and looking at it again took 8 % of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class GcScheduler:
    """Keeps full collections out of frames. A context manager, to be entered once the program is up.

    Python collects in the thread that allocates most, here the pipeline's, and the window waits for it: a full
    collection took 32 ms with 95,000 objects, and 78 ms on busy cores. Objects that exist on entering are
    frozen (gc.freeze); the others are collected when the loop is idle.
    """

    def __init__(self) -> None:
        self._thresholds = gc.get_threshold()
        self._swept = 0.0

    def __enter__(self) -> Self:
        gc.collect()
        gc.freeze()
        self._thresholds = gc.get_threshold()
        gc.set_threshold(*self._thresholds[:2], _RARELY)
        self._swept = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()

    def collect_when_idle(self) -> None:
        """Run a full collection, unless one was run within the interval. To be called while the UI is idle."""
        now = time.monotonic()
        if now - self._swept >= INTERVAL_SECONDS:
            gc.collect()
            self._swept = now
