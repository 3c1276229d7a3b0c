"""Looks over sequences for text and faces, in a background worker, while the machine is idle."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from app.domain.errors import FramewiseError
from app.domain.finding import Finding
from app.domain.inspection_plan import frames_to_inspect
from app.domain.worklist.entry import WorklistEntry
from app.domain.worklist.sorting import sort_entries
from app.messages.events import Event
from app.messages.events.pictures import FindingsFound
from app.messages.snapshot import Pending, Snapshot
from app.pipeline.options import Options
from app.pipeline.requests.inspector_requests import InspectorKind, InspectProgress, InspectRequest
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.inspection_tally import InspectionTally, find_waiting
from app.pipeline.services.service import Service
from app.pipeline.workers import priorities
from app.pipeline.workers.job import Job
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle
from app.storage.workspace.frame_inspection import known_findings

# After a sequence was opened, between two looks whether the machine is wanted, and without work before sequences of the
# worklist are looked over. Chosen by hand: a sequence that is only looked at costs no processor time.
LULL_SECONDS = 60.0
_TELL_FRAMES = 16  # frames after which what was found on them is shown; chosen by hand
Found = Mapping[int, tuple[Finding, ...]]
_log = logging.getLogger(__name__)


class PictureInspection(Service):
    """Looks over the open sequence, some frames of each shot first, then those of the worklist, one after the other.

    What was found is kept beside the journals, so that no frame is looked at twice.
    """

    def __init__(
        self,
        options: Options,
        pool: SharedPool,
        post: Callable[[Event], None],
        note: Callable[[str, float, int], None],
    ) -> None:
        """note: called with an entry's id, the share of its frames looked over, and how many show something."""
        self._options, self._pool, self._post, self._note = options, pool, post, note
        self._snapshot = Snapshot()
        self._wanted_at = 0.0  #: when the machine was wanted for something else last, on the loop's clock
        self._works: set[asyncio.Task[None]] = set()  #: those before the last one are ending
        self._worker: WorkerHandle[InspectorKind] | None = None
        self._aside: Job[None, InspectProgress] | None = None  #: over a sequence that is not open
        #: entries that nothing is left to do for, and their contents
        self._over: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Look over the worklist while no sequence was opened yet."""
        if not self._works:
            self.use_sequence(None)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Take whether the machine is wanted, and where a film's shots begin; let go of what is not open then."""
        before, self._snapshot = self._snapshot, snapshot
        if self._is_busy or _place(snapshot) != _place(before):
            self._wanted_at = asyncio.get_running_loop().time()
            if self._aside is not None:
                self._aside.cancel()

    @property
    def pid(self) -> int | None:
        """Process id of the worker, None while nothing is looked at."""
        return self._worker.pid if self._worker is not None else None

    def pause(self) -> None:
        """Pause the worker."""
        if self._worker is not None:
            self._worker.pause()

    def resume(self) -> None:
        """Resume the worker."""
        if self._worker is not None:
            self._worker.resume()

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Look over another sequence, or none but those of the worklist."""
        self._end_works()
        if sequence is not None:  # somebody may call harmless what it shows
            self._over = {place for place in self._over if place[1] != sequence.fingerprint}
        work = asyncio.create_task(self._inspect(sequence))
        self._works.add(work)
        work.add_done_callback(self._works.discard)

    async def close(self) -> None:
        """End the worker."""
        self._end_works()
        if self._works:
            await asyncio.wait(self._works)

    def _end_works(self) -> None:
        for work in self._works:
            work.cancel()

    async def _inspect(self, sequence: ActiveSequence | None) -> None:
        if sequence is not None:
            await self._inspect_open(sequence)
        self._wanted_at = asyncio.get_running_loop().time()
        while self._options.inspect:
            idle = asyncio.get_running_loop().time() - self._wanted_at
            entry = self._next_entry() if idle >= LULL_SECONDS else None
            if entry is not None:
                await self._inspect_entry(entry)
            else:
                await asyncio.sleep(max(LULL_SECONDS - idle, LULL_SECONDS / 4))

    async def _inspect_open(self, sequence: ActiveSequence) -> None:
        """Look over the open sequence, and tell what is found; what earlier starts found is told in any case."""
        info, journal = sequence.info, sequence.workspace.journal.path
        known = await asyncio.to_thread(known_findings, journal)
        self._tell(sequence, known)
        while self._options.inspect:
            await asyncio.sleep(LULL_SECONDS)
            if not (self._is_busy or self._snapshot.pending):
                break
        tally = InspectionTally(info.frames, known)
        first, every = frames_to_inspect(info, self._snapshot.sequence.cuts), tuple(range(info.frames))

        def tell(found: Found) -> None:
            self._tell(sequence, found)
            tally.seen.update(found)
            self._note(self._snapshot.worklist.entry_id, tally.share, len(self._snapshot.sequence.findings))

        try:
            for frames, nice in ((first, priorities.BACKGROUND), (every, priorities.IDLE)):
                if self._options.inspect and not tally.seen.keys() >= set(frames):
                    await self._run(InspectRequest(sequence.source, journal, frames), nice, tell)
        except (FramewiseError, Cancelled) as error:
            _log.warning("%s was not looked over for text: %s", info.name, error)

    def _next_entry(self) -> WorklistEntry | None:
        """Return the first sequence of the worklist that can be looked over; a repeat reading was with the first."""
        listed = self._snapshot.worklist
        for entry in sort_entries(listed.entries, listed.sorting):
            is_left = (
                entry.entry_id,
                entry.fingerprint,
            ) not in self._over and entry.entry_id != listed.entry_id
            if is_left and entry.can_open and not entry.repeats:
                return entry
        return None

    async def _inspect_entry(self, entry: WorklistEntry) -> None:
        """Look over a sequence that is not open, until the machine is wanted for something else."""

        def tell(found: Found) -> None:
            tally.seen.update(found)
            self._note(entry.entry_id, tally.share, tally.flagged)

        try:
            request, tally = await asyncio.to_thread(find_waiting, self._options.workspace, entry)
            tell({})
            if not tally.is_complete:
                await self._run(request, priorities.IDLE, tell, is_aside=True)
                self._note(entry.entry_id, 1.0, tally.flagged)  # what cannot be decoded is not waited for
        except Cancelled:
            return
        except FramewiseError as error:
            _log.warning("%s was not looked over for text: %s", entry.name, error)
        self._over.add((entry.entry_id, entry.fingerprint))

    async def _run(
        self, request: InspectRequest, nice: int, tell: Callable[[Found], None], *, is_aside: bool = False
    ) -> None:
        """Start a worker for a request, tell what it finds, and end it."""
        found: dict[int, tuple[Finding, ...]] = {}

        def take(progress: InspectProgress) -> None:
            found[progress.frame] = progress.found
            if len(found) >= _TELL_FRAMES:
                tell(found)
                found.clear()

        environment = self._options.environment
        self._worker = worker = WorkerHandle(InspectorKind, self._pool, nice=nice, env=environment)
        try:
            await worker.start()
            job = worker.submit(request, take)
            self._aside = job if is_aside else None
            await job.outcome()
            tell(found)
        finally:
            self._worker = self._aside = None
            with suppress(FramewiseError):
                await worker.close()

    @property
    def _is_busy(self) -> bool:
        """Whether something else is under way."""
        state, tasks = self._snapshot, self._snapshot.tasks
        return bool(state.propagation or tasks.export or tasks.opening or state.playback.playing)

    def _tell(self, sequence: ActiveSequence, found: Found) -> None:
        if found:
            self._post(FindingsFound(sequence.info.path, tuple(found.items())))


def _place(snapshot: Snapshot) -> tuple[int, Pending | None]:
    """Return where the annotator is, and what is clicked there."""
    return snapshot.sequence.frame, snapshot.pending
