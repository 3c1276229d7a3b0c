"""What the recorder is told reaches the disk, in whatever moment it is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.events import Event
from app.pipeline.recording import Recorder
from app.storage.journal import Journal


def test_a_value_taken_back_while_another_is_written_is_taken_back_on_disk(tmp_path: Path) -> None:
    async def story(journal: Journal) -> None:
        events: list[Event] = []
        recorder = Recorder(events.append)
        recorder.use(journal)
        running = asyncio.create_task(recorder.run())
        recorder.remember("propagation", ["under way"])
        await recorder.flush()
        recorder.remember("frame", 3)
        await asyncio.sleep(0)
        recorder.remember("propagation", None)
        await recorder.flush()
        running.cancel()

    with Journal(tmp_path / "j") as journal:
        asyncio.run(story(journal))
        assert journal.meta("propagation", "nothing") is None
        assert journal.meta("frame") == 3
