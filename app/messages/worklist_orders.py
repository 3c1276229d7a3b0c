"""Orders about the worklist, which app.pipeline.services.worklist_sync carries out."""

from __future__ import annotations

from dataclasses import dataclass

from app.messages.orders import Order


@dataclass(frozen=True, slots=True)
class WorklistOrder(Order):
    """Something to do with the worklist."""


@dataclass(frozen=True, slots=True)
class FinishEntry(WorklistOrder):
    """The open sequence is done, says the operator; make that durable after all edits."""

    operator: str


@dataclass(frozen=True, slots=True)
class ReopenEntry(WorklistOrder):
    """The open sequence is not done after all."""


@dataclass(frozen=True, slots=True)
class RetryEntry(WorklistOrder):
    """Probe a sequence again that failed; "": look at the whole drop folder now."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class WatchFolder(WorklistOrder):
    """Watch another drop folder; "": none."""

    path: str


@dataclass(frozen=True, slots=True)
class MeasureEffort(Order):
    """Count what the open sequence took; answer with EffortMeasured."""
