"""Transitions of a worklist entry. Pure; each function returns the entry after a fact."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePath

from app.domain.annotation import SequenceInfo, Status
from app.domain.errors import UsageError
from app.domain.worklist.entry import EntryState, WorklistEntry, display_name


def make_outside_entry(
    entry_id: str, info: SequenceInfo, fingerprint: str, series: str | None, at: float
) -> WorklistEntry:
    """Return an entry for a sequence that was opened from outside the drop folder."""
    entry = WorklistEntry(entry_id, info.path, "", at, EntryState.IN_WORK, touched=at, dropped=False)
    return describe_entry(entry, info, PurePath(info.path).name, series, fingerprint)


def describe_entry(
    entry: WorklistEntry, info: SequenceInfo, file_name: str, series: str | None, fingerprint: str
) -> WorklistEntry:
    """Return an entry with the properties of its sequence; series: one of several in a file or folder."""
    name = display_name(file_name)
    return replace(
        entry,
        name=name if series is None else f"{name}: {display_name(info.name)}",
        series=series,
        kind=info.kind,
        frames=info.frames,
        time_points=info.time_points,
        fps=info.fps,
        width=info.width,
        height=info.height,
        modality=info.modality,
        warnings=info.warnings,
        fingerprint=fingerprint,
    )


def begin_work(entry: WorklistEntry, at: float) -> WorklistEntry:
    """Mark as opened; a sequence that is done stays done until something in it changes."""
    _require_open(entry)
    state = EntryState.IN_WORK if entry.state is EntryState.READY else entry.state
    return replace(entry, state=state, touched=at)


def record_change(entry: WorklistEntry, at: float, progress: float, labels: Iterable[str]) -> WorklistEntry:
    """Record changed masks; a sequence that was done is in work again."""
    _require_open(entry)
    state = EntryState.PROPAGATING if entry.state is EntryState.PROPAGATING else EntryState.IN_WORK
    changed = replace(entry, state=state, finished_by="", finished_at=None, touched=at)
    return replace(changed, progress=_share(progress), labels=tuple(labels))


def record_propagation(entry: WorklistEntry, share: float) -> WorklistEntry:
    """Record a running propagation and the share of its frames that are done."""
    _require_open(entry)
    return replace(entry, state=EntryState.PROPAGATING, propagation=_share(share))


def end_propagation(entry: WorklistEntry) -> WorklistEntry:
    """Record the end of the propagation, finished or not."""
    if entry.state is not EntryState.PROPAGATING:
        return entry
    return replace(entry, state=EntryState.IN_WORK, propagation=0.0)


def mark_done(entry: WorklistEntry, operator: str, at: float) -> WorklistEntry:
    """Mark as done by an operator."""
    _require_open(entry)
    finished = replace(entry, state=EntryState.DONE, propagation=0.0)
    return replace(finished, finished_by=operator, finished_at=at, touched=at)


def reopen_entry(entry: WorklistEntry, at: float) -> WorklistEntry:
    """Take back that it is done."""
    if entry.state is not EntryState.DONE:
        return entry
    return replace(entry, state=EntryState.IN_WORK, finished_by="", finished_at=None, touched=at)


def reviewed_share(tracks: Iterable[bytes]) -> float:
    """Return the share of cells in [0, 1] that a person made or verified; 0 without objects.

    tracks: of each object a Status for each frame, one byte each, as app.messages.snapshot.Track has them.
    """
    return _counted(tracks, (Status.EDITED, Status.VERIFIED))


def _counted(tracks: Iterable[bytes], statuses: tuple[Status, ...]) -> float:
    cells = found = 0
    for track in tracks:
        cells += len(track)
        found += sum(track.count(status) for status in statuses)
    return found / cells if cells else 0.0


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _require_open(entry: WorklistEntry) -> None:
    if not entry.state.can_open:
        raise UsageError(f"This sequence cannot be worked on: it is {entry.state}.", subject=entry.name)
