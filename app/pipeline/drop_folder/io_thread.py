"""Blocking file-system calls on a daemon thread, so that a dead network share cannot block the shutdown.

The threads of ThreadPoolExecutor are joined when the interpreter exits; this one is not.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from app.domain.closeable import Closeable

T = TypeVar("T")


class IoThread(Closeable):
    """Daemon thread that runs one call after the other."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread after its current call, without waiting for it."""
        self._calls.put(None)

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run a call and return its result; raises what it raises. Cancelling does not interrupt the call."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def call() -> None:
            settle: Callable[[Any], None] = answer.set_result
            outcome: Any
            try:
                outcome = work(*arguments)
            except Exception as error:  # noqa: BLE001 - handed to the caller
                settle, outcome = answer.set_exception, error
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, answer, settle, outcome)

        self._calls.put(call)
        return await answer

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def _settle(answer: asyncio.Future[T], settle: Callable[[Any], None], outcome: Any) -> None:
    if not answer.done():
        settle(outcome)
