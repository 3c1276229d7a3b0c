"""A job that the pipeline gave to a worker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from app.pipeline.workers.protocol import Cancelled, encode

_log = logging.getLogger(__name__)

Body = dict[str, Any]
OnProgress = Callable[[Body], None]


class Job:
    """One job, from submit to its end. To be used in the event loop's thread only.

    The job ends when the worker said so or is dead: only then may slots that it uses be freed.
    """

    def __init__(self, number: int, verb: str, body: Body, on_progress: OnProgress | None) -> None:
        self.number = number
        self.verb = verb
        self.is_cancelled = False
        self.overtime = 0.0
        self._on_progress = on_progress
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[Body] = self._loop.create_future()
        self._future.add_done_callback(_retrieve)
        self._send: Callable[[bytes], None] | None = None
        self._unsent = [encode({"kind": "job", "job": number, "verb": verb, "body": body})]

    @property
    def result(self) -> asyncio.Future[Body]:
        """Await it for the body of the reply; an await that is cancelled leaves the job alone.

        Raises Cancelled, WorkerDied, WorkerHung, or what the role raised.
        """
        return asyncio.shield(self._future)

    async def outcome(self) -> Body:
        """Await the result; cancelling this await cancels the job and waits for its end before it goes on."""
        try:
            return await self.result
        except asyncio.CancelledError:
            self.cancel()
            await asyncio.wait([self._future])
            raise

    @property
    def has_ended(self) -> bool:
        """Whether the worker has no more to do with it."""
        return self._future.done()

    @property
    def has_failed(self) -> bool:
        """Whether it ended otherwise than done."""
        return self._future.done() and (self._future.cancelled() or self._future.exception() is not None)

    def on_end(self, callback: Callable[[], None]) -> None:
        """Call back soon after the job has ended, however it did: the place to free its slots."""
        self._future.add_done_callback(lambda _future: callback())

    def cancel(self) -> None:
        """Ask the job to end; its result raises Cancelled unless it was done before.

        A job that still waits in the supervisor ends at once; a paused worker hears of it when it goes on.
        """
        if not self.is_cancelled and not self.has_ended:
            self.is_cancelled = True
            data = encode({"kind": "cancel", "job": self.number})
            if self._unsent:
                self._unsent.append(data)
            if self._send is None:
                self.fail(Cancelled())
            else:
                self._send(data)

    def dispatch(self, send: Callable[[bytes], None]) -> None:
        """Hand the job to a worker, with whatever was said to it meanwhile."""
        self._send = send
        for data in self._unsent:
            send(data)

    def begin(self) -> None:
        """The worker has it on the table: from now on it cannot be handed to another."""
        self._unsent.clear()

    def requeue(self) -> None:
        """The worker is gone and never began; the job waits to be handed out again."""
        self._send = None

    def advance(self, body: Body) -> None:
        """Pass progress on, always before the result."""
        if self._on_progress is not None and not self.has_ended:
            self._loop.call_soon(self._on_progress, body)

    def finish(self, body: Body) -> None:
        """The worker has done it."""
        if not self.has_ended:
            self._future.set_result(body)

    def fail(self, error: Exception) -> None:
        """The job cannot be done; one that somebody cancelled ends as cancelled."""
        if not self.has_ended:
            self._future.set_exception(Cancelled() if self.is_cancelled else error)


def _retrieve(future: asyncio.Future[Body]) -> None:
    """Say in the log how a job failed, also when nobody awaits it."""
    error = future.exception()
    if error is not None and not isinstance(error, Cancelled):
        _log.info("job failed: %s", error)
