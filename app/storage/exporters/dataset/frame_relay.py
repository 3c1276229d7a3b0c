"""Hands frames from the thread that reads them to one that looks at them too."""

import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Bytes of frames that are kept, and how many these are at least and at most. Chosen by hand: two seconds of 854x480.
_ROOM: Final = 64 * 2**20
_LEAST, _MOST = 4, 100


class FrameRelay:
    """Keeps the latest frames. The thread that reads waits where the other one falls half of these behind."""

    def __init__(self) -> None:
        self._kept: dict[int, NDArray[np.uint8]] = {}  #: in ascending order
        self._changed = threading.Condition()
        self._handed = self._asked = -1  #: the last frame of each thread
        self._has_ended = False

    def hand(self, frame: int, image: NDArray[np.uint8]) -> None:
        """Hand over a frame, uint8 (h, w, 3); one that is not after the last one is left out."""
        most = min(max(_ROOM // max(image.nbytes, 1), _LEAST), _MOST)
        with self._changed:
            if frame <= self._handed:
                return
            self._changed.wait_for(lambda: self._has_ended or self._ahead() < most // 2)
            self._kept[frame], self._handed = image, frame
            while len(self._kept) > most:
                del self._kept[next(iter(self._kept))]
            self._changed.notify_all()

    def take(self, frame: int) -> NDArray[np.uint8] | None:
        """Wait for a frame and return it; None for one that was not handed over, or is not kept any more."""
        with self._changed:
            if frame > self._asked:
                self._asked = frame
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._has_ended or self._handed >= frame)
            return self._kept.get(frame)

    def end(self) -> None:
        """End all waits."""
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def _ahead(self) -> int:
        return sum(frame > self._asked for frame in self._kept)
