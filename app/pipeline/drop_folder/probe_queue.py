"""Probing what has arrived, a few at a time."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from app.domain.errors import FramewiseError, StorageFull, WorkerDied, WorkerHung, WorkspaceError
from app.domain.worklist.entry import EntryState
from app.pipeline.drop_folder.candidate import Sighting
from app.pipeline.drop_folder.intervals import Pace
from app.pipeline.drop_folder.probe_outcome import accept, refuse, wait
from app.pipeline.drop_folder.probe_result import Probe, ProbeUnavailable
from app.pipeline.drop_folder.worklist_publisher import Desk
from app.pipeline.workers.protocol import Cancelled

TRIES = 2

_log = logging.getLogger(__name__)


class Checking:
    """Sources that wait for a probe, in order of arrival."""

    def __init__(
        self, probe: Probe, look: Callable[[Sighting], Awaitable[Sighting | None]], desk: Desk, pace: Pace
    ) -> None:
        """look: answers how a source looks now, None when it is gone."""
        self._probe = probe
        self._look = look
        self._desk = desk
        self._pace = pace
        self._queue: asyncio.Queue[Sighting] = asyncio.Queue()
        self._losses: Counter[Sighting] = Counter()
        self._retries: set[asyncio.Task[None]] = set()

    def take(self, seen: Sighting) -> None:
        """Have a source probed that has stopped growing."""
        entries = (entry for entry in self._desk.worklist.at(seen.path) if not entry.missing)
        arriving = (entry for entry in entries if entry.state is EntryState.ARRIVING)
        checking = EntryState.CHECKING
        self._desk.worklist.put(
            *(replace(entry, state=checking, signature=seen.signature, reason="") for entry in arriving)
        )
        self._queue.put_nowait(seen)

    async def run(self) -> None:
        """Probe one source after the other until cancelled."""
        while True:
            seen = await self._queue.get()
            try:
                await self._check(seen)
            except Exception:  # noqa: BLE001 - the edge: a defect must not stop the intake
                _log.exception("a source could not be checked")
                self._refuse(seen, "Something went wrong inside the program; the log file holds the details.")

    def close(self) -> None:
        """Give up waiting for better times."""
        for task in self._retries:
            task.cancel()

    async def _check(self, seen: Sighting) -> None:
        try:
            findings = await self._probe(Path(seen.path))
        except Cancelled:
            self._desk.apply(wait(self._desk.worklist.entries, seen.path))
        except FramewiseError as error:
            await self._failed(seen, error)
        else:
            if await self._is_still(seen):
                changes = accept(self._desk.worklist.entries, seen, findings, self._desk.new_id)
                self._desk.apply(changes)

    async def _failed(self, seen: Sighting, error: FramewiseError) -> None:
        if isinstance(error, (WorkerDied, WorkerHung)):
            self._losses[seen] += 1
            if self._losses[seen] < TRIES:
                self._queue.put_nowait(seen)
                return
        if await self._is_still(seen):
            self._refuse(seen, f"{error.what} {error.remedy}".strip())
            if isinstance(error, (StorageFull, WorkspaceError, ProbeUnavailable)):
                task = asyncio.create_task(self._retry(seen))
                self._retries.add(task)
                task.add_done_callback(self._retries.discard)

    async def _is_still(self, seen: Sighting) -> bool:
        """Whether a source is as it was when it was taken; if not, it has to arrive once more."""
        after = await self._look(seen)
        if after is not None and not after.obstacle and after.signature.has_same_content(seen.signature):
            return True
        self._desk.apply(wait(self._desk.worklist.entries, seen.path))
        return False

    def _refuse(self, seen: Sighting, reason: str) -> None:
        self._desk.apply(refuse(self._desk.worklist.entries, seen.path, reason, seen.signature))

    async def _retry(self, seen: Sighting) -> None:
        """A source that failed for want of space or of a place to write to may do better later."""
        await asyncio.sleep(self._pace.retry)
        failed = (entry for entry in self._desk.worklist.at(seen.path) if entry.state is EntryState.FAILED)
        self._desk.worklist.put(*(replace(entry, state=EntryState.ARRIVING, reason="") for entry in failed))
