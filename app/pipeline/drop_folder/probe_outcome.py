"""Changes of the worklist that follow from a probe. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from app.domain.worklist.entry import Copy, EntryState, FileSignature, WorklistEntry
from app.domain.worklist.transitions import describe_entry
from app.pipeline.drop_folder.candidate import Candidate
from app.pipeline.drop_folder.reconcile import WorklistChanges
from app.pipeline.requests.prober_requests import ProbeResult

SAME = "{} holds the same as {}, which is in the list already."


def apply_probe_results(
    entries: Iterable[WorklistEntry],
    candidate: Candidate,
    results: Sequence[ProbeResult],
    new_id: Callable[[], str],
) -> WorklistChanges:
    """Return the changes after a source was opened and sequences were found in it.

    candidate: the source as it was when queued. Content that is in the list already joins its entry there.
    """
    known = {entry.entry_id: entry for entry in entries}
    waiting = _waiting(known.values(), candidate.path)
    if not waiting:
        return WorklistChanges()
    for entry in waiting:
        del known[entry.entry_id]
    changes, first = WorklistChanges(), waiting[0]
    for result in results:
        entry = _claimed(waiting, result.series) or replace(first, entry_id=new_id())
        waiting = [other for other in waiting if other is not entry]
        ready = _described(entry, candidate, result)
        twin = None if result.problem else _twin(known.values(), result.fingerprint)
        if twin is not None:
            changes.forget.append(entry.entry_id)
            changes.notices += [] if twin.missing else [SAME.format(ready.name, twin.name)]
        merged = ready if twin is None else _joined(twin, ready)
        known[merged.entry_id] = merged
        changes.put.append(merged)
    changes.forget += [entry.entry_id for entry in waiting]
    return changes


def mark_failed(
    entries: Iterable[WorklistEntry], path: str, reason: str, signature: FileSignature
) -> WorklistChanges:
    """Return the changes after a source could not be opened."""
    failed = EntryState.FAILED
    return WorklistChanges(
        [
            replace(entry, state=failed, reason=reason, signature=signature)
            for entry in _waiting(entries, path)
        ]
    )


def mark_arriving(entries: Iterable[WorklistEntry], path: str) -> WorklistChanges:
    """Return the changes when a source that was being checked has to become stable once more."""
    back = EntryState.ARRIVING
    return WorklistChanges([replace(entry, state=back, reason="") for entry in _waiting(entries, path)])


def _waiting(entries: Iterable[WorklistEntry], path: str) -> list[WorklistEntry]:
    return [entry for entry in entries if entry.path == path and entry.state is EntryState.CHECKING]


def _claimed(waiting: Sequence[WorklistEntry], series: str | None) -> WorklistEntry | None:
    """Return the entry that waits for a series, or one whose series is not known yet."""
    own = (entry for entry in waiting if entry.series == series)
    fresh = (entry for entry in waiting if not entry.fingerprint)
    return next(own, None) or next(fresh, None)


def _described(entry: WorklistEntry, candidate: Candidate, result: ProbeResult) -> WorklistEntry:
    known = describe_entry(entry, result.info, candidate.name, result.series, result.fingerprint)
    return replace(
        known,
        signature=candidate.signature,
        state=_state(result),
        reason=result.problem,
        thumbnail=result.thumbnail,
    )


def _state(result: ProbeResult) -> EntryState:
    if result.problem:
        return EntryState.FAILED
    return EntryState.IN_WORK if result.is_worked_on else EntryState.READY


def _twin(entries: Iterable[WorklistEntry], fingerprint: str) -> WorklistEntry | None:
    """Return an entry with the same content, preferably one whose source exists."""
    same = [entry for entry in entries if entry.state.can_open and entry.fingerprint == fingerprint]
    return min(same, key=lambda entry: entry.missing, default=None)


def _joined(twin: WorklistEntry, ready: WorklistEntry) -> WorklistEntry:
    """Return the twin with another place; one that was missing moves there."""
    if twin.missing or not twin.dropped:
        return replace(
            twin,
            path=ready.path,
            name=ready.name,
            signature=ready.signature,
            missing=False,
            dropped=True,
            reason="",
        )
    places = tuple(copy for copy in twin.copies if copy.path != ready.path)
    return replace(twin, copies=(*places, Copy(ready.path, ready.signature)))
