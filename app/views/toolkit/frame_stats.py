"""Statistics of frame times. Pure."""

from collections import deque
from dataclasses import dataclass, field
from statistics import median

KEPT = 4096  # frames: about a minute at full rate


@dataclass(frozen=True, slots=True)
class LoopSummary:
    """Milliseconds: Python's share of a frame, and the whole frame with drawing."""

    frames: int
    python_median: float
    python_max: float
    frame_median: float
    frame_max: float


@dataclass(slots=True)
class LoopStats:
    """The times of the last frames, in seconds."""

    python: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    whole: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, python: float, whole: float) -> None:
        """Add a frame: seconds spent in Python, and in all."""
        self.python.append(python)
        self.whole.append(whole)

    def reset(self) -> None:
        """Drop all frames, for example those of the start."""
        self.python.clear()
        self.whole.clear()

    def summary(self) -> LoopSummary:
        """Return medians and worst cases, zero when no frame was drawn."""
        python = [1e3 * seconds for seconds in self.python] or [0.0]
        whole = [1e3 * seconds for seconds in self.whole] or [0.0]
        return LoopSummary(len(self.whole), median(python), max(python), median(whole), max(whole))
