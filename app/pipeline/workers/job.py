"""A job that the pipeline gave to a worker, on the event loop's thread."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from app.pipeline.workers.message_codec import from_plain
from app.pipeline.workers.protocol import Cancelled, encode_message
from app.pipeline.workers.request import Request

ReplyT = TypeVar("ReplyT")
ProgressT = TypeVar("ProgressT")

_log = logging.getLogger(__name__)


class Job(Generic[ReplyT, ProgressT]):
    """One job, from submit to its end. To be used in the event loop's thread only.

    The job ends when the worker said so or is dead: only then may slots that it uses be freed.
    """

    def __init__(
        self,
        number: int,
        request: Request[Any, ReplyT, ProgressT],
        on_progress: Callable[[ProgressT], None] | None = None,
    ) -> None:
        self.number = number
        self.request = request
        self.is_cancelled = False
        self.overtime = 0.0
        self._on_progress = on_progress
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[ReplyT] = self._loop.create_future()
        self._future.add_done_callback(_retrieve)
        self._send: Callable[[bytes], None] | None = None
        name = type(request).__name__
        self._unsent = [encode_message({"kind": "job", "job": number, "request": name, "body": request})]

    @property
    def result(self) -> asyncio.Future[ReplyT]:
        """Await it for the reply; an await that is cancelled leaves the job alone.

        Raises Cancelled, WorkerDied, WorkerHung, or what the role raised.
        """
        return asyncio.shield(self._future)

    async def outcome(self) -> ReplyT:
        """Await the result; cancelling this await cancels the job and waits for its end before it goes on."""
        try:
            return await self.result
        except asyncio.CancelledError:
            self.cancel()
            await asyncio.wait([self._future])
            raise

    @property
    def has_ended(self) -> bool:
        """Whether the result is known."""
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

        A job that is not sent yet ends at once; a paused worker hears of it when it goes on.
        """
        if not self.is_cancelled and not self.has_ended:
            self.is_cancelled = True
            data = encode_message({"kind": "cancel", "job": self.number})
            if self._unsent:
                self._unsent.append(data)
            if self._send is None:
                self.fail(Cancelled())
            else:
                self._send(data)

    def dispatch(self, send: Callable[[bytes], None]) -> None:
        """Hand the job to a worker, with a cancellation that came meanwhile."""
        self._send = send
        for data in self._unsent:
            send(data)

    def begin(self) -> None:
        """Note that the worker runs it: from now on it cannot be handed to another."""
        self._unsent.clear()

    def requeue(self) -> None:
        """Wait to be handed out again, as the worker is gone and never began."""
        self._send = None

    def advance(self, body: object) -> None:
        """Pass progress on, always before the result. Raises ProtocolError for what is no such progress."""
        progress = from_plain(self.request.progress_type(), body)
        if self._on_progress is not None and not self.has_ended:
            self._loop.call_soon(self._on_progress, progress)

    def finish(self, body: object) -> None:
        """End with the reply of the worker. Raises ProtocolError for what is no such reply."""
        reply = from_plain(self.request.reply_type(), body)
        if not self.has_ended:
            self._future.set_result(reply)

    def fail(self, error: Exception) -> None:
        """End with an error; a job that was cancelled ends as cancelled."""
        if not self.has_ended:
            self._future.set_exception(Cancelled() if self.is_cancelled else error)


def _retrieve(future: asyncio.Future[Any]) -> None:
    """Log how a job failed, also when no caller awaits it."""
    error = future.exception()
    if error is not None and not isinstance(error, Cancelled):
        _log.info("job failed: %s", error)
