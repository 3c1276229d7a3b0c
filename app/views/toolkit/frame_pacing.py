"""When to draw a frame: at once when something happened, hardly ever when nothing does. Pure."""

from __future__ import annotations

from dataclasses import dataclass

INTERVAL = 1 / 60
IDLE_INTERVAL = 0.5
BLIND_INTERVAL = 1 / 20
SETTLE_SECONDS = 0.1
INPUT_FRAMES = 12
REST_SHARE = 0.4
SMOOTHING = 0.2


@dataclass(slots=True)
class FramePacer:
    """Frames that are still owed, and when the last one began. Times in seconds of any steady clock.

    Input owes several frames, because Dear PyGui spreads quick input over frames and settles its layout
    afterwards. News from the pipeline owes one at once and one a little later, because text is measured one
    frame late; while a film plays, the next picture comes before that. Where frames are slow, as with
    software rendering on busy cores, the loop rests a share of their time: a thread that always wants the
    processor is made to wait longest for it.
    idle: between frames while nothing happens; shorter where input can only be seen by drawing.
    """

    owed: int = INPUT_FRAMES
    last: float = float("-inf")
    idle: float = IDLE_INTERVAL
    cost: float = 0.0
    settles: bool = False

    def note_input(self) -> None:
        """The annotator touched mouse or keyboard."""
        self.owed = max(self.owed, INPUT_FRAMES)

    def note_news(self) -> None:
        """Something to show has changed."""
        self.owed = max(self.owed, 1)
        self.settles = True

    def is_due(self, now: float) -> bool:
        """Whether a frame should be drawn now."""
        return now >= self._next()

    def note_drawn(self, began: float, ended: float) -> None:
        """A frame was drawn between these times."""
        if self.owed == 0:
            self.settles = False
        self.owed = max(self.owed - 1, 0)
        self.last = began
        self.cost += SMOOTHING * (ended - began - self.cost)

    def seconds_to_wait(self, now: float) -> float:
        """How long to sleep, at most, until looking again."""
        return min(max(self._next() - now, 0.0), INTERVAL)

    def _next(self) -> float:
        if self.owed > 0:
            return self.last + max(INTERVAL, (1 + REST_SHARE) * self.cost)
        return self.last + (SETTLE_SECONDS if self.settles else self.idle)
