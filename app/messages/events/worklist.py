"""Events about the worklist: what arrives, what is done, and what else goes on behind the window."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.effort import EffortReport
from app.domain.worklist.entry import WorklistSnapshot
from app.domain.worklist.sorting import Sorting
from app.messages.events import Event


@dataclass(frozen=True, slots=True)
class WorklistChanged(Event):
    """The list as it is now. entry_id: of the open sequence, "" for none."""

    worklist: WorklistSnapshot
    entry_id: str = ""


@dataclass(frozen=True, slots=True)
class WorklistSorted(Event):
    """The annotator wants the list in another order."""

    order: Sorting


@dataclass(frozen=True, slots=True)
class EntryRetried(Event):
    """Try what failed once more, "" to look at the whole drop folder now."""

    entry_id: str = ""


@dataclass(frozen=True, slots=True)
class DropFolderChosen(Event):
    """Another folder is watched from now on; "": none."""

    path: str


@dataclass(frozen=True, slots=True)
class SequenceFinished(Event):
    """The operator says that the open sequence is done.

    accept: frames that nobody has looked at are accepted as they are; without that they stand in the way.
    """

    accept: bool = False


@dataclass(frozen=True, slots=True)
class SequenceReopened(Event):
    """The operator takes back that the open sequence is done."""


@dataclass(frozen=True, slots=True)
class UnseenRequested(Event):
    """Go to the next frame that nobody has looked at or accepted."""


@dataclass(frozen=True, slots=True)
class SequenceWarmed(Event):
    """The pipeline prepares a sequence that is likely to be opened next. name: of it, "" when that is over."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class EffortRequested(Event):
    """The annotator wants to know what the open sequence took so far."""


@dataclass(frozen=True, slots=True)
class EffortMeasured(Event):
    """What the open sequence took."""

    report: EffortReport
