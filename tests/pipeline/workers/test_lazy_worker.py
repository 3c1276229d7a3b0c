"""A worker that is started when it is needed."""

from __future__ import annotations

import asyncio

from app.pipeline.workers.lazy_worker import LazyWorker
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle
from tests.pipeline.workers.trial_roles import TrialKind, TrialRequest
from tests.pipeline.workers.worker_bench import is_stopped, until


def test_it_starts_once_goes_on_after_a_pause_during_its_start_and_comes_back_after_close() -> None:
    async def story() -> None:
        with SharedPool.create(1 << 20) as pool:
            worker = LazyWorker(lambda: WorkerHandle(TrialKind, pool))
            worker.pause()
            starts = [asyncio.create_task(worker.started()) for _ in range(2)]
            await until(lambda: worker.pid is not None and is_stopped(worker.pid))
            worker.resume()
            first, second = await asyncio.gather(*starts)
            assert first is second
            await worker.close()
            assert worker.pid is None
            assert await (await worker.started()).call(TrialRequest("kept", {})) == {"value": None}
            await worker.close()

    asyncio.run(story())
