"""What a role sees of the job it is working on."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.pipeline.protocol import Cancelled, Message

if TYPE_CHECKING:
    from app.pipeline.pool import SharedPool


class JobContext:
    """One job inside a worker. The role's thread works; the reader thread cancels and delivers notes."""

    def __init__(
        self, job: int, send: Callable[[Message], None], attach_pool: Callable[[], SharedPool]
    ) -> None:
        self.job = job
        self._send = send
        self._attach_pool = attach_pool
        self._news = threading.Condition()
        self._notes: deque[dict[str, Any]] = deque()
        self._cancelled = False
        self._waiting = False
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
        """Seconds since the last sign of life; 0 while the job waits for a note."""
        return 0.0 if self._waiting else time.monotonic() - self._alive_at

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

    def messages(self) -> list[dict[str, Any]]:
        """The notes that have come for this job since the last call, oldest first; does not wait."""
        self.beat()
        with self._news:
            notes = list(self._notes)
            self._notes.clear()
        return notes

    def next_message(self, timeout: float | None = None) -> dict[str, Any] | None:
        """Wait for a note; None when none came within timeout seconds. Waiting does not count as hanging.

        Raises Cancelled when the job is cancelled, before or meanwhile.
        """
        with self._news:
            self._waiting = True
            self._news.wait_for(lambda: self._notes or self._cancelled, timeout)
            self.beat()
            self._waiting = False
            if self._cancelled:
                raise Cancelled
            return self._notes.popleft() if self._notes else None

    def cancel(self) -> None:
        """Ask the job to end."""
        with self._news:
            self._cancelled = True
            self._news.notify_all()

    def deliver(self, note: dict[str, Any]) -> None:
        """Hand a note to the job."""
        with self._news:
            self._notes.append(note)
            self._news.notify_all()
