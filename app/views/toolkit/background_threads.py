"""Runs slow work of the views in threads and hands its results to the main thread."""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
_log = logging.getLogger(__name__)


class BackgroundThreads:
    """Starts a thread for each piece of work. failed: called with its exception, on the main thread."""

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._finished: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def run(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Call work in a thread, and then `then` with its result on the main thread."""

        def run() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - the edge of a thread
                _log.exception("work in the background failed")
                caught = error
                self._finished.put(lambda: self._failed(caught))
            else:
                self._finished.put(lambda: then(result))

        threading.Thread(target=run, name="background", daemon=True).start()

    def tick(self) -> None:
        """Call what waits for finished work; called by the main thread in every frame."""
        while not self._finished.empty():
            self._finished.get()()
