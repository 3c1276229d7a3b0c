"""A worker that runs from the first job until it is closed, and again from the next one."""

import asyncio
from collections.abc import Callable
from typing import Generic

from app.pipeline.workers.worker_handle import KindT, WorkerHandle


class LazyWorker(Generic[KindT]):
    """Starts a worker when it is needed. make: returns a handle that was not started. On the event loop's thread."""

    def __init__(self, make: Callable[[], WorkerHandle[KindT]]) -> None:
        self._make = make
        self._worker: WorkerHandle[KindT] | None = None
        self._is_paused = False
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """Process id of the worker, None while there is none."""
        return None if self._worker is None else self._worker.pid

    def pause(self) -> None:
        """Pause the worker, also one that starts later."""
        self._is_paused = True
        if self._worker is not None:
            self._worker.pause()

    def resume(self) -> None:
        self._is_paused = False
        if self._worker is not None:
            self._worker.resume()

    async def started(self) -> WorkerHandle[KindT]:
        """Return the worker, started; after a failed start the next call tries again. Raises WorkerDied, WorkerHung."""
        async with self._starting:
            if self._worker is None:
                # Known before it is up: a worker that is paused while it starts must hear that it may go on.
                worker = self._worker = self._make()
                if self._is_paused:
                    worker.pause()
                try:
                    await worker.start()
                except BaseException:
                    self._worker = None
                    raise
            return self._worker

    async def close(self) -> None:
        """Stop the worker; a call that is cancelled leaves it to the next one."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        try:
            await worker.close()
        except asyncio.CancelledError:
            self._worker = worker
            raise
