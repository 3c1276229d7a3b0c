"""Repeat readings in the worklist: rows appear by rule, and the lead asks for one or withdraws it."""

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.domain.errors import FramewiseError
from app.domain.worklist.entry import WorklistEntry
from app.domain.worklist.repeat_readings import RepeatRule, can_repeat, due_entries, make_repeat_entry
from app.messages.events import Event, Noticed
from app.storage.workspace.readings import begin_reading, withdraw_reading
from app.storage.workspace.worklist_store import Worklist


class RepeatRows:
    """Makes the rows of repeat readings with their workspaces. On the event loop's thread; files by others."""

    def __init__(self, root: Path, rule: RepeatRule, post: Callable[[Event], None]) -> None:
        """root: folder of workspaces."""
        self._root, self._rule, self._post = root, rule, post
        self._failed: set[str] = set()
        self._busy = asyncio.Lock()

    async def add_due(self, worklist: Worklist) -> None:
        """Add a row for each finished sequence of which a repeat reading is due."""
        async with self._busy:
            for entry in due_entries(worklist.entries, self._rule, time.time()):
                if entry.entry_id not in self._failed:
                    await self._add(worklist, entry)

    async def toggle(self, worklist: Worklist, entry_id: str, open_id: str) -> None:
        """Ask for a repeat reading of a finished sequence, or withdraw one. open_id: of the open sequence."""
        async with self._busy:
            entry = worklist.get(entry_id)
            if entry is None:
                return
            if entry.repeats and entry_id == open_id:
                self._say("This reading is open: leave it first.")
            elif entry.repeats:
                await self._withdraw(worklist, entry)
            elif not can_repeat(entry):
                self._say("Only a sequence that is done, and whose file is there, can be read again.")
            else:
                await self._add(worklist, entry)

    async def _add(self, worklist: Worklist, entry: WorklistEntry) -> None:
        now = time.time()
        try:
            folder = await asyncio.to_thread(
                begin_reading, self._root, Path(entry.path).name, entry.fingerprint, now
            )
        except FramewiseError as error:
            self._failed.add(entry.entry_id)
            self._post(Noticed("warning", f"{entry.name} cannot be read again. {error}"))
            return
        first = worklist.get(entry.entry_id) or entry
        row = make_repeat_entry(first, uuid.uuid4().hex[:12], str(folder), self._rule.reader, now)
        worklist.put(replace(first, repeat="asked"), row)

    async def _withdraw(self, worklist: Worklist, entry: WorklistEntry) -> None:
        try:
            await asyncio.to_thread(withdraw_reading, Path(entry.path))
        except FramewiseError as error:
            self._post(Noticed("error", f"The reading stays. {error}"))
            return
        worklist.remove(entry.entry_id)
        first = worklist.get(entry.repeats)
        if first is not None:
            worklist.put(replace(first, repeat="withdrawn"))
        self._say(f"The repeat reading of {entry.name} was withdrawn.")

    def _say(self, text: str) -> None:
        self._post(Noticed("info", text))
