"""The jobs of one worker, in order: those it has, and those that wait for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from app.pipeline.workers.job import Job
from app.pipeline.workers.protocol import Cancelled


class JobQueue:
    """A worker does its jobs one by one, so the oldest that it has is the one on its table."""

    def __init__(self) -> None:
        self._waiting: deque[Job] = deque()
        self._sent: dict[int, Job] = {}

    @property
    def current(self) -> Job | None:
        """The job on the worker's table."""
        return next(iter(self._sent.values()), None)

    def find(self, number: object) -> Job | None:
        """The job of this number if the worker has it; replies to any other are stale."""
        return self._sent.get(number) if isinstance(number, int) else None

    def add(self, job: Job) -> None:
        """Put a job behind the others that wait."""
        self._waiting.append(job)

    def flush(self, send: Callable[[bytes], None]) -> None:
        """Send every job that waits."""
        while self._waiting:
            job = self._waiting.popleft()
            if not job.has_ended:
                self.dispatch(job, send)

    def dispatch(self, job: Job, send: Callable[[bytes], None]) -> None:
        """Send a job past those that wait."""
        self._sent[job.number] = job
        job.dispatch(send)
        self._begin()

    def remove(self, job: Job) -> None:
        """The worker has no more to do with it."""
        del self._sent[job.number]
        self._begin()

    def fail_running(self, error: Exception) -> None:
        """The worker is gone: what it had fails, and what waits goes on waiting."""
        jobs = [*self._sent.values()]
        self._sent.clear()
        for job in jobs:
            job.fail(error)

    def requeue(self, error: Exception) -> None:
        """The worker was killed because its job did not end: that one fails, the others wait again."""
        jobs = [*self._sent.values()]
        self._sent.clear()
        for job in jobs[:1]:
            job.fail(error)
        for job in reversed(jobs[1:]):
            self._put_back(job)

    def fail_all(self, error: Exception) -> None:
        """Nothing will be done any more."""
        self.fail_running(error)
        while self._waiting:
            self._waiting.popleft().fail(error)

    def _put_back(self, job: Job) -> None:
        if job.is_cancelled:
            job.fail(Cancelled())
        else:
            job.requeue()
            self._waiting.appendleft(job)

    def _begin(self) -> None:
        if self.current is not None:
            self.current.begin()
