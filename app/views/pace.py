"""When to draw a frame: at once when something happened, hardly ever when nothing does. Pure."""

from __future__ import annotations

from dataclasses import dataclass

INTERVAL = 1 / 60
IDLE_INTERVAL = 0.5
BLIND_INTERVAL = 1 / 20
INPUT_FRAMES = 12
NEWS_FRAMES = 2


@dataclass(slots=True)
class Pace:
    """Frames that are still owed, and when the last one began. Times in seconds of any steady clock.

    idle: between frames while nothing happens; shorter where input can only be seen by drawing.

    Input owes several frames, because Dear PyGui spreads quick input over frames and settles its layout
    afterwards; news from the pipeline owes two, because text is measured one frame late.
    """

    owed: int = INPUT_FRAMES
    last: float = float("-inf")
    idle: float = IDLE_INTERVAL

    def note_input(self) -> None:
        """The annotator touched mouse or keyboard."""
        self.owed = max(self.owed, INPUT_FRAMES)

    def note_news(self) -> None:
        """Something to show has changed."""
        self.owed = max(self.owed, NEWS_FRAMES)

    def is_due(self, now: float) -> bool:
        """Whether a frame should be drawn now."""
        return now - self.last >= (INTERVAL if self.owed > 0 else self.idle)

    def drew(self, began: float) -> None:
        """A frame was begun at that time."""
        self.last = began
        self.owed = max(self.owed - 1, 0)

    def rest(self, now: float) -> float:
        """How long to sleep, at most, until looking again."""
        return max(min(self.last + INTERVAL - now, INTERVAL), 0.0) if self.owed > 0 else INTERVAL
