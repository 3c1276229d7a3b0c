"""How long a worker is waited for, and what is not its fault."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.pipeline.workers.cpu_wait import CpuWait
from app.pipeline.workers.job import Job
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.timeouts import HangDetector, Timeouts
from tests.pipeline.workers.trial_roles import TrialRequest

CANCEL = 5.0


def seconds_until_killed(share_waited: float) -> int:
    """After how many seconds a cancelled job that does not end is given up."""

    async def story() -> int:
        job = Job(1, TrialRequest("until_cancelled", {}))
        job.cancel()
        patience = HangDetector(Timeouts(cancel=CANCEL))
        patience.is_ready = True
        for second in range(1, 60):
            patience.heard()
            patience.moved()
            if isinstance(patience.spend(1.0, job, share_waited), Cancelled):
                return second
        return 60

    return asyncio.run(story())


def test_waiting_for_a_processor_lengthens_the_time_to_end_but_not_for_ever() -> None:
    assert seconds_until_killed(0.0) == CANCEL + 1
    assert seconds_until_killed(0.5) == 2 * CANCEL + 1
    assert seconds_until_killed(1.0) == 4 * CANCEL + 1


def test_a_process_that_shares_its_processor_waits_and_one_that_sleeps_does_not() -> None:
    with running("while True: pass") as busy, running("while True: pass") as other:
        place = {min(os.sched_getaffinity(0))}
        for process in (busy, other):
            os.sched_setaffinity(process.pid, place)
        queue, waited = CpuWait(busy.pid), 0.0
        assert queue.waited(1) == 0.0
        while waited < 0.2:
            time.sleep(0.01)
            waited += queue.waited(1)
        assert queue.waited(2) == 0.0
    with running("import signal; print(flush=True); signal.pause()") as asleep:
        assert asleep.stdout is not None
        asleep.stdout.readline()
        queue = CpuWait(asleep.pid)
        queue.waited(1)
        assert queue.waited(1) < 0.2


@contextmanager
def running(program: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process, ended with the block."""
    process = subprocess.Popen((sys.executable, "-c", program), stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
