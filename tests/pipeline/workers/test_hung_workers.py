"""Real workers that hang, stand still or have no processor, told apart by the work that they do."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.domain.errors import WorkerHung
from app.pipeline.workers import priorities
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from tests.pipeline.workers.trial_roles import (
    SlowKind,
    ThoroughKind,
    UrgentRequest,
)
from tests.pipeline.workers.worker_bench import (
    begun,
    is_gone,
    is_stopped,
    trial,
    trial_worker,
    until,
)


def test_role_that_is_never_ready_is_hung() -> None:
    async def story() -> None:
        with pytest.raises(WorkerHung, match="not ready after 0.5 s"):
            async with trial_worker(SlowKind, start_timeout=0.5):
                pass

    asyncio.run(story())


def test_stopped_worker_is_hung_and_replaced() -> None:
    """Beats end long before the limit for its job, so that the reason is not a matter of chance."""

    async def story() -> None:
        async with trial_worker() as worker:
            pid = worker.pid
            assert pid is not None
            job = await begun(worker, "until_cancelled")
            os.kill(pid, signal.SIGSTOP)
            with pytest.raises(WorkerHung, match="did not answer"):
                await job.result
            assert is_gone(pid)
            assert await worker.ask("echo", back=1) == {"back": 1}

    asyncio.run(story())


def test_job_without_a_sign_of_life_is_hung() -> None:
    async def story() -> None:
        async with trial_worker(hang_after=0.5) as worker:
            job = await begun(worker, "asleep")
            with pytest.raises(WorkerHung, match="no sign of life"):
                await job.result
            assert await worker.ask("echo", back=1) == {"back": 1}

    asyncio.run(story())


@pytest.mark.parametrize("wound", [signal.SIGSTOP, None], ids=["stopped", "deadlocked"])
def test_a_worker_that_a_click_waits_for_is_hung_and_replaced(
    wound: signal.Signals | None,
) -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            pid, started = worker.pid, asyncio.Event()
            assert pid is not None
            job = worker.submit(UrgentRequest(), lambda _progress: started.set())
            await started.wait()
            if wound is not None:
                os.kill(pid, wound)
            with pytest.raises(WorkerHung):
                await job.result
            assert await worker.ask("echo", back=1) == {"back": 1}

    asyncio.run(story())


def test_an_idle_worker_that_was_stopped_is_replaced_before_it_is_needed() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            pid = worker.pid
            assert pid is not None
            os.kill(pid, signal.SIGSTOP)
            await until(lambda: worker.pid not in (pid, None))
            assert is_gone(pid)

    asyncio.run(story())


def test_a_worker_of_the_lowest_priority_starts_and_works_among_busy_processes() -> None:
    """Limits count what a worker could work: these are below what it takes by the clock."""

    async def story() -> None:
        with SharedPool.create(2**20) as pool, busy_processes(3):
            place = {min(os.sched_getaffinity(0))}
            worker = trial(pool, ThoroughKind, nice=priorities.PREVIEW, start_timeout=1.0, hang_after=1.0)
            began = time.monotonic()
            async with worker:
                assert worker.pid is not None
                os.sched_setaffinity(worker.pid, place)
                assert await worker.ask("compute", seconds=0.3) == {"done": True}
            assert time.monotonic() - began > 1.5

    asyncio.run(story())


def test_a_job_that_computes_for_ever_is_hung_by_the_work_it_did() -> None:
    async def story() -> None:
        async with trial_worker(hang_after=0.5) as worker:
            with pytest.raises(WorkerHung, match="no sign of life"):
                await worker.ask("compute", seconds=1000.0)

    asyncio.run(story())


def test_job_that_beats_is_not_hung() -> None:
    async def story() -> None:
        async with trial_worker(hang_after=0.5) as worker:
            assert await worker.ask("beating", seconds=1.5) == {"survived": True}

    asyncio.run(story())


def test_paused_worker_stands_still_and_is_not_hung() -> None:
    async def story() -> None:
        async with trial_worker(hang_after=0.5, cancel_grace=0.3) as worker:
            pid = worker.pid
            assert pid is not None
            job = await begun(worker, "until_cancelled")
            worker.pause()
            await until(lambda: is_stopped(pid))
            job.cancel()
            await asyncio.sleep(1.5)
            assert not job.has_ended
            worker.resume()
            with pytest.raises(Cancelled):
                await job.result
            assert worker.pid == pid

    asyncio.run(story())


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Processes that take all they can get of one processor, that on which the tests' worker is put."""
    place = min(os.sched_getaffinity(0))
    program = f"import os; os.sched_setaffinity(0, {{{place}}})\nwhile True: pass"
    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
