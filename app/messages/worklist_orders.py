"""Orders about the worklist, carried out by app.pipeline.services.worklist_sync."""

from dataclasses import dataclass

from app.messages.orders import Order


@dataclass(frozen=True, slots=True)
class WorklistOrder(Order):
    """Base of the orders about the worklist."""


@dataclass(frozen=True, slots=True)
class FinishEntry(WorklistOrder):
    """Mark the open sequence as done; make that durable after all edits."""

    operator: str


@dataclass(frozen=True, slots=True)
class ReopenEntry(WorklistOrder):
    """Take back that the open sequence is done."""


@dataclass(frozen=True, slots=True)
class RetryEntry(WorklistOrder):
    """Probe a sequence again that failed; "": scan the whole drop folder now."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class ToggleRepeat(WorklistOrder):
    """Ask for a repeat reading of a finished sequence, or withdraw one."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class WatchFolder(WorklistOrder):
    """Watch another drop folder; "": none."""

    path: str


@dataclass(frozen=True, slots=True)
class MeasureEffort(Order):
    """Count what the open sequence took; answer with EffortMeasured."""
