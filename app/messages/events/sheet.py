"""The contact sheet: which of it is seen, and the frames marked on it."""

from dataclasses import dataclass

from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class SheetToggled(Event):
    """Show the contact sheet in place of the frame, or the frame again."""


@dataclass(frozen=True, slots=True)
class SheetOrdered(Event):
    """The tiles are put in another order: of time, or those that most need a look first, as they are now."""

    by_doubt: bool


@dataclass(frozen=True, slots=True)
class SheetScrolled(Event):
    """The contact sheet shows the tiles [start, stop) of those in its order."""

    start: int
    stop: int
    width: int  #: of a tile at most, screen pixels
    height: int


@dataclass(frozen=True, slots=True)
class FramesMarked(Event):
    """These frames, and no others, are marked on the contact sheet."""

    frames: frozenset[int]


@dataclass(frozen=True, slots=True)
class SeenVerified(Event):
    """A person accepts the masks of all frames that were looked at since their masks changed."""
