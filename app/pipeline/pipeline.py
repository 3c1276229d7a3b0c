"""The asyncio shell: takes events, asks the Session, carries out its orders. The only writer of state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from app import events as ev
from app import orders as od
from app.annotation import Orientation, SequenceInfo
from app.effort import report_of
from app.errors import (
    FramewiseError,
    SeveralSeries,
    StorageFull,
    UsageError,
    WorkerDied,
    WorkerHung,
    WorkspaceBusy,
)
from app.picture import LinkedPictures, Picture, SolidPicture
from app.pipeline.exchanging import Exchanging, autosave_folder
from app.pipeline.frames import FrameStore
from app.pipeline.librarian import Librarian
from app.pipeline.linking import Linking
from app.pipeline.loading import EngineLoading
from app.pipeline.measuring import Measuring
from app.pipeline.opening import Opener, OpenSequence, seen_to_wire, wish_to_wire
from app.pipeline.options import Options
from app.pipeline.outlining import reshape, trace
from app.pipeline.playback import Playback
from app.pipeline.pool import SharedPool
from app.pipeline.previewing import Previewing
from app.pipeline.propagating import Propagation
from app.pipeline.protocol import Cancelled
from app.pipeline.receiving import Receiving
from app.pipeline.recording import Recorder
from app.pipeline.segmenting import Segmentation
from app.pipeline.showing import Screen
from app.pipeline.solid_showing import SolidScreen
from app.pipeline.supervisor import Caller, Worker
from app.pipeline.warming import Warming
from app.pipeline.wire import window_to_wire
from app.session import Session
from app.storage.effort_file import read_acts
from app.volume_geometry import place_of
from app.worklist_events import EffortMeasured
from app.worklist_orders import MeasureEffort, WorklistOrder

POOL_SLACK = 2**31
KEPT_LABELS = "labels.txt"
BACKGROUND_NICE = 10
CLOSE_SECONDS = 10.0
SETTLE_SECONDS = 3.0

_log = logging.getLogger(__name__)


class Pipeline:
    """One open sequence, its workers and its journal. All methods belong to the event loop's thread."""

    def __init__(
        self,
        options: Options,
        publish: Callable[[Session], None],
        show: Callable[[Picture | LinkedPictures | SolidPicture], None],
    ) -> None:
        self.session = Session()
        self._options = options
        self._publish = publish
        self._events: asyncio.Queue[ev.Event] = asyncio.Queue()
        self.listeners: list[Callable[[ev.Event], None]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._door = asyncio.Lock()
        self._sequence: OpenSequence | None = None
        self._logged = 0
        self._decoder_ready = asyncio.Event()
        self._pool = SharedPool.create(options.cache_bytes + POOL_SLACK)
        env = options.environment
        self.decoder = Worker("decoder", self._pool, env=env, on_restart=self._restore_decoder)
        self.segmenter = Worker("segmenter", self._pool, env=env, on_restart=self._restore_segmenter)
        self.propagator = Worker(
            "propagator", self._pool, nice=BACKGROUND_NICE, env=env, on_restart=self._restore_propagator
        )
        self.frames = FrameStore(self.decoder, self._pool, options.cache_bytes)
        self.screen = Screen(self.frames, self._pool, show, self._complain)
        self.linking = Linking(self.decoder, self._pool, self.session, show, self.post)
        self.preview = Previewing(self._pool, env, self.session)
        self.solid = SolidScreen(self.preview, self.frames, self.session, show, self._notice)
        self.measuring = Measuring(self.decoder, self.session, self.post, lambda: not self.linking.is_partial)
        self.recorder = Recorder(self.post)
        self._opener = Opener(self.decoder, options.workspace)
        self._segmentation = Segmentation(
            self.segmenter, (self.propagator, self.preview), self.frames, self.post
        )
        self._propagation = Propagation(self.propagator, self.post)
        workers = (self.segmenter, self.propagator)
        self._loading = EngineLoading(workers, self._propagation, self._pool, options, self.post)
        self._librarian = Librarian(options, self._pool, self.post)
        self._warming = Warming(self._opener, self.decoder, self.segmenter, self._pool, self.post)
        self.receiving = Receiving(options, self._pool, self.post)
        self.exchange = Exchanging(
            self._pool,
            env,
            self.session,
            self.post,
            options.workspace / KEPT_LABELS,
            identify=options.identify,
        )
        self._playback = Playback(lambda frame: self.post(ev.PlaybackAdvanced(frame)), self.screen.settled)

    def post(self, event: ev.Event) -> None:
        """Take an event; they are handled in order."""
        self._events.put_nowait(event)

    async def run(self, stop: asyncio.Event) -> None:
        """Start the workers and serve events until stop is set; then leave everything durable."""
        async with AsyncExitStack() as stack:
            stack.callback(self._pool.close)
            self._spawn(self.screen.run())
            self._spawn(self.linking.run())
            self._spawn(self.solid.run())
            self._spawn(self.measuring.run())
            self._spawn(self.recorder.run())
            self._spawn(self.receiving.run())
            stack.push_async_callback(self._close_workers)
            self._spawn(self._start(self.segmenter, self.propagator))
            self._spawn(self._serve())
            self._spawn(self._warming.run())
            self.post(ev.ViewChanged(prefetch=self._options.prefetch))
            self.post(ev.OperatorChosen(self._options.operator))
            self.post(ev.EnginesRemembered(self._options.choices, self._options.recent_models))
            self.post(ev.ModelsRequested())
            self.post(ev.EngineChosen(self._options.engine, self._options.propagation))
            await self.exchange.recall_labels()
            await self.decoder.start()
            self._decoder_ready.set()
            await stop.wait()
            await self._close(at_any_price=True)

    async def settle(self) -> None:
        """Wait until all events posted so far are handled and durable. Raises StorageFull."""
        await self._events.join()
        while not await self.recorder.flush(SETTLE_SECONDS):
            if self.session.state.storage_failed:
                raise StorageFull(
                    "The last edits are not saved.", remedy="Free some space; saving is tried again."
                )

    async def image(self, index: int) -> Any:
        """Return a copy of frame index, uint8 (h, w, 3) RGB, as the annotator sees it."""
        async with self.frames.frame(index, self.session.state.view.window) as ref:
            return self._pool.array(ref).copy()

    # -- the loop ----------------------------------------------------------------------------------

    async def _serve(self) -> None:
        while True:
            self._handle(await self._events.get())
            while not self._events.empty():
                self._handle(self._events.get_nowait())
            self.linking.look()
            self.measuring.look()
            self.receiving.follow(self.session.state)
            self._warming.follow(self.session.state)
            self._publish(self.session)

    def _handle(self, event: ev.Event) -> None:
        """One step; an error in it is shown and logged, and the loop goes on."""
        try:
            for order in self.session.handle(event):
                self._carry_out(order)
        except FramewiseError as error:
            self._complain(str(error))
        except Exception:  # noqa: BLE001 - the edge: a defect must not stop the program
            _log.exception("%s could not be handled", type(event).__name__)
            self._complain("Something went wrong inside the program; the log file holds the details.")
        self._log_toasts()
        for listener in self.listeners:
            listener(event)
        self._events.task_done()

    def _carry_out(self, order: od.Order) -> None:
        match order:
            case od.ShowFrame():
                self._show(order)
            case od.ShowSolid():
                self.solid.show(order.frames)
            case od.HideSolid():
                self.solid.hide()
            case od.Record() | od.RecordCursor() | od.RecordPropagation() | od.RecordWindow() if (
                self._is_stale
            ):
                _log.info("%s came too late: the sequence was left", type(order).__name__)
            case od.Record():
                self._record(order)
            case od.RecordCursor():
                self.recorder.remember("frame", order.frame)
                self.recorder.remember("seen", seen_to_wire(self.session.state.seen))
            case od.RecordPropagation():
                wish = None if order.wish is None else wish_to_wire(order.wish)
                self.recorder.remember("propagation", wish)
            case od.Segment():
                self._segmentation.segment(order, self.session.state.view.window)
            case od.DropSegmentation():
                self._segmentation.drop()
            case od.Propagate():
                self._propagation.start(order, self._loading.ready)
            case od.CancelPropagation():
                self._propagation.cancel(order.job)
            case od.Play():
                if self._sequence is not None:
                    self._playback.start(self._sequence.info, order.frame, order.speed, order.loop)
            case od.Pause():
                self._playback.stop()
            case od.Trace():
                self._spawn(trace(order, self.post))
            case od.Reshape():
                self._spawn(reshape(order, self.post))
            case od.OpenSequence():
                self._spawn(self._open_asked(order))
            case od.TurnSequence():
                self._spawn(self.turn(order.orientation))
            case od.FitWindow():
                self._spawn(self._fit_window(order.frame))
            case od.RecordWindow():
                self.recorder.remember("window", window_to_wire(order.window))
            case od.CloseSequence():
                self._spawn(self._close())
            case od.LoadEngine():
                self._spawn(self._loading.load(order))
            case od.CancelEngine():
                self._loading.cancel()
            case od.ListModels() | od.DownloadModel() | od.ImportModels() | od.CancelTransfer():
                self._spawn(self._librarian.carry_out(order))
            case MeasureEffort():
                self._spawn(self._measure_effort())
            case WorklistOrder():
                self._spawn(self._note(order))
            case _:
                self._spawn(self.exchange.carry_out(order))

    @property
    def _is_stale(self) -> bool:
        """Whether the Session still has a sequence that was left, as for a moment while another is opened."""
        info = self.session.state.sequence
        return info is not None and (self._sequence is None or info is not self._sequence.info)

    def _record(self, order: od.Record) -> None:
        self.recorder.record(order, self.session.state.operator)
        if order.edit.cells:
            self.recorder.remember("seen", seen_to_wire(self.session.state.seen))
            self.receiving.edited()

    async def _note(self, order: WorklistOrder) -> None:
        """Note something in the worklist once all edits before it are durable."""
        await self.recorder.flush()
        self.receiving.carry_out(order, self.session.state)

    async def _measure_effort(self) -> None:
        await self.recorder.flush(SETTLE_SECONDS)
        if self._sequence is not None:
            acts = await asyncio.to_thread(read_acts, self._sequence.workspace.journal.path)
            self.post(EffortMeasured(report_of(acts)))

    def _show(self, order: od.ShowFrame) -> None:
        if self._sequence is None:
            return
        state = self.session.state
        self.screen.show(self._sequence.info, order.frame, self.session.layers(), state.view.window)
        if not state.playing and state.pending is None and self._loading.ready.is_set():
            self._segmentation.prepare(order.frame, state.view.window)

    @property
    def reader(self) -> dict[str, Any]:
        """Arguments with which a worker opens the source of the open sequence."""
        if self._sequence is None:
            raise UsageError("No sequence is open.", remedy="Open one first.")
        return self._sequence.reader

    # -- sequences ---------------------------------------------------------------------------------

    async def open(
        self, path: Path, series: str | None = None, orientation: Orientation | None = None
    ) -> SequenceInfo:
        """Open a sequence in place of the open one, which stays when this fails.

        Raises SequenceError, SeveralSeries, WorkspaceBusy, WorkspaceNewer, WorkspaceError, or StorageFull when the
        last edits of the one that is open cannot be saved.
        """
        async with self._door:
            try:
                return await self._replace(path, series, orientation)
            finally:
                if self._sequence is None and self.session.state.sequence is not None:
                    self.post(ev.SequenceClosed())

    async def _replace(self, path: Path, series: str | None, orientation: Orientation | None) -> SequenceInfo:
        before = self._sequence
        if before is not None and path.absolute() in (before.path, before.workspace.folder):
            await self._leave()
        await self._decoder_ready.wait()
        try:
            sequence, opened = await self._opener.open(path, series, orientation)
        except WorkspaceBusy as error:
            if before is None or error.subject != str(before.workspace.folder):
                raise
            await self._leave()
            sequence, opened = await self._opener.open(path, series, orientation)
        try:
            await self._leave()
        except StorageFull:
            await self._opener.close(sequence)
            raise
        self._use(sequence)
        self.post(opened)
        self._options.learn((str(sequence.path),), "")
        self.receiving.opened(sequence)
        self._spawn(self._in_background("open", **sequence.reader))
        return sequence.info

    async def turn(self, orientation: Orientation) -> None:
        """Annotate the open scan in another direction, with all that was made in the one before.

        Raises StorageFull or WorkspaceError; then the direction stays.
        """
        async with self._door:
            before = self._sequence
            if before is None or before.info.orientation == orientation:
                return
            await self._halt()
            await self._save(before, at_any_price=False)
            self._sequence, sequence = None, before
            self.linking.use(None)
            self.measuring.use(None)
            try:
                state = self.session.state
                voxel = place_of(before.info, state.frame, state.cross)
                sequence, opened = await self._opener.turn(before, orientation, voxel, state.view.window)
            finally:
                self._use(sequence)
            self._spawn(self._in_background("turn", orientation=orientation))
            self.post(opened)
            self.receiving.opened(sequence)

    def _use(self, sequence: OpenSequence) -> None:
        self._sequence = sequence
        self.recorder.use(sequence.workspace.journal)
        self.exchange.use(sequence, self.recorder)
        self.frames.use(sequence.key, sequence.info)
        self.linking.use(sequence)
        self.measuring.use(sequence)
        self._segmentation.use(f"{sequence.key} {sequence.info.orientation or ''}")

    async def _in_background(self, verb: str, **body: Any) -> None:
        try:
            await self.propagator.call(verb, **body)
        except (WorkerDied, WorkerHung) as error:
            _log.info("%s It opens the sequence when it is back.", error)

    async def _open_asked(self, order: od.OpenSequence) -> None:
        try:
            await self.open(Path(order.path), order.series, order.orientation)
        except SeveralSeries as several:
            self.post(ev.SeriesOffered(order.path, several.series))

    async def _fit_window(self, frame: int) -> None:
        if self._sequence is not None:
            reply = await self.decoder.call("fit", key=self._sequence.key, index=frame)
            width, center = reply["window"]
            self.post(ev.WindowChanged(width, center))

    async def _halt(self) -> None:
        self._playback.stop()
        self._segmentation.drop()
        await self._propagation.stop()

    async def _close(self, *, at_any_price: bool = False) -> None:
        async with self._door:
            await self._leave(at_any_price=at_any_price)

    async def _leave(self, *, at_any_price: bool = False) -> None:
        """Finish with the open sequence: nothing in flight, everything durable, files let go of.

        Raises StorageFull, and stays, when the last edits cannot be saved; at any price it leaves all the same.
        """
        await self._halt()
        sequence = self._sequence
        if sequence is None:
            return
        is_saved = await self._save(sequence, at_any_price)
        self.receiving.left(self.session.state)
        if self._options.autosave and is_saved:
            await self._autosave(sequence)
            await self._save(sequence, at_any_price)
        self._sequence = None
        self.frames.use("", None)
        self.linking.use(None)
        self.measuring.use(None)
        self.recorder.use(None)
        self.exchange.use(None, self.recorder)
        await self._opener.close(sequence)

    async def _save(self, sequence: OpenSequence, at_any_price: bool) -> bool:
        """Wait until all edits are durable; no other comes between this and what follows."""
        is_failing = self.session.state.storage_failed
        if await self.recorder.flush(SETTLE_SECONDS if is_failing else CLOSE_SECONDS):
            return True
        _log.error("the last edits of %s could not be written", sequence.workspace.folder.name)
        if not at_any_price:
            raise StorageFull(
                "The last edits are not saved, so the sequence stays open.",
                subject=sequence.info.name,
                remedy="Free some space; saving goes on by itself.",
            )
        return False

    async def _autosave(self, sequence: OpenSequence) -> None:
        try:
            folder = autosave_folder(self._options.autosave_folder, sequence.info)
            await self.exchange.export(self._options.autosave, folder)
        except FramewiseError as error:
            self._complain(str(error))

    # -- workers -----------------------------------------------------------------------------------

    async def _start(self, *workers: Worker) -> None:
        await asyncio.gather(*(worker.start() for worker in workers))

    async def _close_workers(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        workers = (self.decoder, self.segmenter, self.propagator)
        await asyncio.gather(
            *(worker.close() for worker in workers),
            self._loading.close(),
            self._librarian.close(),
            self.exchange.close(),
            self.preview.rest(),
        )

    async def _restore_decoder(self, caller: Caller) -> None:
        self._opener.forget_warm()
        await Opener.restore(caller, self._sequence)

    async def _restore_segmenter(self, caller: Caller) -> None:
        await self._loading.restore(self.segmenter, caller)

    async def _restore_propagator(self, caller: Caller) -> None:
        await self._loading.restore(self.propagator, caller)
        if self._sequence is not None:
            await caller.call("open", **self._sequence.reader)

    # -- trouble -----------------------------------------------------------------------------------

    def _log_toasts(self) -> None:
        """Keep what the annotator was warned of."""
        for toast in self.session.state.toasts:
            if toast.toast_id > self._logged and toast.level != "info":
                _log.log(logging.ERROR if toast.level == "error" else logging.WARNING, toast.text)
        self._logged = self.session.state.next_toast - 1

    def _complain(self, text: str) -> None:
        self._notice("error", text)

    def _notice(self, level: ev.ToastLevel, text: str) -> None:
        self.post(ev.Noticed(level, text))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, FramewiseError):
            self._complain(str(error))
        elif error is not None and not isinstance(error, Cancelled):
            _log.error("a task failed", exc_info=error)
            self._complain("Something went wrong inside the program; the log file holds the details.")
