"""Frames of propagation passes, read and encoded on a thread of their own while the tracker is on the frame before."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

import numpy as np
from numpy.typing import NDArray

from app.models.engine import EncodingTracker, Tracker

Frame = NDArray[np.uint8]
ReadFrame = Callable[[int], Frame]


class FramesAhead:
    """Reads frames, one at a time; for a tracker that can, it encodes them too. Close it before the source."""

    def __init__(self, read: ReadFrame, tracker: Tracker) -> None:
        """read: called on one other thread only; what it raises comes out where the frame is asked for."""
        self._read = read
        self._encode = tracker.encode_ahead if isinstance(tracker, EncodingTracker) else None
        self._thread = ThreadPoolExecutor(1, "frames-ahead")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def read(self, frame: int) -> Frame:
        return self._thread.submit(self._read, frame).result()

    def iterate(self, frames: Iterable[int]) -> Iterator[tuple[int, Frame]]:
        """Iterate the frames of a pass; the next one is on its way while one is worked on."""
        before: tuple[int, Future[Frame]] | None = None
        for frame in frames:
            coming = self._thread.submit(self._fetch, frame)
            if before is not None:
                yield before[0], before[1].result()
            before = frame, coming
        if before is not None:
            yield before[0], before[1].result()

    def _fetch(self, frame: int) -> Frame:
        image = self._read(frame)
        if self._encode is not None:
            self._encode(image)
        return image
