"""Events about the worklist: arrivals, finished sequences, effort."""

from dataclasses import dataclass

from app.domain.effort import EffortReport
from app.domain.worklist.entry import Sorting, WorklistSnapshot
from app.messages.events import Event


@dataclass(frozen=True, slots=True)
class WorklistChanged(Event):
    """The list changed."""

    worklist: WorklistSnapshot
    entry_id: str = ""  #: of the open sequence


@dataclass(frozen=True, slots=True)
class WorklistSorted(Event):
    """The annotator wants the list in another order."""

    order: Sorting


@dataclass(frozen=True, slots=True)
class EntryRetried(Event):
    """Probe what failed again, "" to scan the whole drop folder now."""

    entry_id: str = ""


@dataclass(frozen=True, slots=True)
class RepeatToggled(Event):
    """The lead asks for a repeat reading of a finished sequence, or withdraws the reading of this entry."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class DropFolderChosen(Event):
    """Another folder is watched from now on; "": none."""

    path: str


@dataclass(frozen=True, slots=True)
class SequenceFinished(Event):
    """The operator marks the open sequence as done."""

    accept: bool = False  #: verify the frames that were not reviewed; without it they prevent finishing


@dataclass(frozen=True, slots=True)
class SequenceReopened(Event):
    """The operator takes back that the open sequence is done."""


@dataclass(frozen=True, slots=True)
class UnseenRequested(Event):
    """Go to the next frame that was neither looked at nor accepted."""


@dataclass(frozen=True, slots=True)
class SequenceWarmed(Event):
    """The pipeline prepares a sequence that is likely to be opened next."""

    name: str = ""  #: "" when that is over


@dataclass(frozen=True, slots=True)
class EffortRequested(Event):
    """Measure the effort spent on the open sequence."""


@dataclass(frozen=True, slots=True)
class EffortMeasured(Event):
    """The effort spent on the open sequence was measured."""

    report: EffortReport
