"""Values and edits reach the disk, also those that come while others are written."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from app.domain.annotation import Annotation, Status, empty_mask
from app.domain.errors import EditLost
from app.domain.history import CellChange, Edit
from app.messages.events import EditsStored, Event, Noticed, StorageFailed
from app.messages.orders import Record
from app.pipeline.services.journal_writer import JournalWriter
from app.storage.workspace.journal import Journal

PATIENCE = 120.0


def test_a_value_taken_back_while_another_is_written_is_taken_back_on_disk(tmp_path: Path) -> None:
    async def story(journal: Journal) -> None:
        events: list[Event] = []
        writer = JournalWriter(events.append)
        writer.write_to(journal)
        running = asyncio.create_task(writer.run())
        writer.record_value("propagation", ["under way"])
        await writer.flush()
        writer.record_value("frame", 3)
        await asyncio.sleep(0)
        writer.record_value("propagation", None)
        await writer.flush()
        running.cancel()

    with Journal(tmp_path / "j") as journal:
        asyncio.run(story(journal))
        assert journal.meta("propagation", "nothing") is None
        assert journal.meta("frame") == 3


def test_what_is_stored_is_told_in_gestures_and_again_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.workspace.journal.BUSY_SECONDS", 0.0)

    async def story(journal: Journal) -> None:
        events: list[Event] = []
        writer = JournalWriter(events.append)
        writer.write_to(journal)
        running = asyncio.create_task(writer.run())
        edit = Edit(1, "Set mask")
        for how in ("done", "undone", "redone", "grown"):
            writer.record_edit(Record(edit, how))
            assert await writer.flush(PATIENCE)
        assert events == [EditsStored(n) for n in (1, 1, 1, 0)]
        events.clear()
        other = sqlite3.connect(journal.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        writer.record_value("frame", 4)
        assert not await writer.flush(0.2)
        assert [type(event) for event in events] == [StorageFailed]
        other.execute("ROLLBACK")
        other.close()
        assert await writer.flush(PATIENCE)
        assert events[1:] == [EditsStored(0)]
        running.cancel()

    with Journal(tmp_path / "j") as journal:
        asyncio.run(story(journal))


def test_an_edit_that_can_never_be_stored_is_dropped_once_and_the_others_are_stored(tmp_path: Path) -> None:
    async def story(journal: Journal) -> None:
        events: list[Event] = []
        writer = JournalWriter(events.append)
        writer.write_to(journal)
        running = asyncio.create_task(writer.run())
        odd = CellChange(1 << 70, 1, None, Annotation(empty_mask(4, 4), Status.EDITED))
        for edit in (Edit(1, "Set mask"), Edit(2, "Set mask", (odd,)), Edit(3, "Set mask")):
            writer.record_edit(Record(edit, "done"))
        writer.record_value("frame", object())
        writer.record_value("other", 5)
        assert await writer.flush(PATIENCE)
        assert isinstance(writer.take_loss(), EditLost) and writer.take_loss() is None
        assert [event.level for event in events if isinstance(event, Noticed)] == ["error", "error"]
        assert EditsStored(2) in events and not writer.is_failing
        running.cancel()

    with Journal(tmp_path / "j") as journal:
        asyncio.run(story(journal))
        assert [row[0] for row in journal.authorship()] == [1, 3]
        assert journal.meta("frame") is None and journal.meta("other") == 5
