"""Every n-th finished sequence is due again after some days, for whom the rule says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.worklist.entry import EntryState, WorklistEntry
from app.domain.worklist.repeat_readings import (
    DAY,
    Reader,
    RepeatRule,
    count_finished,
    due_entries,
    make_repeat_entry,
    reading_refusal,
)
from app.domain.worklist.transitions import mark_done, reopen_entry

RULE = RepeatRule(3, 2.0)


def finished(count: int) -> list[WorklistEntry]:
    """Entries that Ada finished one after the other, at 0, 1, 2 … seconds."""
    entries: list[WorklistEntry] = []
    for number in range(count):
        entry = WorklistEntry(f"e{number}", f"/{number}.mp4", f"{number}.mp4", 0.0, EntryState.IN_WORK)
        entries.append(count_finished(mark_done(entry, "Ada", float(number)), entries))
    return entries


def due(entries: list[WorklistEntry], at: float, rule: RepeatRule = RULE) -> list[str]:
    return [entry.entry_id for entry in due_entries(entries, rule, at)]


def test_each_third_one_is_due_after_its_days() -> None:
    entries = finished(7)
    assert due(entries, 2 * DAY) == []
    assert due(entries, 2 * DAY + 4) == ["e2"]
    assert due(entries, 3 * DAY) == ["e2", "e5"]
    assert due(entries, 9 * DAY, RepeatRule()) == []


def test_none_is_due_that_was_asked_for_withdrawn_reopened_or_is_missing() -> None:
    entry = finished(3)[2]
    changed = [
        replace(entry, repeat="asked"),
        replace(entry, repeat="withdrawn"),
        reopen_entry(entry, 9.0),
        replace(entry, missing=True),
    ]
    assert due(changed, 9 * DAY) == []


def test_finishing_again_counts_once_and_a_repeat_reading_not_at_all() -> None:
    entries = finished(2)
    again = count_finished(mark_done(reopen_entry(entries[0], 5.0), "Ada", 6.0), entries)
    assert again.finished_number == 1
    repeat = make_repeat_entry(entries[0], "r", "/kept/readings/2/0", "any", 9.0)
    done = count_finished(mark_done(repeat, "Ada", 10.0), entries)
    assert done.finished_number == 0 and due([done], 99 * DAY, RepeatRule(1)) == []


@pytest.mark.parametrize(
    ("reader", "operator", "is_refused"),
    [
        *(("any", "", False), ("any", "Bo", False)),
        *(("same", "Ada", False), ("same", "Bo", True), ("same", "", True)),
        *(("other", "Bo", False), ("other", "Ada", True)),
    ],
)
def test_who_may_read_it_again(reader: Reader, operator: str, is_refused: bool) -> None:
    entry = make_repeat_entry(finished(1)[0], "r", "/kept/readings/2/0", reader, 9.0)
    assert bool(reading_refusal(entry, operator)) == is_refused
    assert entry.state is EntryState.READY and entry.progress == 0.0 and not entry.finished_by


def test_a_sequence_that_nobody_signed_can_be_read_by_anybody() -> None:
    nobody = replace(finished(1)[0], finished_by="")
    assert make_repeat_entry(nobody, "r", "/w", "other", 9.0).reader == "any"
