"""Opening, turning and leaving sequences: one at a time, and never before the edits of the last one are durable."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.annotation import FrameAxis, Orientation, SequenceInfo
from app.domain.batch_jobs import BatchJob
from app.domain.errors import (
    FramewiseError,
    IdentifyingPictures,
    SeveralSeries,
    StorageFull,
    UsageError,
    WorkerDied,
    WorkerHung,
    WorkspaceBusy,
    WorkspaceError,
)
from app.domain.frame_order import order_of
from app.imaging.volume_geometry import place_of
from app.messages import events as ev
from app.messages import orders as od
from app.messages.snapshot import Snapshot
from app.pipeline.options import Options
from app.pipeline.requests.decoder_requests import DecoderKind, FitWindowRequest, ListSeriesRequest
from app.pipeline.requests.propagator_requests import OpenFramesRequest, OrientFramesRequest, PropagatorKind
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.import_export import ImportExport, autosave_folder
from app.pipeline.services.journal_writer import JournalWriter
from app.pipeline.services.night_runner import NightRunner
from app.pipeline.services.sequence_opener import SequenceOpener
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.services.worklist_sync import WorklistSync
from app.pipeline.workers.request import Request
from app.pipeline.workers.worker_handle import WorkerHandle

# Seconds to wait for the last edits to become durable: while the disk works, and after a write has failed.
CLOSE_SECONDS = 10.0
FAILING_SECONDS = 3.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SequenceServices:
    """Services that the SequenceManager calls by name; the others are only given the open sequence."""

    opener: SequenceOpener
    journal_writer: JournalWriter
    import_export: ImportExport
    worklist_sync: WorklistSync
    night_runner: NightRunner
    decoder: WorkerHandle[DecoderKind]
    propagator: WorkerHandle[PropagatorKind]


class SequenceManager(Service):
    """Owner of the open sequence."""

    def __init__(
        self,
        services: SequenceServices,
        followers: Sequence[Service],
        options: Options,
        post: Callable[[ev.Event], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """Begin without a sequence. followers: served with each sequence; spawn: starts a task in the background."""
        self.current: ActiveSequence | None = None
        self.decoder_ready = asyncio.Event()
        self._services = services
        self._followers = followers
        self._options = options
        self._post = post
        self._spawn = spawn
        self._snapshot = Snapshot()
        self._changing = asyncio.Lock()

    def register(self, orders: OrderTable) -> None:
        orders.add(od.OpenSequence, self._open_requested)
        orders.add(od.CloseSequence, lambda _order: self.leave())
        orders.add(od.TurnSequence, lambda order: self.set_orientation(order.orientation, order.along))
        orders.add(od.ReopenSequence, lambda _order: self._reopen())
        orders.add(od.ListSeries, lambda _order: self._list_series())
        orders.add(od.FitWindow, self._fit_window)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Take the place in a scan that stays when it is turned."""
        self._snapshot = snapshot

    @property
    def source(self) -> SourceSpec:
        """Description of the open sequence's source for workers."""
        if self.current is None:
            raise UsageError("No sequence is open.", remedy="Open one first.")
        return self.current.source

    async def open(
        self, path: Path, series: str | None = None, orientation: Orientation | None = None
    ) -> SequenceInfo:
        """Open a sequence in place of the open one, which stays when this fails.

        Raises SequenceError, SeveralSeries, WorkspaceBusy, WorkspaceNewer, WorkspaceError, or StorageFull when the
        last edits of the one that is open cannot be saved.
        """
        async with self._changing:
            try:
                return await self._replace(path, series, orientation)
            finally:
                if self.current is None and self._snapshot.sequence.info is not None:
                    self._post(ev.SequenceClosed(at_once=True))

    async def _replace(self, path: Path, series: str | None, orientation: Orientation | None) -> SequenceInfo:
        await self._services.night_runner.give_way()
        before, opener = self.current, self._services.opener
        if before is not None and path.absolute() in (before.path, before.workspace.folder):
            await self._leave()
        await self.decoder_ready.wait()
        try:
            sequence, opened = await opener.open(path, series, orientation)
        except WorkspaceBusy as error:
            if before is None or error.subject != str(before.workspace.folder):
                raise
            await self._leave()
            sequence, opened = await opener.open(path, series, orientation)
        try:
            await self._leave()
        except StorageFull:
            await opener.close(sequence)
            raise
        self._serve(sequence)
        self._post(opened)
        self._options.learn((str(sequence.path),), "")
        self._services.worklist_sync.note_opened(sequence)
        self._spawn(self._in_background(OpenFramesRequest(sequence.source)))
        return sequence.info

    async def set_orientation(self, orientation: Orientation, along: FrameAxis = "space") -> None:
        """Annotate the open scan in another direction, or along time, with all that was made in the one before.

        Raises StorageFull or WorkspaceError; then the direction stays.
        """
        async with self._changing:
            before = self.current
            if before is None or (before.info.orientation, before.info.along) == (orientation, along):
                return
            await self._halt()
            await self._save(before, at_any_price=False)
            self._serve(None)
            sequence = before
            try:
                state = self._snapshot
                time = order_of(before.info).time_of(state.sequence.frame)
                place = time, place_of(before.info, state.sequence.frame, state.sequence.cross)
                sequence, opened = await self._services.opener.set_orientation(
                    before, orientation, along, place, state.view.window
                )
            finally:
                self._serve(sequence)
            self._spawn(self._in_background(OrientFramesRequest(orientation, along)))
            self._post(opened)
            self._services.worklist_sync.note_opened(sequence)

    async def leave(self, *, at_any_price: bool = False) -> None:
        """Leave the open sequence. Raises StorageFull when its last edits cannot be saved, unless at any price."""
        async with self._changing:
            await self._leave(at_any_price=at_any_price)

    def _serve(self, sequence: ActiveSequence | None) -> None:
        self.current = sequence
        for service in self._followers:
            service.use_sequence(sequence)

    async def _in_background(self, request: Request[PropagatorKind, None, None]) -> None:
        try:
            await self._services.propagator.call(request)
        except (WorkerDied, WorkerHung) as error:
            _log.info("%s It opens the sequence when it is back.", error)

    async def _open_requested(self, order: od.OpenSequence) -> None:
        try:
            await self.open(Path(order.path), order.series, order.orientation)
        except SeveralSeries as several:
            self._post(ev.SeriesOffered(order.path, several.series))

    async def _reopen(self) -> None:
        if self.current is not None:
            await self.open(self.current.place, self.current.series, self.current.info.orientation)

    async def _list_series(self) -> None:
        path = self.source.path
        found = await self._services.decoder.call(ListSeriesRequest(path))
        if len(found.series) > 1:
            self._post(ev.SeriesOffered(str(path), found.series))
        else:
            self._post(ev.Noticed("info", "There is no other series here."))

    async def _fit_window(self, order: od.FitWindow) -> None:
        if self.current is not None:
            window = await self._services.decoder.call(FitWindowRequest(self.current.key, order.frame))
            self._post(ev.WindowChanged(window.width, window.center))

    async def _halt(self) -> None:
        for service in self._followers:
            await service.stop_work()

    async def _leave(self, *, at_any_price: bool = False) -> None:
        """Finish with the open sequence: nothing in flight, everything durable, files let go of.

        Raises StorageFull, and stays, when the last edits cannot be saved; at any price it leaves all the same.
        """
        await self._halt()
        sequence = self.current
        if sequence is None:
            return
        is_saved = await self._save(sequence, at_any_price)
        self._services.worklist_sync.note_left()
        if self._options.autosave and is_saved:
            await self._autosave(sequence)
            await self._save(sequence, at_any_price)
        try:
            await self._services.journal_writer.restore_workspace()
        except (StorageFull, WorkspaceError) as error:
            self._post(ev.Noticed("error", str(error)))
        self._serve(None)
        await self._services.opener.close(sequence)

    async def _save(self, sequence: ActiveSequence, at_any_price: bool) -> bool:
        """Wait until all edits are durable; no other comes between this and what follows."""
        writer = self._services.journal_writer
        if await writer.flush(FAILING_SECONDS if writer.is_failing else CLOSE_SECONDS):
            return True
        _log.error("the last edits of %s could not be written", sequence.workspace.folder.name)
        if not at_any_price:
            raise StorageFull(
                "The last edits are not saved, so the sequence stays open.",
                subject=sequence.info.name,
                remedy="Free some space; saving goes on by itself.",
            )
        return False

    async def _autosave(self, sequence: ActiveSequence) -> None:
        try:
            folder = autosave_folder(self._options.autosave_folder, sequence.info)
            await self._services.import_export.export(self._options.autosave, folder)
        except IdentifyingPictures as error:
            place, into = str(sequence.place), str(folder)
            job = BatchJob(place, sequence.series, exports=error.refused, into=into, propagates=False)
            await self._services.night_runner.ask_for_pictures(job, len(error.frames))
        except FramewiseError as error:
            self._post(ev.Noticed("error", str(error)))
