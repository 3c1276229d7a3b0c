"""Observer of file-system events in the drop folder. Its callback runs on watchdog's thread."""

import logging
import os
from collections.abc import Callable
from typing import Final

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from app.domain.closeable import Closeable

_log = logging.getLogger(__name__)
# Without opened and closed-unwritten events, which the program's own scans would raise for ever.
EVENTS: Final = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]


class FolderObserver(Closeable, FileSystemEventHandler):
    """Recursive watchdog observer of one folder; runs until closed."""

    def __init__(self, folder: str, on_hint: Callable[[str], None]) -> None:
        """Start observing. on_hint: called with the top-level name in which something changed.

        Raises OSError when the system has no watches left, or the folder is not there.
        """
        self._folder = os.path.abspath(folder)
        self._on_hint = on_hint
        self._observer: BaseObserver = Observer()
        self._observer.daemon = True
        self._observer.schedule(self, self._folder, recursive=True, event_filter=EVENTS)
        try:
            self._observer.start()
        except BaseException:
            self._observer.unschedule_all()
            raise

    def close(self) -> None:
        """Stop observing and join the thread."""
        self._observer.stop()
        if self._observer.is_alive():
            self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Report the top-level names of an event."""
        for path in (event.src_path, event.dest_path):
            relative = os.path.relpath(os.fsdecode(path), self._folder) if path else os.curdir
            top = relative.split(os.sep)[0]
            if top not in (os.curdir, os.pardir):
                self._on_hint(top)
