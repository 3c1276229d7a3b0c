"""Making edits durable without making anybody wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from app.domain.errors import FramewiseError
from app.messages.events import EditsStored, Event, StorageFailed
from app.messages.orders import Record
from app.storage.workspace.journal import Journal, JournalEntry

RETRY_SECONDS = 2.0


class JournalWriter:
    """Writes what came since the last write in one transaction; on failure keeps it and tries again."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._journal: Journal | None = None
        self._entries: list[JournalEntry] = []
        self._meta: dict[str, Any] = {}
        self._wanted = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()
        self._is_failing = False

    def use(self, journal: Journal | None) -> None:
        """Write into another journal from now on; flush first."""
        self._journal = journal
        self._entries.clear()
        self._meta.clear()
        self._written.set()

    def record(self, order: Record, operator: str) -> None:
        """Take an edit to be written."""
        self._entries.append(JournalEntry(order.edit, order.how, time.time(), operator, order.model))
        self._wake()

    def remember(self, key: str, value: Any) -> None:
        """Take a value to be written; only the newest of a key counts."""
        self._meta[key] = value
        self._wake()

    async def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything taken so far is durable; False when the time ran out.

        When it is True nothing was taken meanwhile: another journal can be used at once.
        """
        try:
            async with asyncio.timeout(timeout):
                while not self._written.is_set():
                    await self._written.wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._journal is not None and (self._entries or self._meta):
                await self._write(self._journal)
            self._written.set()

    def _wake(self) -> None:
        if self._journal is not None:
            self._written.clear()
            self._wanted.set()

    async def _write(self, journal: Journal) -> None:
        entries, meta = list(self._entries), dict(self._meta)
        try:
            await asyncio.to_thread(journal.write, entries, meta)
        except FramewiseError as error:
            if not self._is_failing:
                self._post(StorageFailed(str(error)))
            self._is_failing = True
            await asyncio.sleep(RETRY_SECONDS)
            return
        was_failing, self._is_failing = self._is_failing, False
        if journal is not self._journal:
            return
        del self._entries[: len(entries)]
        self._meta = {
            key: value for key, value in self._meta.items() if key not in meta or meta[key] is not value
        }
        if entries or was_failing:
            self._post(EditsStored(sum(entry.how != "grown" for entry in entries)))
