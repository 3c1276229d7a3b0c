"""The drop folder, watched: what has stopped growing and opens is ready in the worklist."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from app.domain.worklist.entry import DropFolder, EntryState, WorklistSnapshot
from app.pipeline.drop_folder.candidate import Sighting
from app.pipeline.drop_folder.change_monitor import Lookout
from app.pipeline.drop_folder.intervals import Pace
from app.pipeline.drop_folder.io_thread import Errands
from app.pipeline.drop_folder.open_writers import Writing, writing
from app.pipeline.drop_folder.probe_queue import Checking
from app.pipeline.drop_folder.probe_result import Probe
from app.pipeline.drop_folder.reconcile import lose, receive, restart
from app.pipeline.drop_folder.scanner import FolderLost, Survey, Surveyor
from app.pipeline.drop_folder.stability import Arrivals, Patience
from app.pipeline.drop_folder.worklist_publisher import Desk
from app.storage.workspace.quarantine import Quarantine
from app.storage.workspace.worklist_store import Worklist

WRITTEN = "Another program still writes to it."
SILENT = "The drop folder does not answer. Check its drive or network share."
# Of the time, looks may take this share at most, however much lies in the folder: while something arrives, and
# while nothing seems to happen.
BUSY_SHARE = 0.2
IDLE_SHARE = 0.04

_log = logging.getLogger(__name__)


def _ignore(*_arguments: object) -> None:
    """For callbacks that nobody wants."""


class Intake:
    """Takes what is dropped into a folder. All methods belong to the thread of the event loop.

    looks: how often the whole folder was looked at and acted on.
    """

    def __init__(
        self,
        folder: Path,
        worklist: Worklist,
        probe: Probe,
        on_change: Callable[[WorklistSnapshot], None],
        *,
        on_notice: Callable[[str], None] = _ignore,
        on_arrival: Callable[[], None] = _ignore,
        quarantine: Quarantine | None = None,
        avoid: Iterable[Path] = (),
        patience: Patience | None = None,
        pace: Pace | None = None,
        use_events: bool = True,
    ) -> None:
        """probe: opens a source, in another process. on_change: called with every new snapshot of the list.

        on_notice: called with sentences for the annotator. on_arrival: called when something begins to arrive
        after a lull, to get the prober ready. avoid: the program's own folders, which are never sources.
        use_events: False looks at the folder regularly, as it is done for network shares anyway.
        """
        pace, self._patience = pace or Pace(), patience or Patience()
        self._folder = os.path.abspath(folder)
        self._desk = Desk(worklist, quarantine, on_change, on_notice, pace)
        self._errands = Errands("drop folder")
        self._surveyor = Surveyor(folder, avoid)
        self._lookout = Lookout(self._folder, self._errands, use_events)
        self._arrivals = Arrivals(self._patience)
        self._checking = Checking(probe, self._seen_again, self._desk, pace)
        self._on_arrival = on_arrival
        self._pace = pace
        self.looks = 0
        self._place: tuple[int, int] | None = None
        self._full_at = 0.0
        self._service: asyncio.Task[None] | None = None
        worklist.listeners.append(self._desk.touch)

    async def __aenter__(self) -> Self:
        self._service = asyncio.create_task(self.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._service is not None
        self._service.cancel()
        with suppress(asyncio.CancelledError):
            await self._service

    async def run(self) -> None:
        """Serve until cancelled."""
        self._desk.describe(DropFolder(self._folder))
        self._desk.apply(restart(self._desk.worklist.entries))
        try:
            async with asyncio.TaskGroup() as group:
                for work in (self._look_after, self._desk.publish, self._desk.save):
                    group.create_task(work())
                for _ in range(self._pace.probes):
                    group.create_task(self._checking.run())
        finally:
            self._close()

    def look_now(self) -> None:
        """Look at the whole folder at once, as when the annotator asks for it."""
        self._full_at = 0.0
        self._lookout.wake()

    def retry(self, entry_id: str) -> None:
        """Try a sequence that failed once more, though it has not changed."""
        entry = self._desk.worklist.get(entry_id)
        if entry is not None and entry.state is EntryState.FAILED:
            self._desk.worklist.put(replace(entry, state=EntryState.ARRIVING, reason=""))
            self._lookout.wake()

    async def flush(self) -> None:
        """Wait until the list is durable."""
        await self._desk.flush()

    # -- looking -----------------------------------------------------------------------------------

    async def _look_after(self) -> None:
        while True:
            try:
                pause = await self._round()
            except Exception:  # noqa: BLE001 - the edge: a defect must not stop the intake
                _log.exception("the drop folder could not be looked after")
                pause = self._pace.poll
            await self._lookout.wait(self._pace.tick, pause)

    async def _round(self) -> float:
        """Look at the folder and act on it; answers how long to rest."""
        started = time.monotonic()
        hints = self._lookout.hints()
        is_full = not self._lookout.has_events or started >= self._full_at
        try:
            survey = await self._survey(None if is_full else hints | self._pending())
        except FolderLost as error:
            return self._lost(error)
        took = time.monotonic() - started
        if is_full:
            self._full_at = started + max(self._pace.rescan, took / IDLE_SHARE)
        is_steady = survey.place == self._place
        if not is_steady:
            await self._settle_in(survey.place)
        changes = receive(
            self._desk.worklist.entries, survey.sightings, time.time(), self._desk.new_id, is_steady
        )
        self._desk.apply(changes)
        await self._take(survey)
        self.looks += is_full
        if is_full and is_steady and self._lookout.has_missed(changes.put, hints):
            await self._lookout.begin()
        return max(self._rest(), took / BUSY_SHARE)

    async def _survey(self, names: frozenset[str] | None) -> Survey:
        look = asyncio.ensure_future(self._errands.do(self._surveyor.look, names))
        done, _ = await asyncio.wait([look], timeout=self._pace.silence)
        if not done:
            self._desk.describe(replace(self._desk.folder, problem=SILENT))
        return await look

    async def _settle_in(self, place: tuple[int, int]) -> None:
        """The folder is there, for the first time or again: watch it, then look once more."""
        await self._lookout.begin()
        patience = self._patience
        if self._lookout.is_remote:
            patience = replace(patience, unsure=patience.remote)
        self._arrivals = Arrivals(patience)
        self._place = place
        self._full_at = 0.0
        self._desk.describe(DropFolder(self._folder, "", self._lookout.has_events))

    def _lost(self, error: FolderLost) -> float:
        if self._place is not None or not self._desk.folder.problem:
            _log.warning("the drop folder is lost: %s", error)
        self._place = None
        self._desk.describe(DropFolder(self._folder, f"{error.what} {error.remedy}".strip()))
        self._desk.apply(lose(self._desk.worklist.entries))
        return self._pace.poll

    def _rest(self) -> float:
        if len(self._arrivals):
            return self._pace.tick
        if not self._lookout.has_events:
            return self._pace.poll
        return max(self._full_at - time.monotonic(), 0.0)

    def _pending(self) -> frozenset[str]:
        """The things at the top of the folder in which something is arriving."""
        return frozenset(os.path.relpath(path, self._folder).split(os.sep)[0] for path in self._arrivals)

    async def _seen_again(self, seen: Sighting) -> Sighting | None:
        top = os.path.relpath(seen.path, self._folder).split(os.sep)[0]
        try:
            survey = await self._errands.do(self._surveyor.look, frozenset({top}))
        except FolderLost:
            return None
        self._lookout.wake()
        return survey.sightings.get(seen.path)

    # -- taking ------------------------------------------------------------------------------------

    async def _take(self, survey: Survey) -> None:
        """Have everything checked that has stopped growing and that nobody writes to."""
        now = time.monotonic()
        arriving = self._arriving(survey)
        if arriving and not len(self._arrivals):
            self._on_arrival()
        self._arrivals.keep({seen.path for seen in arriving})
        for seen in arriving:
            self._arrivals.note(seen, now)
        quiet = [seen for seen in arriving if self._arrivals.is_quiet(seen, now)]
        if not quiet:
            return
        files = [file for seen in quiet for file in seen.newest]
        answers = await self._errands.do(writing, files, not self._lookout.is_remote)
        for seen in quiet:
            self._decide(seen, {answers[file] for file in seen.newest}, now)

    def _arriving(self, survey: Survey) -> list[Sighting]:
        entries = self._desk.worklist.entries
        paths = [entry.path for entry in entries if entry.state is EntryState.ARRIVING and not entry.missing]
        found = (survey.sightings.get(path) for path in dict.fromkeys(paths))
        return [seen for seen in found if seen is not None and not seen.obstacle]

    def _decide(self, seen: Sighting, answers: set[Writing], now: float) -> None:
        if Writing.YES in answers:
            self._arrivals.busy(seen.path, now)
            self._desk.explain(seen.path, WRITTEN)
        elif Writing.UNKNOWN not in answers or self._arrivals.is_very_quiet(seen, now):
            self._arrivals.drop(seen.path)
            self._checking.take(seen)

    def _close(self) -> None:
        self._checking.close()
        self._lookout.close()
        self._errands.close()
        listeners = self._desk.worklist.listeners
        if self._desk.touch in listeners:
            listeners.remove(self._desk.touch)
