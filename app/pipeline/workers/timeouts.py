"""How long a supervisor waits for its worker before it calls it hung."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.errors import WorkerHung
from app.pipeline.workers.job_queue import AnyJob
from app.pipeline.workers.protocol import Cancelled

CANCEL_GRACE = 15.0
"""A network that is being fitted to a size cannot be stopped, and takes about 7 seconds."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """All in seconds.

    start: until READY. hang: without an answer to a ping, or without a sign of life from a running job.
    cancel: for a running job to end once it was cancelled, see HangDetector.spend. leave: for each step of closing.
    """

    start: float = 60.0
    hang: float = 60.0
    cancel: float = CANCEL_GRACE
    leave: float = 2.0

    @property
    def tick(self) -> float:
        """How often to look, so that every limit is kept closely and an idle worker is left in peace."""
        return min(1.0, max(0.02, min(self.start, self.hang, self.cancel) / 8))


class HangDetector:
    """Adds up the time that a worker let pass while it could run."""

    def __init__(self, limits: Timeouts) -> None:
        self._limits = limits
        self._silent = 0.0
        self._quiet = 0.0
        self.is_ready = False

    def heard(self) -> None:
        """Any message came."""
        self._silent = 0.0

    def moved(self) -> None:
        """A job began, made progress or ended."""
        self._quiet = 0.0

    def pong(self, busy_for: float) -> None:
        """The worker counts its pauses as time it was busy, so its number can only shorten ours."""
        self._quiet = min(self._quiet, busy_for)

    def spend(self, seconds: float, job: AnyJob | None, waited: float = 0.0) -> Exception | None:
        """Let time pass; job is the one on the worker's table.

        waited: how much of it the worker stood in line for a processor. That is not its fault, and starting it
        anew would take longer; but whoever cancelled waits too, so that a quarter of the time always counts.
        Answers why the worker must be killed, Cancelled meaning that its job does not end, or None.
        """
        self._silent += seconds
        if not self.is_ready:
            return self._late() if self._silent > self._limits.start else None
        if self._silent > self._limits.hang:
            return self._hung("did not answer", job)
        return self._judge(seconds, job, waited) if job else None

    def _judge(self, seconds: float, job: AnyJob, waited: float) -> Exception | None:
        self._quiet += seconds
        if self._quiet > self._limits.hang:
            return self._hung("gave no sign of life", job)
        if job.is_cancelled:
            job.overtime += max(seconds - waited, seconds / 4)
        return Cancelled() if job.overtime > self._limits.cancel else None

    def _late(self) -> WorkerHung:
        return WorkerHung(f"The worker was not ready after {self._limits.start:g} s.")

    def _hung(self, what: str, job: AnyJob | None) -> WorkerHung:
        return WorkerHung(
            f"The worker {what} for {self._limits.hang:g} s and was stopped.",
            subject=type(job.request).__name__ if job else "",
            remedy="It starts again by itself; try once more.",
        )
