"""Tells a held right button, which opens a menu, from a short one, which is a click. Pure."""

from dataclasses import dataclass
from typing import Final

SECONDS: Final = 0.4  # From which a press is held; by hand, longer than a click of a slow hand.
REACH: Final = 5  # Screen pixels that the mouse may move meanwhile.
# Frames drawn from which a press is held: where one takes long, on a busy machine, a short press comes up in the next.
FRAMES: Final = 3


@dataclass(slots=True)
class HeldPress:
    """A press that has not been decided yet."""

    at: tuple[float, int, int] | None = None  #: seconds of a steady clock, x and y of the window
    frames: int = 0  #: drawn since

    def begin(self, now: float, x: int, y: int) -> None:
        """Take in that the button went down."""
        self.at, self.frames = (now, x, y), 0

    def is_held(self, now: float, x: int, y: int) -> bool:
        """Whether the press has become a held one; asked once a frame, told once."""
        self.frames += 1
        if self.at is None or now - self.at[0] < SECONDS or self.frames < FRAMES:
            return False
        is_still = max(abs(x - self.at[1]), abs(y - self.at[2])) <= REACH
        self.at = self.at if not is_still else None
        return is_still

    def end(self) -> tuple[int, int] | None:
        """Take in that the button came up; return where it went down if it was a short press."""
        pressed, self.at = self.at, None
        return None if pressed is None else pressed[1:]
