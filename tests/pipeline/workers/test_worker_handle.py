"""Real workers that die, hang, stand still and lose their parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import psutil
import pytest

from app.domain.errors import UsageError, WorkerDied, WorkerError
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import MAX_DEATHS, Caller
from tests.pipeline.workers.trial_roles import (
    BrokenKind,
    FickleKind,
    TrialKind,
    TrialRequest,
)
from tests.pipeline.workers.worker_bench import (
    begun,
    holdings,
    is_gone,
    is_stopped,
    trial,
    trial_worker,
    until,
)

ROOT = Path(__file__).parents[3]
LIMIT = 160 * 2**20


def test_killed_worker_fails_its_job_and_comes_back() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            pid = worker.pid
            assert pid is not None
            job = await begun(worker, "until_cancelled")
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(WorkerDied, match="SIGKILL"):
                await job.result
            assert (await worker.ask("pid"))["pid"] not in (pid, None)

    asyncio.run(story())


def test_state_is_restored_before_jobs_that_wait() -> None:
    async def restore(worker: Caller[TrialKind]) -> None:
        await worker.call(TrialRequest("keep", {"value": "restored"}))

    async def story() -> None:
        async with trial_worker(on_restart=restore) as worker:
            assert await worker.ask("kept") == {"value": None}
            with pytest.raises(WorkerDied, match="exit status 3"):
                await worker.ask("vanish")
            assert await worker.ask("kept") == {"value": "restored"}

    asyncio.run(story())


@pytest.mark.parametrize("error", [UsageError("gone"), KeyError("bug")])
def test_worker_serves_on_when_its_state_cannot_be_restored(error: Exception) -> None:
    async def restore(worker: Caller[TrialKind]) -> None:
        raise error

    async def story() -> None:
        async with trial_worker(on_restart=restore) as worker:
            with pytest.raises(WorkerDied):
                await worker.ask("vanish")
            assert await worker.ask("echo", alive=1) == {"alive": 1}

    asyncio.run(story())


def test_worker_that_keeps_dying_is_given_up_until_the_next_submit(tmp_path: Path) -> None:
    async def story() -> None:
        marker = tmp_path / "marker"
        async with trial_worker(FickleKind, env={"FICKLE_MARKER": str(marker)}) as worker:
            marker.touch()
            with pytest.raises(WorkerDied):
                await worker.ask("vanish")
            with pytest.raises(WorkerDied, match=f"ended {MAX_DEATHS} times"):
                await worker.ask("echo")
            marker.unlink()
            assert await worker.ask("echo", back=1) == {"back": 1}

    asyncio.run(story())


@pytest.mark.parametrize(
    "role", ["tests.pipeline.workers.trial_roles:Nobody", "no_such_module:Role", "nobody"]
)
def test_unknown_role_is_a_clear_error(role: str) -> None:
    kind = type("UnknownKind", (TrialKind,), {"role": role})

    async def story() -> None:
        with SharedPool.create(4096) as pool:
            worker = trial(pool, kind)
            with pytest.raises(WorkerDied, match="did not start"):
                await worker.start()

    asyncio.run(story())


def test_role_that_cannot_be_made_says_why() -> None:
    async def story() -> None:
        with pytest.raises(WorkerDied, match="the graphics library is missing") as caught:
            async with trial_worker(BrokenKind):
                pass
        assert caught.value.subject == "broken"

    asyncio.run(story())


def test_worker_that_leaks_is_replaced_while_nobody_needs_it_with_its_state() -> None:
    async def restore(worker: Caller[TrialKind]) -> None:
        await worker.call(TrialRequest("keep", {"value": "restored"}))

    async def story() -> None:
        async with trial_worker(on_restart=restore, memory_limit=LIMIT, cancel_grace=0.4) as worker:
            before = worker.pid
            await worker.ask("eat", mebibytes=LIMIT // 2**20 + 8)
            await until(lambda: worker.pid not in (before, None))
            assert await worker.ask("kept") == {"value": "restored"}

    asyncio.run(story())


def test_the_kernel_takes_a_worker_before_the_window_when_memory_runs_out() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            scores = [Path(f"/proc/{pid}/oom_score_adj").read_text() for pid in (worker.pid, os.getpid())]
            assert int(scores[0]) > int(scores[1])

    asyncio.run(story())


def test_worker_that_leaks_at_work_is_stopped_before_the_machine_is_full() -> None:
    async def story() -> None:
        async with trial_worker(memory_limit=LIMIT, cancel_grace=0.4) as worker:
            with pytest.raises(WorkerDied, match="MiB of memory"):
                await worker.ask("feast")
            assert await worker.ask("kept") == {"value": None}

    asyncio.run(story())


def test_worker_that_dies_while_paused_comes_back_paused() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            pid = worker.pid
            assert pid is not None
            worker.pause()
            os.kill(pid, signal.SIGKILL)
            await until(lambda: worker.pid not in (pid, None))
            job = worker.start_job("echo", back=1)
            await until(lambda: worker.pid is not None and is_stopped(worker.pid))
            worker.resume()
            assert await job.result == {"back": 1}

    asyncio.run(story())


def test_worker_that_sends_garbage_is_replaced() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            with pytest.raises(WorkerError, match="104857600 bytes"):
                await worker.ask("garbage")
            assert await worker.ask("echo", back=1) == {"back": 1}

    asyncio.run(story())


def test_closing_leaves_no_process_and_no_descriptor() -> None:
    async def story() -> None:
        before = holdings()
        for _ in range(2):
            async with trial_worker() as worker:
                job = await begun(worker, "until_cancelled")
                waiting = worker.start_job("echo")
                worker.pause()
            for ended in (job, waiting):
                with pytest.raises(Cancelled):
                    await ended.result
            with pytest.raises(UsageError, match="closed"):
                worker.start_job("echo")
            with pytest.raises(WorkerDied):
                async with trial_worker(BrokenKind):
                    pass
        await asyncio.sleep(0)
        assert holdings() == before

    asyncio.run(story())


def test_worker_that_will_not_go_is_killed_at_closing() -> None:
    async def story() -> None:
        async with trial_worker(leave_timeout=0.2) as worker:
            pid = worker.pid
            assert pid is not None
            job = await begun(worker, "stubborn")
        assert is_gone(pid)
        with pytest.raises(Cancelled):
            await job.result

    asyncio.run(story())


PARENT = """
    import asyncio
    from app.pipeline.workers.shared_memory import SharedPool
    from tests.pipeline.workers.worker_bench import begun, trial, until

    async def main():
        with SharedPool.create(2**20) as pool:
            if "{state}" == "paused at its start":
                worker = trial(pool)
                worker.pause()
                starting = asyncio.create_task(worker.start())
                await until(lambda: worker.pid is not None)
                print(worker.pid, flush=True)
                await starting
            async with trial(pool) as worker:
                await begun(worker, "until_cancelled")
                if "{state}" == "paused":
                    worker.pause()
                print(worker.pid, flush=True)
                await asyncio.Event().wait()

    asyncio.run(main())
"""


@pytest.mark.parametrize("state", ["running", "paused", "paused at its start"])
def test_workers_never_outlive_a_killed_parent(state: str) -> None:
    script = textwrap.dedent(PARENT).format(state=state)
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=env) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    psutil.wait_procs([worker], timeout=120)
    assert is_gone(worker.pid)


def test_workers_serve_an_event_loop_outside_the_main_thread() -> None:
    answers: list[object] = []

    async def story() -> None:
        async with trial_worker() as worker:
            with pytest.raises(WorkerDied):
                await worker.ask("vanish")
            answers.append(await worker.ask("echo", back=1))

    thread = threading.Thread(target=lambda: asyncio.run(story()))
    thread.start()
    thread.join()
    assert answers == [{"back": 1}]
