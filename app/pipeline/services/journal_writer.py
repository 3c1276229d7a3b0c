"""Writer of the journal: makes edits durable in the background."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.domain.cut_stop import stops_to_wire
from app.domain.effort import make_effort_report
from app.domain.errors import EditLost, FramewiseError, StorageFull, WorkspaceError
from app.domain.finding import decisions_to_wire
from app.domain.sign_off import sign_offs_to_wire
from app.messages.events import EditsStored, Event, Noticed, StorageFailed
from app.messages.events.worklist import EffortMeasured
from app.messages.orders import (
    Record,
    RecordCursor,
    RecordCutStops,
    RecordPixelSize,
    RecordPropagation,
    RecordSignOffs,
    RecordWindow,
)
from app.messages.picture_orders import RecordPictureDecisions
from app.messages.worklist_orders import MeasureEffort
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.journal_values import request_to_wire, seen_to_wire, window_to_wire
from app.pipeline.services.service import OrderTable, Service
from app.storage.exporters.effort_export import read_logged_edits
from app.storage.workspace.journal import Journal, JournalEntry
from app.storage.workspace.workspace import Workspace

RETRY_SECONDS = 2.0  # between two tries to write; chosen by hand, a full disk stays full for a while
# That others wait for edits to be durable before they look whether they can be stored at all
FLUSH_SECONDS = 3.0


_log = logging.getLogger(__name__)


class JournalWriter(Service):
    """Writes all edits since the last write in one transaction; on failure keeps them and tries again.

    An edit that can never be stored is dropped once, and those who wait are told.
    """

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._journal: Journal | None = None
        self._workspace: Workspace | None = None
        self._entries: list[JournalEntry] = []
        self._meta: dict[str, Any] = {}
        self._wanted = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()
        self.failure: FramewiseError | None = None  #: why the last write failed, if it did
        self._lost: EditLost | None = None

    def register(self, orders: OrderTable) -> None:
        orders.add(Record, self.record_edit)
        orders.add(RecordCursor, self._record_cursor)
        orders.add(RecordPropagation, self._record_propagation)
        orders.add(RecordWindow, lambda order: self.record_value("window", window_to_wire(order.window)))
        orders.add(RecordCutStops, lambda order: self.record_value("cut_stops", stops_to_wire(order.stops)))
        orders.add(RecordPixelSize, lambda order: self.record_value("pixel_size", order.millimetres))
        orders.add(
            RecordSignOffs, lambda order: self.record_value("sign_offs", sign_offs_to_wire(order.records))
        )
        orders.add(
            RecordPictureDecisions,
            lambda order: self.record_value("picture_decisions", decisions_to_wire(order.records)),
        )
        orders.add(MeasureEffort, lambda _order: self._measure_effort())

    @property
    def is_failing(self) -> bool:
        """Whether the last write failed."""
        return self.failure is not None

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Write into the journal of another sequence; flush first."""
        self.write_to(sequence.workspace.journal if sequence is not None else None)
        self._workspace = sequence.workspace if sequence is not None else None

    def write_to(self, journal: Journal | None) -> None:
        """Write into another journal; flush first."""
        self._journal, self._workspace = journal, None
        self._entries.clear()
        self._meta.clear()
        self._written.set()

    def record_edit(self, order: Record) -> None:
        """Queue an edit to be written."""
        self._entries.append(JournalEntry(order.edit, order.how, time.time(), order.operator, order.model))
        self._meta["selected"] = order.selected
        if order.edit.cells:
            self._meta["seen"] = seen_to_wire(order.seen)
        self._wake()

    def record_value(self, key: str, value: Any) -> None:
        """Queue a value to be written; only the newest of a key counts."""
        self._meta[key] = value
        self._wake()

    async def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything queued is durable; return False when the time in seconds ran out.

        After True nothing is queued: another journal can be used at once.
        """
        try:
            async with asyncio.timeout(timeout):
                while not self._written.is_set():
                    await self._written.wait()
        except TimeoutError:
            return False
        return True

    async def require_stored(self) -> None:
        """Wait until everything queued is durable. Raises StorageFull or WorkspaceError when it cannot be."""
        while not await self.flush(FLUSH_SECONDS):
            if isinstance(self.failure, StorageFull):
                raise StorageFull(
                    "The last edits are not saved.", remedy="Free some space; saving is tried again."
                )
            if self.failure is not None:
                raise self.failure

    def take_loss(self) -> EditLost | None:
        """Return, once, why an edit was dropped."""
        lost, self._lost = self._lost, None
        return lost

    async def restore_workspace(self) -> None:
        """Write the workspace again, and say so, where it was deleted while it was open.

        Raises WorkspaceError or StorageFull when that cannot be done.
        """
        workspace = self._workspace
        if workspace is not None and await asyncio.to_thread(workspace.restore):
            text = f"The workspace {workspace.folder.name} was deleted or replaced while it was open. "
            self._post(Noticed("warning", f"{text}It was written again: nothing is lost."))

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._journal is not None and (self._entries or self._meta):
                await self._write(self._journal)
            self._written.set()

    def _record_cursor(self, order: RecordCursor) -> None:
        self.record_value("frame", order.frame)
        self.record_value("seen", seen_to_wire(order.seen))
        self.record_value("selected", order.selected)

    def _record_propagation(self, order: RecordPropagation) -> None:
        request = order.request
        self.record_value("propagation", None if request is None else request_to_wire(request))

    async def _measure_effort(self) -> None:
        await self.flush(FLUSH_SECONDS)
        if self._journal is not None:
            edits = await asyncio.to_thread(read_logged_edits, self._journal.path)
            self._post(EffortMeasured(make_effort_report(edits)))

    def _wake(self) -> None:
        if self._journal is not None:
            self._written.clear()
            self._wanted.set()

    async def _write(self, journal: Journal) -> None:
        entries, meta = list(self._entries), dict(self._meta)
        try:
            await self.restore_workspace()
            await asyncio.to_thread(journal.write, entries, meta)
        except EditLost:
            await self._write_singly(journal, entries, meta)
            return
        except Exception as error:  # noqa: BLE001 - any failure must reach those who wait for the edits
            was_failing, self.failure = self.is_failing, _failure_of(error)
            if not was_failing:
                self._post(StorageFailed(str(self.failure)))
            await asyncio.sleep(RETRY_SECONDS)
            return
        was_failing, self.failure = self.is_failing, None
        if journal is not self._journal:
            return
        del self._entries[: len(entries)]
        self._meta = {
            key: value for key, value in self._meta.items() if key not in meta or meta[key] is not value
        }
        if entries or was_failing:
            self._post(EditsStored(sum(entry.how != "grown" for entry in entries)))

    async def _write_singly(
        self, journal: Journal, entries: Sequence[JournalEntry], meta: Mapping[str, Any]
    ) -> None:
        """Write edit by edit and value by value; what can never be stored is dropped, and that is said."""
        parts = [*(([entry], {}) for entry in entries), *(([], {key: value}) for key, value in meta.items())]
        stored = 0
        for edits, values in parts:
            try:
                await asyncio.to_thread(journal.write, edits, values)
                stored += sum(entry.how != "grown" for entry in edits)
            except EditLost as error:
                self._lost = error
                self._post(Noticed("error", str(error)))
            except FramewiseError:
                break  # what is left is tried again
            if journal is not self._journal:
                return
            self._entries[:] = [entry for entry in self._entries if all(entry is not edit for edit in edits)]
            self._meta = {k: v for k, v in self._meta.items() if k not in values or values[k] is not v}
        if stored:
            self._post(EditsStored(stored))


def _failure_of(error: Exception) -> FramewiseError:
    if isinstance(error, FramewiseError):
        return error
    _log.error("an edit cannot be written", exc_info=error)
    return WorkspaceError(
        "The last edits cannot be written.",
        subject=f"{type(error).__name__}: {error}",
        remedy="The log file says more.",
    )
