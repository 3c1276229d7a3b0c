"""Steps through time, playback and marked ranges."""

from dataclasses import dataclass
from typing import Literal

from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class FrameRequested(Event):
    """Go to a frame; out of range is clamped."""

    frame: int


@dataclass(frozen=True, slots=True)
class TimeStepped(Event):
    """The annotator wants the same slice at another time point; after the last one comes the first."""

    delta: int


@dataclass(frozen=True, slots=True)
class FrameStepped(Event):
    """Go delta frames on; stops at the ends."""

    delta: int


@dataclass(frozen=True, slots=True)
class WorstFrameRequested(Event):
    """Go to the frame that most needs review; again: to the next one."""


@dataclass(frozen=True, slots=True)
class BestFrameRequested(Event):
    """Go to the frame whose correction is expected to better most others."""


@dataclass(frozen=True, slots=True)
class ReferenceStepped(Event):
    """Go to the next (+1) or previous (-1) reference frame."""

    direction: Literal[1, -1]


@dataclass(frozen=True, slots=True)
class PlayToggled(Event):
    """Play or pause."""


@dataclass(frozen=True, slots=True)
class UnseenPlayed(Event):
    """Play the frames that were not looked at; again: stop where the annotator saw a mistake, a moment ago."""


@dataclass(frozen=True, slots=True)
class UnseenDue(Event):
    """The playback clock says that the next unseen frame is due."""


@dataclass(frozen=True, slots=True)
class PlaybackAdvanced(Event):
    """The playback clock reached a frame."""

    frame: int


@dataclass(frozen=True, slots=True)
class SpeedChosen(Event):
    """Play at 0.25 to 10 times the sequence's own rate."""

    speed: float


@dataclass(frozen=True, slots=True)
class LoopToggled(Event):
    """Begin again at the end, or stop there."""


@dataclass(frozen=True, slots=True)
class RangeMarked(Event):
    """Frames [start, stop) are marked for propagation and verification; None leaves an end open."""

    start: int | None
    stop: int | None
