"""Looks over the open sequence for text and faces, in a background worker, while nobody needs the machine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from app.domain.errors import FramewiseError
from app.domain.finding import Finding
from app.domain.inspection_plan import frames_to_inspect
from app.messages.events import Event
from app.messages.events.pictures import FindingsFound
from app.messages.snapshot import Snapshot
from app.pipeline.requests.inspector_requests import InspectorKind, InspectProgress, InspectRequest
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.service import Service
from app.pipeline.workers import priorities
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle
from app.storage.workspace.frame_inspection import known_findings

# After a sequence was opened, and between two looks whether the machine is wanted. Chosen by hand: a sequence that is
# only looked at costs no processor time.
LULL_SECONDS = 60.0
_TELL_FRAMES = 16  # frames with findings after which they are shown; chosen by hand
_log = logging.getLogger(__name__)


class PictureInspection(Service):
    """Starts a worker a while after a sequence was opened: for some frames of each shot, then for all of them."""

    def __init__(
        self, pool: SharedPool, env: Mapping[str, str], post: Callable[[Event], None], *, enabled: bool
    ) -> None:
        """enabled: whether to look for anything; what earlier starts found is told in any case."""
        self._pool, self._env, self._post, self._enabled = pool, env, post, enabled
        self._snapshot = Snapshot()
        self._works: set[asyncio.Task[None]] = set()  #: those before the last one are ending
        self._worker: WorkerHandle[InspectorKind] | None = None

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Take whether the machine is wanted, and where a film's shots begin."""
        self._snapshot = snapshot

    def pause(self) -> None:
        """Pause the worker."""
        if self._worker is not None:
            self._worker.pause()

    def resume(self) -> None:
        """Resume the worker."""
        if self._worker is not None:
            self._worker.resume()

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Look over another sequence, or none."""
        for work in self._works:
            work.cancel()
        if sequence is not None:
            work = asyncio.create_task(self._inspect(sequence))
            self._works.add(work)
            work.add_done_callback(self._works.discard)

    async def close(self) -> None:
        """End the worker."""
        self.use_sequence(None)
        if self._works:
            await asyncio.wait(self._works)

    async def _inspect(self, sequence: ActiveSequence) -> None:
        journal = sequence.workspace.journal.path
        known = await asyncio.to_thread(known_findings, journal)
        self._tell(sequence, known)
        while self._enabled:
            await asyncio.sleep(LULL_SECONDS)
            if not self._is_wanted:
                break
        info = sequence.info
        first, every = frames_to_inspect(info, self._snapshot.sequence.cuts), tuple(range(info.frames))
        try:
            for frames, nice in ((first, priorities.BACKGROUND), (every, priorities.IDLE)):
                if self._enabled and not known.keys() >= set(frames):
                    await self._run(sequence, InspectRequest(sequence.source, journal, frames), nice)
                    known = await asyncio.to_thread(known_findings, journal)
        except (FramewiseError, Cancelled) as error:
            _log.warning("%s was not looked over for text: %s", info.name, error)

    async def _run(self, sequence: ActiveSequence, request: InspectRequest, nice: int) -> None:
        """Start a worker for a request, tell what it finds, and end it."""
        found: dict[int, tuple[Finding, ...]] = {}

        def take(progress: InspectProgress) -> None:
            found[progress.frame] = progress.found
            if len(found) >= _TELL_FRAMES:
                self._tell(sequence, found)
                found.clear()

        self._worker = worker = WorkerHandle(InspectorKind, self._pool, nice=nice, env=self._env)
        try:
            await worker.start()
            await worker.submit(request, take).outcome()
            self._tell(sequence, found)
        finally:
            self._worker = None
            with suppress(FramewiseError):
                await worker.close()

    @property
    def _is_wanted(self) -> bool:
        """Whether the machine is wanted for something else."""
        state = self._snapshot
        tasks = state.tasks
        return bool(
            state.pending or state.propagation or tasks.export or tasks.opening or state.playback.playing
        )

    def _tell(self, sequence: ActiveSequence, found: Mapping[int, tuple[Finding, ...]]) -> None:
        if found:
            self._post(FindingsFound(sequence.info.path, tuple(found.items())))
