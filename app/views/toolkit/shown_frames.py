"""Which frame of the sequence was on the screen when. Pure."""

from collections import deque
from typing import Final

_KEPT: Final = 64  # pictures: a second of a film, and no key waits as long


class ShownFrames:
    """The frames of the last pictures, each with when it came to the screen."""

    def __init__(self) -> None:
        self._shown: deque[tuple[float, int | None]] = deque(maxlen=_KEPT)

    def note(self, seconds: float, frame: int | None) -> None:
        """Note that a picture came to the screen. frame: None where it shows none."""
        self._shown.append((seconds, frame))

    def frame_at(self, seconds: float) -> int | None:
        """Return the frame that was on the screen then, of those that are kept."""
        earlier = (frame for at, frame in reversed(self._shown) if at <= seconds)
        return next(earlier, self._shown[0][1] if self._shown else None)
