"""How long a worker is waited for, and what is not its fault."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.domain.errors import WorkerHung
from app.files.process_activity import ActivitySample
from app.pipeline.workers.job import Job
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.request import Request
from app.pipeline.workers.timeouts import HangDetector, Timeouts
from tests.pipeline.workers.trial_roles import TrialKind, TrialRequest, UrgentRequest

CANCEL = 5.0
TRIAL = TrialRequest("until_cancelled", {})
WORKING = ActivitySample(cpu=1.0, is_active=True)
STARVED = ActivitySample(cpu=0.01, is_active=True)
STILL = ActivitySample(cpu=0.0, is_active=False)


def seconds_until_killed(
    activity: ActivitySample,
    timeouts: Timeouts,
    *,
    is_ready: bool = True,
    beats: bool = True,
    cancelled: bool = False,
    request: Request[TrialKind, Any, Any] = TRIAL,
) -> tuple[int, Exception | None]:
    """After how many seconds a running job is given up, and why; (600, None) for never."""

    async def story() -> tuple[int, Exception | None]:
        job: Job[Any, Any] = Job(1, request)
        if cancelled:
            job.cancel()
        detector = HangDetector(timeouts)
        detector.is_ready = is_ready
        for second in range(1, 600):
            if beats:
                detector.note_message()
            if cancelled:
                detector.note_progress()
            if (reason := detector.find_reason_to_kill(1.0, job, lambda _passed: activity)) is not None:
                return second, reason
        return 600, None

    return asyncio.run(story())


@pytest.mark.parametrize(("cpu", "seconds"), [(1.0, CANCEL), (0.5, 2 * CANCEL), (0.0, 4 * CANCEL)])
def test_waiting_for_a_processor_lengthens_the_time_to_end_but_not_for_ever(
    cpu: float, seconds: float
) -> None:
    limits = Timeouts(cancel=CANCEL)
    found = seconds_until_killed(ActivitySample(cpu, is_active=True), limits, cancelled=True)
    assert found[0] == seconds + 1
    assert isinstance(found[1], Cancelled)


def test_a_job_without_a_sign_of_life_is_given_the_time_in_which_it_could_work() -> None:
    assert seconds_until_killed(WORKING, Timeouts(hang=20))[0] == 21
    assert seconds_until_killed(STILL, Timeouts(hang=20))[0] == 21
    assert seconds_until_killed(STARVED, Timeouts(hang=20)) == (600, None)


def test_a_worker_that_stands_still_without_a_beat_is_hung_at_once_and_a_starved_one_is_not() -> None:
    seconds, reason = seconds_until_killed(STILL, Timeouts(), beats=False)
    assert seconds <= 5
    assert isinstance(reason, WorkerHung)
    assert seconds_until_killed(STARVED, Timeouts(), beats=False) == (600, None)


def test_a_job_that_a_click_waits_for_is_given_up_within_five_seconds_of_standing_still() -> None:
    seconds, reason = seconds_until_killed(STILL, Timeouts(), request=UrgentRequest())
    assert seconds <= 5
    assert isinstance(reason, WorkerHung)
    assert seconds_until_killed(STARVED, Timeouts(), request=UrgentRequest()) == (600, None)


def test_a_start_is_given_the_time_in_which_it_could_work() -> None:
    assert seconds_until_killed(WORKING, Timeouts(start=20), is_ready=False)[0] == 21
    assert seconds_until_killed(STILL, Timeouts(start=20), is_ready=False)[0] == 21
    assert seconds_until_killed(STARVED, Timeouts(start=3), is_ready=False)[0] == 301
