"""Jobs in a real worker process: replies, progress, cancelling, errors."""

from __future__ import annotations

import asyncio
import logging
import os

import numpy as np
import pytest

from app.domain.annotation import SeriesInfo
from app.domain.errors import SequenceError, SeveralSeries, UsageError, WorkerError
from app.pipeline.workers import priorities
from app.pipeline.workers.protocol import ArrayRef, Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from tests.pipeline.workers.trial_roles import GradualKind, InvertRequest, MisfitRequest
from tests.pipeline.workers.worker_bench import begun, trial, trial_worker


def test_call_returns_what_the_role_answers() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            assert await worker.ask("echo", word="free", names={3: "tool"}) == {
                "word": "free",
                "names": {3: "tool"},
            }
            assert (await worker.ask("pid"))["pid"] == worker.pid != os.getpid()

    asyncio.run(story())


def test_worker_starts_without_heavy_libraries_and_with_its_settings() -> None:
    async def story() -> None:
        async with trial_worker(nice=priorities.INTERACTIVE, env={"OMP_NUM_THREADS": "1"}) as worker:
            assert await worker.ask("heavy") == {"loaded": []}
            settings = await worker.ask("pid")
            assert settings["nice"] >= priorities.INTERACTIVE
            assert settings["threads"] == "1"
            assert not settings["leftover"]
        async with trial_worker(nice=priorities.PREVIEW) as worker:
            assert (await worker.ask("pid"))["leftover"]

    asyncio.run(story())


def test_a_worker_keeps_the_priority_of_a_start_until_it_is_set_up() -> None:
    async def story() -> None:
        async with trial_worker(GradualKind, nice=priorities.BACKGROUND) as worker:
            starting = await worker.ask("pid")
            assert priorities.HELPER_THREADS <= starting["nice"] < priorities.BACKGROUND
            assert not starting["leftover"]
            working = await worker.ask("pid")
            assert working["nice"] >= priorities.BACKGROUND
            assert working["leftover"]

    asyncio.run(story())


def test_arrays_travel_through_the_pool() -> None:
    async def story() -> None:
        image = np.random.default_rng(1).integers(0, 256, (1080, 1920, 3), np.uint8)
        with SharedPool.create(2**28) as pool:
            source, target = (pool.allocate(image.nbytes) for _ in range(2))
            assert source is not None
            assert target is not None
            refs = [ArrayRef.of(slot, image.shape, "uint8") for slot in (source, target)]
            pool.array(refs[0])[...] = image
            async with trial(pool) as worker:
                await worker.call(InvertRequest(*refs))
            assert np.array_equal(pool.array(refs[1]), 255 - image)

    asyncio.run(story())


def test_progress_comes_in_order_and_before_the_result() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            seen: list[int] = []
            job = worker.start_job("count", on_progress=lambda body: seen.append(body["number"]), to=500)
            assert await job.result == {"counted": 500}
            assert seen == list(range(500))

    asyncio.run(story())


def test_cancelled_job_ends_and_the_process_stays() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            pid = worker.pid
            job = await begun(worker, "until_cancelled")
            job.cancel()
            with pytest.raises(Cancelled):
                await job.result
            assert (await worker.ask("pid"))["pid"] == pid

    asyncio.run(story())


def test_cancelled_queued_job_is_dropped_while_another_runs() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            running = await begun(worker, "until_cancelled")
            queued = worker.start_job("keep", value="never")
            queued.cancel()
            with pytest.raises(Cancelled):
                await queued.result
            assert not running.has_ended
            running.cancel()
            assert await worker.ask("kept") == {"value": None}

    asyncio.run(story())


def test_cancelling_the_await_of_a_call_cancels_the_job() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            call = asyncio.create_task(worker.ask("until_cancelled"))
            await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await worker.ask("echo", free=True) == {"free": True}

    asyncio.run(story())


def test_job_that_ignores_cancel_is_killed_and_the_queue_goes_on() -> None:
    async def story() -> None:
        async with trial_worker(cancel_grace=0.2) as worker:
            pid, ended = worker.pid, asyncio.Event()
            job = await begun(worker, "stubborn")
            job.on_end(ended.set)
            behind = worker.start_job("echo", still="here")
            job.cancel()
            with pytest.raises(Cancelled):
                await job.result
            await ended.wait()
            assert await behind.result == {"still": "here"}
            assert worker.pid != pid

    asyncio.run(story())


def test_errors_of_a_role_keep_their_type_and_words() -> None:
    async def story() -> None:
        name = os.fsdecode(b"odd\xff.mp4")
        async with trial_worker() as worker:
            with pytest.raises(SequenceError) as caught:
                await worker.ask("bad_file", name=name)
            assert (caught.value.what, caught.value.subject) == ("This is not a video.", name)
            assert caught.value.remedy == "Choose another file."

    asyncio.run(story())


def test_several_series_found_by_a_role_reach_the_caller_with_all_of_them() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            with pytest.raises(SeveralSeries) as caught:
                await worker.ask("several_series")
            assert caught.value.series == (SeriesInfo("1.2.3", "4", "CT", "thorax", 60, 512, 512),)
            assert caught.value.subject == "/study"
            assert await worker.ask("echo", well=True) == {"well": True}

    asyncio.run(story())


def test_a_reply_of_another_type_than_agreed_fails_the_job_and_the_worker_is_replaced() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            with pytest.raises(WorkerError, match="no number"):
                await worker.call(MisfitRequest())
            assert await worker.ask("echo", back=1) == {"back": 1}

    asyncio.run(story())


def test_bug_in_a_role_is_an_error_with_a_traceback_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            pid = worker.pid
            with pytest.raises(WorkerError, match="ZeroDivisionError: in the role"):
                await worker.ask("bug")
            with pytest.raises(UsageError, match="cannot be sent"):
                await worker.ask("unsendable")
            assert worker.pid == pid

    with caplog.at_level(logging.INFO, "framewise.worker.trial"):
        asyncio.run(story())
    assert "in bug" in caplog.text


def test_prints_go_to_the_log_and_not_into_the_pipe(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            await worker.ask("babble")
            assert await worker.ask("echo", well=True) == {"well": True}

    with caplog.at_level(logging.INFO, "framewise.worker.trial"):
        asyncio.run(story())
    lines = [record.message for record in caplog.records if record.name == "framewise.worker.trial"]
    assert {"a library prints", "even past Python", "trial closes"} <= set(lines)


def test_what_cannot_be_sent_fails_at_submit() -> None:
    async def story() -> None:
        async with trial_worker() as worker:
            with pytest.raises(UsageError, match="cannot be sent"):
                worker.start_job("echo", thing=object())
            assert await worker.ask("echo") == {}

    asyncio.run(story())
