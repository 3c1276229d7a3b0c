"""Monitor that decides when to scan the drop folder: on file-system events where there are any, else by the clock.

Events only hint: they may be late or missing, so that a full scan at intervals remains necessary.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress

from app.domain.worklist.entry import WorklistEntry
from app.pipeline.drop_folder.io_thread import IoThread
from app.pipeline.drop_folder.mounts import file_system, is_remote
from app.pipeline.drop_folder.observer import FolderObserver

# Seconds that a hint may be late (watchdog delivers after half a second); an older change without a hint shows that the
# observer's threads have died.
LATE = 3.0
# Failed starts of the observer, as without free inotify watches, before only the clock is used. Chosen by hand.
ATTEMPTS = 5

_log = logging.getLogger(__name__)


class ChangeMonitor:
    """Collector of hints from a FolderObserver, which is replaced with the folder and when it stops delivering."""

    def __init__(self, folder: str, io_thread: IoThread, use_events: bool) -> None:
        self.is_remote = False
        self._folder = folder
        self._io_thread = io_thread
        self._use_events = use_events
        self._attempts = ATTEMPTS
        self._observer: FolderObserver | None = None
        self._hints: set[str] = set()
        self._hinted = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    @property
    def has_events(self) -> bool:
        """Whether the file system sends hints."""
        return self._observer is not None

    async def start(self) -> None:
        """Observe the folder, with a new observer if it was observed before."""
        self._loop = asyncio.get_running_loop()
        await self._io_thread.run(self._restart_observer)

    def close(self) -> None:
        """Stop observing; start has no effect afterwards."""
        with self._lock:
            self._attempts = 0
            self._stop_observer()

    def wake(self) -> None:
        """End a wait at once."""
        self._hinted.set()

    def take_hints(self) -> frozenset[str]:
        """Return and clear the top-level names that were hinted at."""
        self._hinted.clear()
        hints, self._hints = frozenset(self._hints), set()
        return hints

    async def wait(self, least: float, most: float) -> None:
        """Wait least seconds, in which hints accumulate, and up to most seconds for the first hint."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(most - least, 0.0)):
                await self._hinted.wait()
        await asyncio.sleep(least)

    def has_missed(self, changed: Iterable[WorklistEntry], hints: frozenset[str]) -> bool:
        """Return whether a scan found a change that no hint had announced."""
        before = (time.time() - LATE) * 1e9
        late = (entry for entry in changed if 0 < entry.signature.changed < before and not entry.missing)
        tops = {os.path.relpath(entry.path, self._folder).split(os.sep)[0] for entry in late}
        return self.has_events and bool(tops - hints - self._hints)

    def _stop_observer(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.close()

    def _restart_observer(self) -> None:
        with self._lock:
            self._stop_observer()
            self._start_observer()

    def _start_observer(self) -> None:
        self.is_remote = is_remote(file_system(self._folder))
        if self.is_remote or not self._use_events or not self._attempts:
            return
        try:
            self._observer = FolderObserver(self._folder, self._post_hint)
        except OSError as error:
            self._attempts -= 1
            _log.warning(
                "the drop folder is scanned at intervals, since it cannot be observed: %s", error.strerror
            )

    def _post_hint(self, name: str) -> None:
        """Pass a hint from the observer's thread to the event loop."""
        assert self._loop is not None
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._record_hint, name)

    def _record_hint(self, name: str) -> None:
        self._hints.add(name)
        self._hinted.set()
