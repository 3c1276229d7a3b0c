"""Decides when to draw a frame: at once after input or news, rarely while idle. Pure."""

from dataclasses import dataclass

INTERVAL = 1 / 60  # between frames while something happens, in seconds: the rate of common screens
# between frames while nothing happens, in seconds: clocks and blinking cursors still move
IDLE_INTERVAL = 0.5
BLIND_INTERVAL = 1 / 20  # the same where input is seen by drawing only, in seconds; longer delays every click
SETTLE_SECONDS = 0.1  # until the second frame after news, in seconds; a film's next picture comes before that
# Frames after input, chosen by hand: fewer leave a drag or a new layout half drawn, more cost power.
INPUT_FRAMES = 12
# Share of a frame's time that the loop sleeps after it. Chosen by hand against busy cores: less makes the scheduler
# hold the window back, more lowers the frame rate.
REST_SHARE = 0.4
SMOOTHING = 0.2  # weight of the newest frame in the mean of frame times


@dataclass(slots=True)
class FramePacer:
    """Counts the frames to draw. Times are seconds of any steady clock.

    Input asks for several frames, because Dear PyGui spreads quick input over frames and completes its layout
    afterwards. News from the pipeline asks for one at once and one a little later, because text is measured one
    frame late. Where frames are slow, as with software rendering on busy cores, the loop sleeps a share of their
    time: the scheduler makes a thread that never sleeps wait longest.
    """

    owed: int = INPUT_FRAMES  #: frames to draw as soon as possible
    last: float = float("-inf")  #: when the last frame began
    idle: float = IDLE_INTERVAL  #: between frames while nothing happens
    cost: float = 0.0  #: mean time of a frame
    settles: bool = False  #: whether a second frame is due after news

    def note_input(self) -> None:
        """Ask for frames, since there was input."""
        self.owed = max(self.owed, INPUT_FRAMES)

    def note_news(self) -> None:
        """Ask for frames, since something shown has changed."""
        self.owed = max(self.owed, 1)
        self.settles = True

    def is_due(self, now: float) -> bool:
        """Whether a frame should be drawn now."""
        return now >= self._next()

    def note_drawn(self, began: float, ended: float) -> None:
        """Take in that a frame was drawn between these times."""
        if self.owed == 0:
            self.settles = False
        self.owed = max(self.owed - 1, 0)
        self.last = began
        self.cost += SMOOTHING * (ended - began - self.cost)

    def seconds_to_wait(self, now: float) -> float:
        """Return how long the loop may sleep, in seconds."""
        return min(max(self._next() - now, 0.0), INTERVAL)

    def _next(self) -> float:
        if self.owed > 0:
            return self.last + max(INTERVAL, (1 + REST_SHARE) * self.cost)
        return self.last + (SETTLE_SECONDS if self.settles else self.idle)
