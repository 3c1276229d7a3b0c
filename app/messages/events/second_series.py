"""The second series: another one of the study, shown beside the frame at the same place in the patient."""

from dataclasses import dataclass

from app.domain.annotation import SeriesPlace, Window
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class SecondSeriesRequested(Event):
    """The annotator wants to see another series of the study beside the frame."""


@dataclass(frozen=True, slots=True)
class SecondSeriesOffered(Event):
    """The other series of the study were found; () for none."""

    places: tuple[SeriesPlace, ...]


@dataclass(frozen=True, slots=True)
class SecondSeriesChosen(Event):
    """This series is to be shown beside the frame."""

    place: SeriesPlace


@dataclass(frozen=True, slots=True)
class SecondSeriesOpened(Event):
    """A second series is there."""

    place: SeriesPlace
    window: Window | None  #: that it opens with, None for a clip


@dataclass(frozen=True, slots=True)
class SecondSeriesFailed(Event):
    """A second series cannot be shown."""

    place: SeriesPlace
    trouble: str


@dataclass(frozen=True, slots=True)
class SecondWindowChanged(Event):
    """The second series has another intensity window."""

    window: Window | None  #: None for the one that it opened with


@dataclass(frozen=True, slots=True)
class SecondSeriesClosed(Event):
    """The second series is not to be seen any more."""
