"""The background tasks that the Activity panel lists, and the events that cancel them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.worklist.entry import EntryState, WorklistEntry
from app.messages import events as ev
from app.messages.snapshot import Snapshot

INCOMING = {EntryState.ARRIVING: "Waiting for", EntryState.CHECKING: "Checking"}


@dataclass(frozen=True, slots=True)
class Activity:
    """A background task."""

    title: str
    detail: str = ""
    share: float | None = None  #: done so far in [0, 1], None where that is unknown
    cancel: ev.Event | None = None  #: cancels the task, None where it cannot be cancelled


def activities(snapshot: Snapshot) -> tuple[Activity, ...]:
    """Return all background tasks, first those that can be cancelled."""
    return (*_stoppable(snapshot), *_running(snapshot))


def first_to_stop(snapshot: Snapshot) -> ev.Event | None:
    """Return the event that cancels the first task that can be, None where there is none."""
    return next((activity.cancel for activity in _stoppable(snapshot)), None)


def _stoppable(snapshot: Snapshot) -> Iterator[Activity]:
    active = snapshot.propagation
    if active is not None:
        title = "Propagating by itself" if active.prefetch else "Propagating"
        detail = f"frame {active.frame}{_left(active.remaining)}" if active.done else "getting ready"
        yield Activity(title, detail, active.done / max(active.total, 1), ev.PropagationCancelled())
    export = snapshot.tasks.export
    if export is not None:
        yield Activity("Exporting", export.kind, _share(export.done, export.total), ev.ExportCancelled())
    if snapshot.tasks.importing:
        yield Activity("Importing masks", _name(snapshot.tasks.importing), None, ev.MasksImportCancelled())
    loading = snapshot.models.loading
    if loading is not None:
        words = f"{_name(loading.name)}  {loading.words}".strip()
        yield Activity("Loading the model", words, loading.share, ev.EngineCancelled())
    for transfer in snapshot.models.transfers:
        words = f"{_name(transfer.name)}  {transfer.words}".strip()
        yield Activity(
            "Fetching a model",
            words,
            _share(transfer.done, transfer.total),
            ev.TransferCancelled(transfer.name),
        )


def _running(snapshot: Snapshot) -> Iterator[Activity]:
    if snapshot.tasks.opening:
        yield Activity("Opening", _name(snapshot.tasks.opening))
    running = next((entry for entry in snapshot.night.entries if entry.status == "running"), None)
    if snapshot.night.is_running and running is not None:
        yield Activity("Night queue", _name(running.job.source), running.share)
    if snapshot.tasks.warming:
        yield Activity("Preparing the next sequence", snapshot.tasks.warming)
    for state, title in INCOMING.items():
        found = [entry for entry in snapshot.worklist.entries if entry.state is state and not entry.missing]
        if found:
            yield Activity(title, _names(found))


def _names(entries: list[WorklistEntry]) -> str:
    more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
    return f"{entries[0].name}{more}"


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f", {round(seconds)} s left" if seconds < 90 else f", {round(seconds / 60)} min left"


def _share(done: int, total: int) -> float | None:
    return done / total if total else None


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]
