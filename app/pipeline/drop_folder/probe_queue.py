"""Queue of sources to be probed, a few at a time."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from app.domain.errors import FramewiseError, StorageFull, WorkerDied, WorkerHung, WorkspaceError
from app.domain.worklist.entry import EntryState, WorklistEntry
from app.pipeline.drop_folder.candidate import Candidate
from app.pipeline.drop_folder.intervals import Intervals
from app.pipeline.drop_folder.probe_outcome import apply_probe_results, mark_arriving, mark_failed
from app.pipeline.drop_folder.probe_result import ProbeFunction, ProbeUnavailable
from app.pipeline.drop_folder.worklist_publisher import WorklistPublisher
from app.pipeline.requests.prober_requests import ProbeResult
from app.pipeline.workers.protocol import Cancelled

TRIES = 2  # probes of a source that kills or hangs the worker, the first of which may have met another cause

_log = logging.getLogger(__name__)


class ProbeQueue:
    """Queue of stable candidates, in order of arrival."""

    def __init__(
        self,
        probe: ProbeFunction,
        rescan: Callable[[Candidate], Awaitable[Candidate | None]],
        publisher: WorklistPublisher,
        intervals: Intervals,
    ) -> None:
        """Create an empty queue. rescan: returns the present state of a source, None when it is gone."""
        self._probe = probe
        self._rescan = rescan
        self._publisher = publisher
        self._intervals = intervals
        self._queue: asyncio.Queue[Candidate] = asyncio.Queue()
        self._losses: Counter[Candidate] = Counter()
        self._retries: set[asyncio.Task[None]] = set()

    def enqueue(self, candidate: Candidate) -> None:
        """Queue a source that has stopped growing."""
        entries = (
            entry for entry in self._publisher.worklist.find_by_path(candidate.path) if not entry.missing
        )
        arriving = (entry for entry in entries if entry.state is EntryState.ARRIVING)
        checking = EntryState.CHECKING
        self._publisher.worklist.put(
            *(replace(entry, state=checking, signature=candidate.signature, reason="") for entry in arriving)
        )
        self._queue.put_nowait(candidate)

    async def run(self) -> None:
        """Probe one source after the other until cancelled."""
        while True:
            candidate = await self._queue.get()
            try:
                await self._check(candidate)
            except Exception:  # noqa: BLE001 - the edge: a defect must not stop the queue
                _log.exception("a source could not be checked")
                self._mark_failed(
                    candidate, "Something went wrong inside the program; the log file holds the details."
                )

    def close(self) -> None:
        """Cancel pending retries."""
        for task in self._retries:
            task.cancel()

    async def _check(self, candidate: Candidate) -> None:
        try:
            results = await self._probe(Path(candidate.path))
        except Cancelled:
            self._publisher.apply_changes(
                mark_arriving(self._publisher.worklist.find_by_path(candidate.path), candidate.path)
            )
        except FramewiseError as error:
            await self._handle_failure(candidate, error)
        else:
            if await self._is_still(candidate):
                entries = self._concerned(candidate, results)
                changes = apply_probe_results(entries, candidate, results, self._publisher.new_id)
                self._publisher.apply_changes(changes)

    def _concerned(self, candidate: Candidate, results: Sequence[ProbeResult]) -> list[WorklistEntry]:
        """Return the entries of a source, and those of the contents found in it, each once."""
        worklist = self._publisher.worklist
        found = list(worklist.find_by_path(candidate.path))
        for result in results:
            found += worklist.find_all_by_fingerprint(result.fingerprint)
        return list({entry.entry_id: entry for entry in found}.values())

    async def _handle_failure(self, candidate: Candidate, error: FramewiseError) -> None:
        if isinstance(error, (WorkerDied, WorkerHung)):
            self._losses[candidate] += 1
            if self._losses[candidate] < TRIES:
                self._queue.put_nowait(candidate)
                return
        if await self._is_still(candidate):
            self._mark_failed(candidate, f"{error.what} {error.remedy}".strip())
            if isinstance(error, (StorageFull, WorkspaceError, ProbeUnavailable)):
                task = asyncio.create_task(self._retry(candidate))
                self._retries.add(task)
                task.add_done_callback(self._retries.discard)

    async def _is_still(self, candidate: Candidate) -> bool:
        """Return whether a source is as it was when queued; if not, it has to become stable once more."""
        after = await self._rescan(candidate)
        if after is not None and not after.obstacle and after.signature.has_same_content(candidate.signature):
            return True
        self._publisher.apply_changes(
            mark_arriving(self._publisher.worklist.find_by_path(candidate.path), candidate.path)
        )
        return False

    def _mark_failed(self, candidate: Candidate, reason: str) -> None:
        self._publisher.apply_changes(
            mark_failed(
                self._publisher.worklist.find_by_path(candidate.path),
                candidate.path,
                reason,
                candidate.signature,
            )
        )

    async def _retry(self, candidate: Candidate) -> None:
        """Probe a source again later that failed for lack of space or of a place to write to."""
        await asyncio.sleep(self._intervals.retry)
        failed = (
            entry
            for entry in self._publisher.worklist.find_by_path(candidate.path)
            if entry.state is EntryState.FAILED
        )
        self._publisher.worklist.put(
            *(replace(entry, state=EntryState.ARRIVING, reason="") for entry in failed)
        )
