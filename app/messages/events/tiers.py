"""Tiers: phases, intervals and points in time."""

from dataclasses import dataclass

from app.domain.tier import Interval, Tier
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class TierAdded(Event):
    """There is another tier, or one of that name has other terms."""

    tier: Tier  #: terms without a key are given one


@dataclass(frozen=True, slots=True)
class TierDeleted(Event):
    """A tier goes, with all that happens on it."""

    name: str


@dataclass(frozen=True, slots=True)
class TiersRecalled(Event):
    """Tiers that were used at an earlier start are known again."""

    kind: str  #: of sequences, as label lists have it
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class TiersSaveRequested(Event):
    """The annotator wants the tiers in a file, without intervals."""

    path: str


@dataclass(frozen=True, slots=True)
class MarkingToggled(Event):
    """The keys of terms mark what happens from now on, or not any more."""


@dataclass(frozen=True, slots=True)
class TermPressed(Event):
    """The key of a term was pressed while a frame was on the screen."""

    tier: str
    term: str
    frame: int


@dataclass(frozen=True, slots=True)
class UnmaskedStepped(Event):
    """Go to the next frame on which something happens and no object has a mask."""

    tier: str
    term: str


@dataclass(frozen=True, slots=True)
class SheetFiltered(Event):
    """Show on the contact sheet only frames on which something happens and no object has a mask; None: all frames."""

    term: tuple[str, str] | None  #: tier and term


@dataclass(frozen=True, slots=True)
class IntervalAdded(Event):
    """Something happens on some frames."""

    tier: str
    term: str
    start: int
    stop: int | None  #: None while it goes on


@dataclass(frozen=True, slots=True)
class IntervalChanged(Event):
    """An interval has other frames or another term; None deletes it."""

    before: Interval
    after: Interval | None
