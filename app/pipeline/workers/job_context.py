"""A role's access to the job that it runs, in the worker process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from app.pipeline.workers.protocol import Cancelled, Message

if TYPE_CHECKING:
    from app.pipeline.workers.shared_memory import SharedPool

ProgressT = TypeVar("ProgressT")


class JobContext(Generic[ProgressT]):
    """One job inside a worker. The role's thread calls everything but cancel, which the reader thread calls."""

    def __init__(
        self, job: int, send: Callable[[Message], None], attach_pool: Callable[[], SharedPool]
    ) -> None:
        self.job = job
        self._send = send
        self._attach_pool = attach_pool
        self._cancelled = False
        self.signs = 0  #: of life given so far; the beat thread reads it

    @property
    def pool(self) -> SharedPool:
        """The shared memory."""
        return self._attach_pool()

    def check_cancelled(self) -> None:
        """Give a sign of life; raises Cancelled when this job was cancelled."""
        self.beat()
        if self._cancelled:
            raise Cancelled

    def beat(self) -> None:
        """Give a sign of life without a message."""
        self.signs += 1

    def progress(self, progress: ProgressT) -> None:
        """Send progress to the caller; also a sign of life. Does not raise when cancelled."""
        self.beat()
        self._send({"kind": "progress", "job": self.job, "body": progress})

    def cancel(self) -> None:
        """Ask the job to end."""
        self._cancelled = True
