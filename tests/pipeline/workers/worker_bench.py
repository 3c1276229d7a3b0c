"""What tests of real worker processes share."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import psutil

from app.pipeline.workers.job import Job
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle
from tests.pipeline.workers.trial_roles import TrialKind, TrialRequest


class TrialHandle(WorkerHandle[TrialKind]):
    """A worker of a trial role, asked by the name of a method."""

    def start_job(self, method: str, on_progress: Callable[[Any], None] | None = None, **words: Any) -> Job:
        return self.submit(TrialRequest(method, words), on_progress)

    async def ask(self, method: str, **words: Any) -> Any:
        return await self.call(TrialRequest(method, words))


def trial(pool: SharedPool, kind: type[TrialKind] = TrialKind, **options: Any) -> TrialHandle:
    """A worker of a trial role, not started yet."""
    return TrialHandle(kind, pool, **options)


@asynccontextmanager
async def trial_worker(kind: type[TrialKind] = TrialKind, **options: Any) -> AsyncIterator[TrialHandle]:
    """A running worker with a pool of its own."""
    with SharedPool.create(2**28) as pool:
        async with trial(pool, kind, **options) as worker:
            yield worker


async def begun(worker: TrialHandle, method: str, **words: Any) -> Job:
    """Submit a job that reports progress at its start, and wait until it has."""
    started = asyncio.Event()
    job = worker.start_job(method, lambda _progress: started.set(), **words)
    await started.wait()
    return job


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that nobody signals; the time-out of the test bounds it."""
    while not condition():
        await asyncio.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Whether a process has ended, even if nobody has collected it."""
    try:
        return psutil.Process(pid).status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return True


def is_stopped(pid: int) -> bool:
    """Whether a process stands still."""
    result: bool = psutil.Process(pid).status() == psutil.STATUS_STOPPED
    return result


def holdings() -> tuple[int, list[int]]:
    """Open descriptors and child processes of this process."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")), [child.pid for child in psutil.Process().children()]
