"""The timeline's small pictures, and the shots of a film."""

from dataclasses import dataclass
from typing import Literal

from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class ThumbnailsWanted(Event):
    """The timeline has room for small pictures, each of any frame of a stretch.

    stretches: frames [start, stop) of each, ascending.
    """

    stretches: tuple[tuple[int, int], ...]
    width: int  #: of a picture, screen pixels
    height: int


@dataclass(frozen=True, slots=True)
class CutsFound(Event):
    """The shots of a film that are known so far begin at these frames, beside the first."""

    path: str
    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CutStepped(Event):
    """Go to the nearest frame in a direction that begins a shot."""

    direction: Literal[1, -1]
