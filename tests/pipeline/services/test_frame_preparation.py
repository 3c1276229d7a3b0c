"""Work on frames in advance: which ones, in what order, and when it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.messages.orders import Propagate
from app.pipeline.requests.engine_requests import LoadEngineRequest
from app.pipeline.requests.propagator_requests import (
    FitEngineRequest,
    OpenFramesRequest,
    PrepareFramesRequest,
)
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.roles.propagator import PropagatorRole
from app.pipeline.services.propagation_runner import AHEAD, PropagationRunner
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool


class Job:
    def __init__(self, request):
        self.request, self.is_cancelled = request, False

    def cancel(self):
        self.is_cancelled = True

    async def outcome(self):
        return None


class Worker:
    """Takes jobs down instead of doing them."""

    def __init__(self):
        self.jobs = []

    def submit(self, request, on_progress=None):
        self.jobs.append(Job(request))
        return self.jobs[-1]

    async def call(self, request):
        return await self.submit(request).outcome()


async def finish_other_tasks(return_when=asyncio.ALL_COMPLETED):
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, return_when=return_when)


@pytest.fixture
def worker():
    return Worker()


@pytest.fixture
def propagation(worker):
    return PropagationRunner(worker, lambda event: None, asyncio.Event())


def test_frames_are_prepared_in_the_order_of_the_walks_that_follow(worker, propagation):
    propagation.prepare(2, 100, None)
    (job,) = worker.jobs
    assert job.request == PrepareFramesRequest((*range(3, 3 + AHEAD), 1, 0), center=2, window=None)


def test_further_clicks_on_a_frame_ask_for_nothing_more_and_another_frame_for_others(worker, propagation):
    propagation.prepare(2, 100, None)
    propagation.prepare(2, 100, None)
    assert len(worker.jobs) == 1
    propagation.prepare(50, 100, None)
    assert worker.jobs[0].is_cancelled
    assert worker.jobs[1].request.frames[0] == 51


def test_a_propagation_takes_the_place_of_what_is_prepared(worker, propagation):
    async def propagate():
        propagation.prepare(2, 100, None)
        propagation.start(Propagate(1, (), (), (), (), background=False))
        propagation.prepare(3, 100, None)
        await propagation.stop_work()

    asyncio.run(propagate())
    assert [type(job.request) for job in worker.jobs] == [PrepareFramesRequest]
    assert worker.jobs[0].is_cancelled


def test_the_engine_is_fitted_once_for_whatever_stays_on_the_screen(worker, propagation, monkeypatch):
    monkeypatch.setattr("app.pipeline.services.propagation_runner.SETTLE_SECONDS", 0)

    async def look():
        for subject, frame in (("small", 3), ("small", 4), ("large", 5)):
            propagation.fit_engine(subject, frame, None)
            await finish_other_tasks()

    asyncio.run(look())
    assert [job.request for job in worker.jobs] == [FitEngineRequest(3, None), FitEngineRequest(5, None)]


def test_nothing_is_fitted_for_a_sequence_that_is_left_at_once_until_it_comes_back(
    worker, propagation, monkeypatch
):
    async def browse():
        propagation.fit_engine("small", 3, None)
        propagation.fit_engine("large", 3, None)
        await propagation.stop_work()
        monkeypatch.setattr("app.pipeline.services.propagation_runner.SETTLE_SECONDS", 0)
        propagation.fit_engine("large", 3, None)
        await finish_other_tasks()

    asyncio.run(browse())
    assert [job.request for job in worker.jobs] == [FitEngineRequest(3, None)]


def test_a_propagation_fits_the_engine_itself(worker, propagation, monkeypatch):
    monkeypatch.setattr("app.pipeline.services.propagation_runner.SETTLE_SECONDS", 0)

    async def propagate():
        propagation.fit_engine("small", 3, None)
        propagation.start(Propagate(1, (), (), (), (), background=False))
        await finish_other_tasks(asyncio.FIRST_COMPLETED)  # the propagation waits on
        await propagation.stop_work()

    asyncio.run(propagate())
    assert worker.jobs == []


class Engine:
    """Has room for three frames."""

    name = device = "counting"

    def __init__(self):
        self.prepared, self.fitted, self.forgotten = [], [], 0

    def click_model(self):
        raise NotImplementedError

    def tracker(self):
        raise NotImplementedError

    def fit_size(self, image):
        self.fitted.append(image.shape)

    def prepare_frame(self, index, image, center):
        if len(self.prepared) == 3:
            return False
        self.prepared.append((index, image.shape, center))
        return True

    def clear_frames(self):
        self.forgotten += 1


@pytest.fixture
def folder(tmp_path: Path):
    for index in range(6):
        cv2.imwrite(str(tmp_path / f"{index}.png"), np.full((24, 32, 3), 40 * index, np.uint8))
    return tmp_path


@pytest.fixture
def propagator(folder, monkeypatch):
    engine = Engine()
    monkeypatch.setattr("app.pipeline.roles.propagator.load_engine", lambda *words: engine)
    role = PropagatorRole()
    role.load_engine(LoadEngineRequest("counting", "cpu", 1), context())
    role.open_source(OpenFramesRequest(SourceSpec(folder, index_folder=folder / "index")), context())
    yield role, engine
    role.close()


def no_pool() -> SharedPool:
    raise AssertionError("Frames are prepared without shared memory.")


def context():
    return JobContext(1, lambda message: None, no_pool)


def test_the_propagator_prepares_frames_until_there_is_no_room(propagator):
    role, engine = propagator
    role.prepare_frames(PrepareFramesRequest((3, 1, 4, 0), center=2, window=None), context())
    assert engine.prepared == [(index, (24, 32, 3), 2) for index in (3, 1, 4)]


def test_the_propagator_fits_its_engine_to_the_frames_of_the_sequence(propagator):
    role, engine = propagator
    role.fit_engine(FitEngineRequest(3, None), context())
    assert engine.fitted == [(24, 32, 3)]


def test_nothing_is_prepared_once_the_job_is_cancelled(propagator):
    role, engine = propagator
    job = context()
    job.cancel()
    with pytest.raises(Cancelled):
        role.prepare_frames(PrepareFramesRequest((3,), center=2, window=None), job)
    assert engine.prepared == []


def test_frames_are_forgotten_when_the_sequence_is_left(propagator):
    role, engine = propagator
    before = engine.forgotten
    role.close()
    assert engine.forgotten > before
