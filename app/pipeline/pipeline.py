"""The asyncio shell: takes events, asks the Session, carries out its orders. The only writer of state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

from app.domain.effort import report_of
from app.domain.errors import FramewiseError, StorageFull
from app.messages import events as ev
from app.messages import orders as od
from app.messages.events.worklist import EffortMeasured
from app.messages.worklist_orders import FinishEntry, MeasureEffort, ReopenEntry, WorklistOrder
from app.pipeline.composition import Services, Show
from app.pipeline.open_sequences import SequenceManager
from app.pipeline.options import Options
from app.pipeline.services.outline_tracing import reshape, trace
from app.pipeline.services.sequence_opener import request_to_wire, seen_to_wire
from app.pipeline.workers.message_fields import window_to_wire
from app.pipeline.workers.protocol import Cancelled
from app.session import Session
from app.storage.exporters.effort_export import read_logged_edits

SETTLE_SECONDS = 3.0

_log = logging.getLogger(__name__)


class Pipeline:
    """One open sequence, its workers and its journal. All methods belong to the event loop's thread."""

    def __init__(
        self,
        options: Options,
        publish: Callable[[Session], None],
        show: Show,
    ) -> None:
        self.session = Session()
        self._options = options
        self._publish = publish
        self._events: asyncio.Queue[ev.Event] = asyncio.Queue()
        self.listeners: list[Callable[[ev.Event], None]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._logged = 0
        self.parts = Services(options, self.session, self.post, show, self._notice)
        self.sequences = SequenceManager(self.parts, self.session, options, self.post, self._spawn)

    def post(self, event: ev.Event) -> None:
        """Take an event; they are handled in order."""
        self._events.put_nowait(event)

    async def run(self, stop: asyncio.Event) -> None:
        """Start the workers and serve events until stop is set; then leave everything durable."""
        async with AsyncExitStack() as stack:
            stack.callback(self.parts.pool.close)
            for service in self.parts.services:
                self._spawn(service)
            stack.push_async_callback(self._end)
            self._spawn(self.parts.start())
            self._spawn(self._serve())
            self.post(ev.ViewChanged(prefetch=self._options.prefetch))
            self.post(ev.OperatorChosen(self._options.operator))
            self.post(ev.EnginesRemembered(self._options.choices, self._options.recent_models))
            self.post(ev.ModelsRequested())
            self.post(ev.EngineChosen(self._options.engine, self._options.propagation))
            await self.parts.exchange.recall_labels(self._options.labels_file)
            await self.parts.decoder.start()
            self.parts.decoder_ready.set()
            await stop.wait()
            await self.sequences.close(at_any_price=True)

    async def settle(self) -> None:
        """Wait until all events posted so far are handled and durable. Raises StorageFull."""
        await self._events.join()
        while not await self.parts.recorder.flush(SETTLE_SECONDS):
            if self.session.state.storage_failed:
                raise StorageFull(
                    "The last edits are not saved.", remedy="Free some space; saving is tried again."
                )

    async def image(self, index: int) -> Any:
        """Return a copy of frame index, uint8 (h, w, 3) RGB, as the annotator sees it."""
        async with self.parts.frames.frame(index, self.session.state.view.window) as ref:
            return self.parts.pool.array(ref).copy()

    # -- the loop ----------------------------------------------------------------------------------

    async def _serve(self) -> None:
        while True:
            self._handle(await self._events.get())
            while not self._events.empty():
                self._handle(self._events.get_nowait())
            self.parts.linking.look()
            self.parts.measuring.look()
            self.parts.receiving.follow(self.session.state)
            self.parts.warming.follow(self.session.state)
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
            case od.ShowView3D():
                self.parts.solid.show(order.frames)
            case od.HideView3D():
                self.parts.solid.hide()
            case od.Record() | od.RecordCursor() | od.RecordPropagation() | od.RecordWindow() if (
                self._is_stale
            ):
                _log.info("%s came too late: the sequence was left", type(order).__name__)
            case od.Record():
                self._record(order)
            case od.RecordCursor():
                self.parts.recorder.remember("frame", order.frame)
                self.parts.recorder.remember("seen", seen_to_wire(self.session.state.seen))
            case od.RecordPropagation():
                request = None if order.request is None else request_to_wire(order.request)
                self.parts.recorder.remember("propagation", request)
            case od.Segment():
                self._segment(order)
            case od.DropSegmentation():
                self.parts.segmentation.drop()
            case od.Propagate():
                self.parts.propagation.start(order, self.parts.loading.ready)
            case od.CancelPropagation():
                self.parts.propagation.cancel(order.job)
            case od.Play():
                if self.parts.sequence is not None:
                    self.parts.playback.start(self.parts.sequence.info, order.frame, order.speed, order.loop)
            case od.Pause():
                self.parts.playback.stop()
            case od.TraceOutline():
                self._spawn(trace(order, self.post))
            case od.Reshape():
                self._spawn(reshape(order, self.post))
            case od.OpenSequence():
                self._spawn(self.sequences.open_asked(order))
            case od.TurnSequence():
                self._spawn(self.sequences.turn(order.orientation))
            case od.FitWindow():
                self._spawn(self.sequences.fit_window(order.frame))
            case od.RecordWindow():
                self.parts.recorder.remember("window", window_to_wire(order.window))
            case od.CloseSequence():
                self._spawn(self.sequences.close())
            case od.LoadEngine():
                self._spawn(self.parts.loading.load(order))
            case od.CancelEngine():
                self.parts.loading.cancel()
            case od.ListModels() | od.DownloadModel() | od.ImportModels() | od.CancelTransfer():
                self._spawn(self.parts.librarian.carry_out(order))
            case MeasureEffort():
                self._spawn(self._measure_effort())
            case WorklistOrder():
                self._spawn(self._note(order, self.parts.receiving.current))
            case _:
                self._spawn(self.parts.exchange.carry_out(order))

    @property
    def _is_stale(self) -> bool:
        """Whether the Session still has a sequence that was left, as for a moment while another is opened."""
        info = self.session.state.sequence
        return info is not None and (self.parts.sequence is None or info is not self.parts.sequence.info)

    def _record(self, order: od.Record) -> None:
        self.parts.recorder.record(order, self.session.state.operator)
        if order.edit.cells:
            self.parts.recorder.remember("seen", seen_to_wire(self.session.state.seen))
            self.parts.receiving.edited()

    async def _note(self, order: WorklistOrder, entry_id: str) -> None:
        """Note something in the worklist once all edits before it are durable, unless its sequence was left."""
        await self.parts.recorder.flush()
        is_of_sequence = isinstance(order, (FinishEntry, ReopenEntry))
        if not is_of_sequence or self.parts.receiving.current == entry_id:
            self.parts.receiving.carry_out(order, self.session.state)

    async def _measure_effort(self) -> None:
        await self.parts.recorder.flush(SETTLE_SECONDS)
        if self.parts.sequence is not None:
            acts = await asyncio.to_thread(read_logged_edits, self.parts.sequence.workspace.journal.path)
            self.post(EffortMeasured(report_of(acts)))

    def _segment(self, order: od.Segment) -> None:
        state = self.session.state
        self.parts.segmentation.segment(order, state.view.window)
        if state.sequence is not None and state.view.prefetch and self.parts.loading.ready.is_set():
            self.parts.propagation.prepare(order.frame, state.sequence.frames, state.view.window)

    def _show(self, order: od.ShowFrame) -> None:
        if self.parts.sequence is None:
            return
        state = self.session.state
        self.parts.screen.show(
            self.parts.sequence.info, order.frame, self.session.layers(), state.view.window
        )
        if not state.playback.playing and state.pending is None and self.parts.loading.ready.is_set():
            self.parts.segmentation.prepare(order.frame, state.view.window)
            if state.view.prefetch:
                info = self.parts.sequence.info
                subject = (state.models.choice, info.width, info.height)
                self.parts.propagation.fit(subject, order.frame, state.view.window)

    async def _end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.parts.close()

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
