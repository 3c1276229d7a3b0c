"""Watcher of the drop folder: sources that have stopped growing and can be opened become worklist entries."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from app.domain.worklist.entry import DropFolder, EntryState, WorklistSnapshot
from app.pipeline.drop_folder.candidate import Candidate
from app.pipeline.drop_folder.change_monitor import ChangeMonitor
from app.pipeline.drop_folder.intervals import Intervals
from app.pipeline.drop_folder.io_thread import IoThread
from app.pipeline.drop_folder.open_writers import OpenForWriting, find_open_writers
from app.pipeline.drop_folder.probe_queue import ProbeQueue
from app.pipeline.drop_folder.probe_result import ProbeFunction
from app.pipeline.drop_folder.reconcile import mark_missing, reconcile, reset_interrupted
from app.pipeline.drop_folder.scanner import FolderUnavailable, Scanner, ScanResult
from app.pipeline.drop_folder.stability import StabilityDelays, StabilityTracker
from app.pipeline.drop_folder.worklist_publisher import WorklistPublisher
from app.storage.workspace.quarantine import Quarantine
from app.storage.workspace.worklist_store import Worklist

WRITTEN = "Another program still writes to it."
SILENT = "The drop folder does not answer. Check its drive or network share."
# Largest shares of the time that scans may take, however large the folder is, while something arrives and while
# nothing does. Chosen by hand: higher takes a copied file sooner, lower leaves a slow network share to others.
BUSY_SHARE = 0.2
IDLE_SHARE = 0.04

_log = logging.getLogger(__name__)


def _ignore(*_arguments: object) -> None:
    """Do nothing; the default of the callbacks."""


class DropFolderWatcher:
    """Scanner, stability check and probe queue of one drop folder. Belongs to the event loop's thread."""

    def __init__(
        self,
        folder: Path,
        worklist: Worklist,
        probe: ProbeFunction,
        on_change: Callable[[WorklistSnapshot], None],
        *,
        on_notice: Callable[[str], None] = _ignore,
        on_arrival: Callable[[], None] = _ignore,
        quarantine: Quarantine | None = None,
        avoid: Iterable[Path] = (),
        delays: StabilityDelays | None = None,
        intervals: Intervals | None = None,
        use_events: bool = True,
    ) -> None:
        """Prepare to watch a folder.

        probe: opens a source, in another process. on_change: called with every new snapshot of the list.
        on_notice: called with sentences for the annotator. on_arrival: called when something begins to arrive
        after a quiet time, to start the probe worker. avoid: the program's own folders, which are never sources.
        use_events: False scans at regular intervals only, as is always done on network shares.
        """
        intervals, self._delays = intervals or Intervals(), delays or StabilityDelays()
        self._folder = os.path.abspath(folder)
        self._publisher = WorklistPublisher(worklist, quarantine, on_change, on_notice, intervals)
        self._io_thread = IoThread("drop folder")
        self._scanner = Scanner(folder, avoid)
        self._monitor = ChangeMonitor(self._folder, self._io_thread, use_events)
        self._tracker = StabilityTracker(self._delays)
        self._probe_queue = ProbeQueue(probe, self._rescan_candidate, self._publisher, intervals)
        self._on_arrival = on_arrival
        self._intervals = intervals
        self.full_scans = 0  #: how often the whole folder was scanned and acted on
        self._place: tuple[int, int] | None = None
        self._full_at = 0.0
        self._service: asyncio.Task[None] | None = None
        worklist.listeners.append(self._publisher.mark_changed)

    async def __aenter__(self) -> Self:
        self._service = asyncio.create_task(self.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._service is not None
        self._service.cancel()
        with suppress(asyncio.CancelledError):
            await self._service

    async def run(self) -> None:
        """Watch until cancelled."""
        self._publisher.set_folder(DropFolder(self._folder))
        self._publisher.apply_changes(reset_interrupted(self._publisher.worklist.entries))
        try:
            async with asyncio.TaskGroup() as group:
                for work in (self._watch, self._publisher.publish, self._publisher.save):
                    group.create_task(work())
                for _ in range(self._intervals.probes):
                    group.create_task(self._probe_queue.run())
        finally:
            self._close()

    def rescan(self) -> None:
        """Scan the whole folder at once."""
        self._full_at = 0.0
        self._monitor.wake()

    def retry_entry(self, entry_id: str) -> None:
        """Probe a failed sequence again, though it has not changed."""
        entry = self._publisher.worklist.get(entry_id)
        if entry is not None and entry.state is EntryState.FAILED:
            self._publisher.worklist.put(replace(entry, state=EntryState.ARRIVING, reason=""))
            self._monitor.wake()

    async def flush(self) -> None:
        """Wait until the worklist is durable."""
        await self._publisher.flush()

    async def _watch(self) -> None:
        while True:
            try:
                pause = await self._scan_once()
            except Exception:  # noqa: BLE001 - the edge: a defect must not stop the watcher
                _log.exception("the drop folder could not be scanned")
                pause = self._intervals.poll
            await self._monitor.wait(self._intervals.tick, pause)

    async def _scan_once(self) -> float:
        """Scan the folder and act on it; return the seconds until the next scan."""
        started = time.monotonic()
        hints = self._monitor.take_hints()
        is_full = not self._monitor.has_events or started >= self._full_at
        try:
            result = await self._scan(None if is_full else hints | self._pending())
        except FolderUnavailable as error:
            return self._mark_lost(error)
        took = time.monotonic() - started
        if is_full:
            self._full_at = started + max(self._intervals.rescan, took / IDLE_SHARE)
        is_steady = result.place == self._place
        if not is_steady:
            await self._start_watching(result.place)
        found = time.monotonic()
        changes = reconcile(
            self._publisher.worklist.entries,
            result.candidates,
            time.time(),
            self._publisher.new_id,
            is_steady,
        )
        self._publisher.apply_changes(changes)
        await self._enqueue_stable(result)
        took += time.monotonic() - found
        self.full_scans += is_full
        if is_full and is_steady and self._monitor.has_missed(changes.put, hints):
            await self._monitor.start()
        return max(self._pause(), took / BUSY_SHARE)

    async def _scan(self, names: frozenset[str] | None) -> ScanResult:
        scan = asyncio.ensure_future(self._io_thread.run(self._scanner.scan, names))
        done, _ = await asyncio.wait([scan], timeout=self._intervals.silence)
        if not done:
            self._publisher.set_folder(replace(self._publisher.folder, problem=SILENT))
        return await scan

    async def _start_watching(self, place: tuple[int, int]) -> None:
        """Observe a folder that has appeared or was replaced, and have it scanned in full."""
        await self._monitor.start()
        delays = self._delays
        if self._monitor.is_remote:
            delays = replace(delays, unsure=delays.remote)
        self._tracker = StabilityTracker(delays)
        self._place = place
        self._full_at = 0.0
        self._publisher.set_folder(DropFolder(self._folder, "", self._monitor.has_events))

    def _mark_lost(self, error: FolderUnavailable) -> float:
        if self._place is not None or not self._publisher.folder.problem:
            _log.warning("the drop folder is lost: %s", error)
        self._place = None
        self._publisher.set_folder(DropFolder(self._folder, f"{error.what} {error.remedy}".strip()))
        self._publisher.apply_changes(mark_missing(self._publisher.worklist.entries))
        return self._intervals.poll

    def _pause(self) -> float:
        if len(self._tracker):
            return self._intervals.tick
        if not self._monitor.has_events:
            return self._intervals.poll
        return max(self._full_at - time.monotonic(), 0.0)

    def _pending(self) -> frozenset[str]:
        """Return the top-level names in which something is arriving."""
        return frozenset(os.path.relpath(path, self._folder).split(os.sep)[0] for path in self._tracker)

    async def _rescan_candidate(self, candidate: Candidate) -> Candidate | None:
        try:
            after = await self._io_thread.run(self._scanner.rescan, candidate.path)
        except FolderUnavailable:
            return None
        if after is None or after != candidate:
            self._monitor.wake()
        return after

    async def _enqueue_stable(self, result: ScanResult) -> None:
        """Queue for probing what has stopped growing and is not open for writing."""
        now = time.monotonic()
        arriving = self._arriving(result)
        if arriving and not len(self._tracker):
            self._on_arrival()
        self._tracker.retain_paths({candidate.path for candidate in arriving})
        for candidate in arriving:
            self._tracker.record_candidate(candidate, now)
        quiet = [candidate for candidate in arriving if self._tracker.is_quiet(candidate, now)]
        if not quiet:
            return
        files = [file for candidate in quiet for file in candidate.newest]
        answers = await self._io_thread.run(find_open_writers, files, not self._monitor.is_remote)
        for candidate in quiet:
            self._enqueue_or_wait(candidate, {answers[file] for file in candidate.newest}, now)

    def _arriving(self, result: ScanResult) -> list[Candidate]:
        entries = self._publisher.worklist.entries
        paths = [entry.path for entry in entries if entry.state is EntryState.ARRIVING and not entry.missing]
        found = (result.candidates.get(path) for path in dict.fromkeys(paths))
        return [candidate for candidate in found if candidate is not None and not candidate.obstacle]

    def _enqueue_or_wait(self, candidate: Candidate, answers: set[OpenForWriting], now: float) -> None:
        if OpenForWriting.YES in answers:
            self._tracker.restart_wait(candidate.path, now)
            self._publisher.set_reason(candidate.path, WRITTEN)
        elif OpenForWriting.UNKNOWN not in answers or self._tracker.is_very_quiet(candidate, now):
            self._tracker.remove(candidate.path)
            self._probe_queue.enqueue(candidate)

    def _close(self) -> None:
        self._probe_queue.close()
        self._monitor.close()
        self._io_thread.close()
        listeners = self._publisher.worklist.listeners
        if self._publisher.mark_changed in listeners:
            listeners.remove(self._publisher.mark_changed)
