"""Limits after which a worker counts as hung: in work done or time without progress, so a busy machine breaks none."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.errors import WorkerHung
from app.files.process_activity import ActivitySample
from app.pipeline.workers.job_queue import AnyJob
from app.pipeline.workers.protocol import Cancelled

# A network that is being fitted to a size cannot be stopped, and takes about 7 seconds.
CANCEL_GRACE = 15.0
# Three beats of a process that stands still, so that a hung worker is found within 5 s of a click.
SILENCE = 3.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits in seconds that a worker had for itself, see ActivitySample.working_time."""

    start: float = 60.0  #: until "ready"
    hang: float = 60.0  #: for a job without a sign of life
    cancel: float = CANCEL_GRACE  #: for a running job to end once it was cancelled
    leave: float = 2.0  #: for each step of closing, in seconds of the clock
    silence: float = SILENCE  #: without a beat while it stands still

    @property
    def tick(self) -> float:
        """Seconds between checks: every limit is kept closely, and an idle worker is not disturbed."""
        return min(1.0, max(0.02, min(self.start, self.hang, self.cancel, self.silence) / 8))

    @property
    def beat(self) -> float:
        """Seconds between heartbeats of the worker."""
        return min(1.0, self.silence / 4)


class HangDetector:
    """Adds up the time of one worker process. On the event loop's thread."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._silent = 0.0  #: seconds that it stood still since it was heard
        self._worked = 0.0  #: seconds that it had for itself since its job gave a sign of life
        self._still = 0.0  #: seconds that it stood still since then
        self._signs: object = None
        self.is_ready = False

    def note_message(self) -> None:
        """Any message came."""
        self._silent = 0.0

    def note_progress(self) -> None:
        """A job began, made progress or ended."""
        self._worked = self._still = 0.0

    def note_beat(self, signs: object) -> None:
        """A beat came. signs: which job runs, and how many signs of life it has given."""
        if signs != self._signs:
            self._signs = signs
            self.note_progress()

    def find_reason_to_kill(
        self, passed: float, job: AnyJob | None, sample: Callable[[float], ActivitySample]
    ) -> Exception | None:
        """Add passed seconds, in which job was the running one; return why the worker must be killed, or None.

        Cancelled stands for a job that was cancelled and does not end. There a quarter of the time counts even
        while the worker waits for a processor, since the caller waits too.
        """
        if job is None and self.is_ready and self._silent + passed < 2 * self._timeouts.beat:
            # An idle worker that beats costs nothing.
            self._silent += passed
            self.note_progress()
            return None
        activity = sample(passed)
        working = activity.working_time(passed)
        self._silent = 0.0 if activity.is_active else self._silent + passed
        self._still = 0.0 if activity.is_active else self._still + passed
        self._worked += working
        if not self.is_ready:
            return self._late() if self._worked > self._timeouts.start else None
        if self._silent > self._timeouts.silence:
            return _hung("did not answer", self._timeouts.silence, job)
        if job is None:
            self.note_progress()
            return None
        still_limit = min(job.request.still_limit, self._timeouts.hang)
        if self._still > still_limit or self._worked > self._timeouts.hang:
            limit = still_limit if self._still > still_limit else self._timeouts.hang
            return _hung("gave no sign of life", limit, job)
        if job.is_cancelled:
            job.overtime += max(working, passed / 4)
        return Cancelled() if job.overtime > self._timeouts.cancel else None

    def _late(self) -> WorkerHung:
        return WorkerHung(f"The worker was not ready after {self._timeouts.start:g} s.")


def _hung(what: str, limit: float, job: AnyJob | None) -> WorkerHung:
    return WorkerHung(
        f"The worker {what} for {limit:g} s and was stopped.",
        subject=_describe(job) if job else "",
        remedy="It starts again by itself; try once more.",
    )


def _describe(job: AnyJob) -> str:
    """Return what a job does in words, by the name of its request: "load engine"."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(job.request).__name__.removesuffix("Request")).lower()
