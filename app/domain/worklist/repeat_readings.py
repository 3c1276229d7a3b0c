"""Repeat readings: finished sequences that are annotated once more without the masks of the first time. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.domain.worklist.entry import NO_SIGNATURE, EntryState, WorklistEntry

Reader = Literal["any", "same", "other"]
DAY: Final = 86400.0  # seconds


@dataclass(frozen=True, slots=True)
class RepeatRule:
    """Which finished sequences are read again, when, and by whom."""

    every: int = 0  #: each n-th sequence that was finished; 0 for none
    days: float = 0.0  #: after it was finished
    reader: Reader = "any"  #: the operator who finished it, or another one


def count_finished(entry: WorklistEntry, entries: Iterable[WorklistEntry]) -> WorklistEntry:
    """Return an entry that was just finished with its number among all that ever were, counted from 1."""
    if entry.repeats or entry.finished_number:
        return entry
    return replace(entry, finished_number=1 + max((known.finished_number for known in entries), default=0))


def due_entries(entries: Iterable[WorklistEntry], rule: RepeatRule, now: float) -> tuple[WorklistEntry, ...]:
    """Return the finished sequences of which a repeat reading is due. now: seconds since 1970."""
    return tuple(entry for entry in entries if rule.every and _is_due(entry, rule, now))


def _is_due(entry: WorklistEntry, rule: RepeatRule, now: float) -> bool:
    number = entry.finished_number
    if entry.repeat or not can_repeat(entry) or not number or number % rule.every:
        return False
    return entry.finished_at is not None and now >= entry.finished_at + rule.days * DAY


def can_repeat(entry: WorklistEntry) -> bool:
    """Whether a sequence can be read again: it is finished, its source is there, and it is no repeat itself."""
    return entry.state is EntryState.DONE and entry.can_open and not entry.repeats


def make_repeat_entry(
    first: WorklistEntry, entry_id: str, workspace: str, reader: Reader, at: float
) -> WorklistEntry:
    """Return the row of a repeat reading. workspace: its folder. at: seconds since 1970.

    It has no fingerprint: the sequence of that content is the first reading.
    """
    made = replace(
        first,
        entry_id=entry_id,
        path=workspace,
        series=None,
        arrived=at,
        state=EntryState.READY,
        signature=NO_SIGNATURE,
        progress=0.0,
        propagation=0.0,
        labels=(),
        touched=None,
        fingerprint="",
        finished_by="",
        finished_at=None,
        finished_number=0,
        copies=(),
        dropped=False,
        repeats=first.entry_id,
        repeat="",
        reader=reader if first.finished_by else "any",
        first_reader=first.finished_by,
    )
    return replace(made, reason=_request(made))


def _request(entry: WorklistEntry) -> str:
    if entry.reader == "same":
        return f"To be read again, by {entry.first_reader}."
    if entry.reader == "other":
        return f"To be read again, by somebody else than {entry.first_reader}."
    return "To be read again."


def reading_refusal(entry: WorklistEntry | None, operator: str) -> str:
    """Return why an operator must not read a sequence again, "" where they may."""
    if entry is None or entry.reader == "any":
        return ""
    if not operator:
        return "Say who works first: it matters who reads this sequence again."
    if (operator == entry.first_reader) == (entry.reader == "same"):
        return ""
    return f"This reading is not for {operator}. {entry.reason or _request(entry)}"
