"""Publisher of the worklist: changes go in, snapshots and writes to the disk come out."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from dataclasses import replace

from app.domain.errors import FramewiseError
from app.domain.worklist.entry import DropFolder, EntryState, WorklistSnapshot
from app.pipeline.drop_folder.intervals import Intervals
from app.pipeline.drop_folder.reconcile import WorklistChanges
from app.storage.workspace.quarantine import Quarantine
from app.storage.workspace.worklist_store import Worklist

_log = logging.getLogger(__name__)


class WorklistPublisher:
    """Applies changes to the worklist, publishes snapshots and keeps the disk up to date."""

    def __init__(
        self,
        worklist: Worklist,
        quarantine: Quarantine | None,
        on_change: Callable[[WorklistSnapshot], None],
        on_notice: Callable[[str], None],
        intervals: Intervals,
    ) -> None:
        self.worklist = worklist
        self.folder = DropFolder()
        self._quarantine = quarantine
        self._on_change = on_change
        self._on_notice = on_notice
        self._intervals = intervals
        self._changed = asyncio.Event()
        self._unsaved = asyncio.Event()
        self._saved = asyncio.Event()
        self._is_failing = False

    @staticmethod
    def new_id() -> str:
        """Return a random id, which says nothing about the source."""
        return uuid.uuid4().hex[:12]

    def apply_changes(self, changes: WorklistChanges) -> None:
        """Apply changes and show their notices."""
        self.worklist.put(*changes.put)
        self.worklist.remove(*changes.forget)
        for notice in changes.notices:
            self._on_notice(notice)

    def set_folder(self, folder: DropFolder) -> None:
        """Publish another state of the drop folder."""
        if folder != self.folder:
            self.folder = folder
            self._changed.set()

    def mark_changed(self) -> None:
        """Publish and save the list, which has changed."""
        self._changed.set()
        self._saved.clear()
        self._unsaved.set()

    async def flush(self) -> None:
        """Wait until everything is durable."""
        await self._saved.wait()

    async def publish(self) -> None:
        """Publish a snapshot now and after every change, until cancelled."""
        while True:
            self._changed.clear()
            try:
                self._on_change(WorklistSnapshot(self.worklist.entries, self.folder))
            except Exception:  # noqa: BLE001 - the edge: a listener must not stop the watcher
                _log.exception("a snapshot of the worklist was not taken")
            await asyncio.sleep(self._intervals.publish)
            await self._changed.wait()

    async def save(self) -> None:
        """Make the list durable soon after every change, until cancelled."""
        while True:
            if self.worklist.is_saved:
                self._saved.set()
            await self._unsaved.wait()
            self._unsaved.clear()
            is_written = await self._write()
            await asyncio.sleep(self._intervals.save if is_written else self._intervals.save_again)
            if not is_written:
                self._unsaved.set()

    async def _write(self) -> bool:
        failed = [entry for entry in self.worklist.entries if entry.state is EntryState.FAILED]
        try:
            await asyncio.to_thread(self.worklist.save)
            if self._quarantine is not None:
                await asyncio.to_thread(self._quarantine.write_notes, failed)
        except FramewiseError as error:
            if not self._is_failing:
                _log.warning("the worklist could not be saved: %s", error)
                self._on_notice(str(error))
            self._is_failing = True
            return False
        self._is_failing = False
        return True

    def set_reason(self, path: str, reason: str) -> None:
        """Show at the arriving entries of a path why they are not ready yet."""
        entries = (entry for entry in self.worklist.find_by_path(path) if entry.state is EntryState.ARRIVING)
        self.worklist.put(*(replace(entry, reason=reason) for entry in entries))
