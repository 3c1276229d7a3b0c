"""The jobs of one worker, in order: those that it has, and those that wait. On the event loop's thread."""

from collections import deque
from collections.abc import Callable
from typing import Any

from app.pipeline.workers.job import Job
from app.pipeline.workers.protocol import Cancelled

AnyJob = Job[Any, Any]


class JobQueue:
    """Jobs that wait, and jobs that the worker has. It runs them one by one, the oldest first."""

    def __init__(self) -> None:
        self._waiting: deque[AnyJob] = deque()
        self._sent: dict[int, AnyJob] = {}

    @property
    def current(self) -> AnyJob | None:
        """The job that the worker runs."""
        return next(iter(self._sent.values()), None)

    def find(self, number: object) -> AnyJob | None:
        """Return the job of this number if the worker has it; replies to any other are stale."""
        return self._sent.get(number) if isinstance(number, int) else None

    def add(self, job: AnyJob) -> None:
        """Put a job behind the others that wait."""
        self._waiting.append(job)

    def flush(self, send: Callable[[bytes], None]) -> None:
        """Send every job that waits."""
        while self._waiting:
            job = self._waiting.popleft()
            if not job.has_ended:
                self.send(job, send)

    def send(self, job: AnyJob, send: Callable[[bytes], None]) -> None:
        """Send a job ahead of those that wait."""
        self._sent[job.number] = job
        job.dispatch(send)
        self._begin()

    def remove(self, job: AnyJob) -> None:
        """Forget a job that has ended."""
        del self._sent[job.number]
        self._begin()

    def fail_running(self, error: Exception) -> None:
        """Fail the jobs that the worker had; what waits goes on waiting."""
        for job in self._sent.values():
            job.fail(error)
        self._sent.clear()

    def requeue(self, error: Exception) -> None:
        """Fail the running job, which did not end, and let the others wait again."""
        jobs = [*self._sent.values()]
        self._sent.clear()
        for job in jobs[:1]:
            job.fail(error)
        for job in reversed(jobs[1:]):
            self._put_back(job)

    def fail_all(self, error: Exception) -> None:
        """Fail every job."""
        self.fail_running(error)
        while self._waiting:
            self._waiting.popleft().fail(error)

    def _put_back(self, job: AnyJob) -> None:
        if job.is_cancelled:
            job.fail(Cancelled())
        else:
            job.requeue()
            self._waiting.appendleft(job)

    def _begin(self) -> None:
        if self.current is not None:
            self.current.begin()
