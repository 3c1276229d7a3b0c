"""Changes of the worklist that follow from a scan of the drop folder. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.domain.worklist.entry import NO_SIGNATURE, Copy, EntryState, WorklistEntry, display_name
from app.pipeline.drop_folder.candidate import Candidate

REPLACED = "Its file was replaced by another one, which is in the list as well."
TICK = 0.001  # seconds by which times of arrival differ at least, so that their order is unique
UNFINISHED = "An unfinished file is in it or beside it."


@dataclass(slots=True)
class WorklistChanges:
    """Entries to put and to forget, and sentences for the annotator."""

    put: list[WorklistEntry] = field(default_factory=list)
    forget: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def reconcile(
    entries: Iterable[WorklistEntry],
    candidates: Mapping[str, Candidate],
    now: float,
    new_id: Callable[[], str],
    is_steady: bool,
) -> WorklistChanges:
    """Return the changes after a scan.

    candidates: all of them by path. now: seconds since 1970. is_steady: the folder is the one of the last scan,
    so that files no longer in it were removed; otherwise its drive may have been unplugged.
    """
    changes, claimed, entries = WorklistChanges(), set[str](), tuple(entries)
    dropped = (entry for entry in entries if entry.dropped)
    for entry in sorted(dropped, key=lambda entry: entry.missing):
        after = _after(entry, candidates, is_steady)
        if after is None:
            changes.forget.append(entry.entry_id)
            continue
        if entry.missing and after.path in claimed:
            # Another entry has its place; when that one is checked, the same content brings this one back.
            after = entry
        if after is not entry and after != entry:
            changes.put.append(after)
        claimed.update(copy.path for copy in after.copies)
        if not after.missing:
            claimed.add(after.path)
    news = (candidate for path, candidate in candidates.items() if path not in claimed)
    arrived = _arrival(entries, now)
    changes.put += [_arrived(candidate, arrived, new_id()) for candidate in news]
    return changes


def mark_missing(entries: Iterable[WorklistEntry]) -> WorklistChanges:
    """Return the changes when the drop folder is not there: every entry stays, as missing."""
    lost = [replace(entry, missing=True) for entry in entries if entry.dropped and not entry.missing]
    return WorklistChanges(put=lost)


def reset_interrupted(entries: Iterable[WorklistEntry]) -> WorklistChanges:
    """Return the changes when the program starts: no entry is being checked or propagated yet."""
    before = {EntryState.CHECKING: EntryState.ARRIVING, EntryState.PROPAGATING: EntryState.IN_WORK}
    rested = [replace(entry, state=before[entry.state]) for entry in entries if entry.state in before]
    return WorklistChanges(put=rested)


def _after(
    entry: WorklistEntry, candidates: Mapping[str, Candidate], is_steady: bool
) -> WorklistEntry | None:
    """Return the entry after the scan, None when it is to be forgotten."""
    if not all(_stands(copy, candidates, is_steady) for copy in entry.copies):
        copies = tuple(copy for copy in entry.copies if _stands(copy, candidates, is_steady))
        entry = replace(entry, copies=copies)
    candidate = candidates.get(entry.path)
    if candidate is None:
        return _gone(entry, candidates, is_steady)
    if entry.missing and entry.state.can_open:
        return replace(entry, missing=False, reason="") if _is_same(entry, candidate) else entry
    return _looked_at(replace(entry, missing=False) if entry.missing else entry, candidate)


def _stands(copy: Copy, candidates: Mapping[str, Candidate], is_steady: bool) -> bool:
    candidate = candidates.get(copy.path)
    return not is_steady if candidate is None else copy.signature.has_same_content(candidate.signature)


def _gone(entry: WorklistEntry, candidates: Mapping[str, Candidate], is_steady: bool) -> WorklistEntry | None:
    """Return the entry at another place with the same content, else missing, else None if it was never opened."""
    heir = next((copy for copy in entry.copies if copy.path in candidates), None)
    if heir is not None:
        rest = tuple(copy for copy in entry.copies if copy is not heir)
        name = display_name(candidates[heir.path].name)
        return replace(entry, path=heir.path, name=name, signature=heir.signature, copies=rest, missing=False)
    if is_steady and not entry.missing and not entry.state.is_touched:
        return None
    return replace(entry, missing=True)


def _looked_at(entry: WorklistEntry, candidate: Candidate) -> WorklistEntry:
    """Return the entry after a scan of its source."""
    state = entry.state
    if state is EntryState.CHECKING:
        return entry
    if candidate.obstacle:
        if state.is_touched:
            return replace(entry, reason=candidate.obstacle)
        return replace(entry, state=EntryState.FAILED, reason=candidate.obstacle, signature=NO_SIGNATURE)
    if state.can_open and _is_same(entry, candidate):
        return replace(entry, reason="") if entry.reason else entry
    if state.is_touched:
        return replace(entry, missing=True, reason=REPLACED)
    if (
        state is EntryState.FAILED
        and _is_same(entry, candidate)
        and entry.signature.changed == candidate.signature.changed
    ):
        return entry
    waits = entry.reason if state is EntryState.ARRIVING and _is_same(entry, candidate) else ""
    reason = UNFINISHED if candidate.is_draft else waits
    return replace(entry, state=EntryState.ARRIVING, signature=candidate.signature, reason=reason)


def _is_same(entry: WorklistEntry, candidate: Candidate) -> bool:
    return not candidate.obstacle and entry.signature.has_same_content(candidate.signature)


def _arrival(entries: Iterable[WorklistEntry], now: float) -> float:
    """Return the time of arrival of new entries: after all earlier ones, though the clock was set back."""
    return max((now, *(entry.arrived + TICK for entry in entries)))


def _arrived(candidate: Candidate, now: float, entry_id: str) -> WorklistEntry:
    state = EntryState.FAILED if candidate.obstacle else EntryState.ARRIVING
    reason = candidate.obstacle or (UNFINISHED if candidate.is_draft else "")
    return WorklistEntry(
        entry_id,
        candidate.path,
        display_name(candidate.name),
        now,
        state=state,
        signature=candidate.signature,
        reason=reason,
    )
