"""What a role sees of the job it is working on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.pipeline.workers.protocol import Cancelled, Message

if TYPE_CHECKING:
    from app.pipeline.workers.shared_memory import SharedPool


class JobContext:
    """One job inside a worker. The role's thread works; the reader thread cancels."""

    def __init__(
        self, job: int, send: Callable[[Message], None], attach_pool: Callable[[], SharedPool]
    ) -> None:
        self.job = job
        self._send = send
        self._attach_pool = attach_pool
        self._cancelled = False
        self._alive_at = time.monotonic()

    @property
    def pool(self) -> SharedPool:
        """The shared memory, for view and array."""
        return self._attach_pool()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody cancelled this job."""
        return self._cancelled

    @property
    def busy_for(self) -> float:
        """Seconds since the last sign of life."""
        return time.monotonic() - self._alive_at

    def check_cancelled(self) -> None:
        """A sign of life; raises Cancelled when somebody cancelled this job."""
        self.beat()
        if self._cancelled:
            raise Cancelled

    def beat(self) -> None:
        """Give a sign of life without a message."""
        self._alive_at = time.monotonic()

    def progress(self, **body: Any) -> None:
        """Tell the caller how far the job is; also a sign of life. Does not raise when cancelled."""
        self.beat()
        self._send({"kind": "progress", "job": self.job, "body": body})

    def advance(self, words: str, share: float) -> None:
        """Tell what is being done and how much of it is, in [0, 1]; raises Cancelled like check_cancelled."""
        self.check_cancelled()
        self.progress(words=words, share=share)

    def cancel(self) -> None:
        """Ask the job to end."""
        self._cancelled = True
