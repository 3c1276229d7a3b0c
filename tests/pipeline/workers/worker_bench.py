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


def trial(pool: SharedPool, role: str = "Trial", **options: Any) -> WorkerHandle:
    """A worker of a trial role, not started yet."""
    env = options.pop("env", {})
    return WorkerHandle(f"tests.pipeline.workers.trial_roles:{role}", pool, env=env, **options)


@asynccontextmanager
async def trial_worker(role: str = "Trial", **options: Any) -> AsyncIterator[WorkerHandle]:
    """A running worker with a pool of its own."""
    with SharedPool.create(2**28) as pool:
        async with trial(pool, role, **options) as worker:
            yield worker


async def begun(worker: WorkerHandle, verb: str, **body: Any) -> Job:
    """Submit a job that reports progress at its start, and wait until it has."""
    started = asyncio.Event()
    job = worker.submit(verb, on_progress=lambda _body: started.set(), **body)
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
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


def holdings() -> tuple[int, list[int]]:
    """Open descriptors and child processes of this process."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")), [child.pid for child in psutil.Process().children()]
