"""Client of the worker process that opens dropped sources."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from app.domain.errors import FramewiseError
from app.pipeline.drop_folder.probe_result import ProbeUnavailable
from app.pipeline.requests.prober_requests import ProbeRequest, ProbeResult, ProberKind
from app.pipeline.workers import priorities
from app.pipeline.workers.lazy_worker import LazyWorker
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle

# Seconds until a probe counts as hung: a long video on a slow drive is read to its end before its frames are known.
HANG_AFTER = 900.0
IDLE = 120.0  # seconds without a probe after which the worker ends; chosen by hand


class ProbeWorker:
    """Worker process that starts when it is needed and ends when it has been idle for a while."""

    def __init__(
        self,
        pool: SharedPool,
        root: Path,
        env: Mapping[str, str] | None = None,
        idle: float = IDLE,
        kind: type[ProberKind] = ProberKind,
    ) -> None:
        """Prepare to probe. root: folder of the workspaces, for indexes and thumbnails. idle: seconds."""
        self._root = root
        self._idle = idle
        self._worker = LazyWorker(
            lambda: WorkerHandle(kind, pool, nice=priorities.BACKGROUND, hang_after=HANG_AFTER, env=env)
        )
        self._starting = asyncio.Lock()
        self._users = 0
        self._end: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the worker, None while there is none."""
        return self._worker.pid

    async def probe(self, path: Path) -> tuple[ProbeResult, ...]:
        """Return the sequences in a source: one, or several series.

        Raises SequenceError when it cannot be opened, WorkerDied or WorkerHung when the worker was lost over it,
        ProbeUnavailable when the worker cannot be started.
        """
        self._users += 1
        try:
            worker = await self._started()
            reply = await worker.call(ProbeRequest(path, self._root))
        finally:
            self._users -= 1
            self._schedule_stop()
        return reply.results

    def start_early(self) -> None:
        """Start the worker before the first probe."""
        task = asyncio.create_task(self._start_early())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop the worker."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._end is not None:
            self._end.cancel()
        async with self._starting:
            await self._worker.close()

    async def _start_early(self) -> None:
        try:
            await self._started()
        except ProbeUnavailable:
            return
        self._schedule_stop()

    async def _started(self) -> WorkerHandle[ProberKind]:
        async with self._starting:
            if self._end is not None:
                self._end.cancel()
            try:
                return await self._worker.started()
            except FramewiseError as error:
                raise ProbeUnavailable(
                    f"Nothing can be checked at present: {error}", remedy="It is tried again by itself."
                ) from error

    def _schedule_stop(self) -> None:
        """End the worker once it has been idle for a while, which also frees what it may have leaked."""
        if self._end is not None:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(self._idle, self._begin_idle_stop)

    def _begin_idle_stop(self) -> None:
        task = asyncio.create_task(self._stop_if_idle())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop_if_idle(self) -> None:
        async with self._starting:
            if not self._users:
                await self._worker.close()
