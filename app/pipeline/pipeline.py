"""The asyncio shell: takes events, asks the Session, has its orders carried out. The only writer of state."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import FramewiseError
from app.messages import events as ev
from app.messages.orders import Order, SequenceOrder
from app.messages.snapshot import Snapshot
from app.pipeline.composition import Services, Show
from app.pipeline.options import Options
from app.pipeline.services.mask_reader import MaskReader
from app.pipeline.workers.protocol import Cancelled
from app.session import Session

DEFECT = "Something went wrong inside the program; the log file holds the details."

_log = logging.getLogger(__name__)


class Pipeline:
    """One open sequence, its workers and its journal. All methods belong to the event loop's thread."""

    def __init__(self, options: Options, publish: Callable[[Snapshot], None], show: Show) -> None:
        """Wire everything. publish: called with the state after each batch of events; show: with each picture.

        Raises LookupError when there is an order that no service carries out.
        """
        self.session = Session()
        self.listeners: list[Callable[[ev.Event], None]] = []
        self._options = options
        self._publish = publish
        self._events: asyncio.Queue[ev.Event] = asyncio.Queue()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._logged = 0
        self.services = Services(options, MaskReader(self.session.state), self.post, show, self._spawn)
        self._orders = self.services.order_table()

    def post(self, event: ev.Event) -> None:
        """Take an event; they are handled in order."""
        self._events.put_nowait(event)

    async def run(self, stop: asyncio.Event) -> None:
        """Start the workers and serve events until stop is set; then leave everything durable."""
        services = self.services
        async with AsyncExitStack() as stack:
            stack.callback(services.pool.close)
            for service in services.all:
                self._spawn(service.run())
            stack.push_async_callback(self._end)
            self._spawn(services.start_engine_workers())
            self._spawn(self._serve())
            self.post(ev.ViewChanged(prefetch=self._options.prefetch))
            self.post(ev.OperatorChosen(self._options.operator))
            self.post(ev.EnginesRemembered(self._options.choices, self._options.recent_models))
            self.post(ev.ModelsRequested())
            self.post(ev.EngineChosen(self._options.engine, self._options.propagation))
            await services.import_export.recall_labels(self._options.labels_file)
            await services.tier_lists.recall()
            await services.start_decoder()
            await stop.wait()
            await services.sequences.leave(at_any_price=True)

    async def wait_until_durable(self) -> None:
        """Wait until all events posted so far are handled and durable.

        Raises StorageFull or WorkspaceError; EditLost where an edit was dropped, since it can never be stored.
        """
        await self._events.join()
        await self.services.journal_writer.require_stored()
        lost = self.services.journal_writer.take_loss()
        if lost is not None:
            raise lost

    async def image(self, index: int) -> NDArray[np.uint8]:
        """Return a copy of frame index, uint8 (h, w, 3) RGB, as the annotator sees it."""
        async with self.services.frames.frame(index, self.session.state.view.window) as ref:
            return np.array(self.services.pool.array(ref), np.uint8)

    async def _serve(self) -> None:
        while True:
            self._handle(await self._events.get())
            while not self._events.empty():
                self._handle(self._events.get_nowait())
            snapshot = self.session.snapshot()
            for service in self.services.all:
                service.on_snapshot(snapshot)
            self._publish(snapshot)

    def _handle(self, event: ev.Event) -> None:
        """Handle one event; an error in it is shown and logged, and the loop goes on."""
        try:
            for order in self.session.handle(event):
                self._carry_out(order)
        except FramewiseError as error:
            self._show_error(str(error))
        except Exception:  # noqa: BLE001 - the edge: a defect must not stop the program
            _log.exception("%s could not be handled", type(event).__name__)
            self._show_error(DEFECT)
        self._log_toasts()
        for listener in self.listeners:
            listener(event)
        self._events.task_done()

    def _carry_out(self, order: Order) -> None:
        if isinstance(order, SequenceOrder) and self._is_left:
            _log.info("%s came too late: the sequence was left", type(order).__name__)
            return
        work = self._orders.carry_out(order)
        if work is not None:
            self._spawn(work)

    @property
    def _is_left(self) -> bool:
        """Whether the Session still has a sequence that was left, as for a moment while another is opened."""
        info, current = self.session.state.sequence.info, self.services.sequences.current
        return info is not None and (current is None or info is not current.info)

    async def _end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.services.close()

    def _log_toasts(self) -> None:
        """Log new warnings and errors that the annotator sees."""
        for toast in self.session.state.toasts:
            if toast.toast_id > self._logged and toast.level != "info":
                _log.log(logging.ERROR if toast.level == "error" else logging.WARNING, toast.text)
        self._logged = self.session.state.next_toast - 1

    def _show_error(self, text: str) -> None:
        self.post(ev.Noticed("error", text))

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
            self._show_error(str(error))
        elif error is not None and not isinstance(error, Cancelled):
            _log.error("a task failed", exc_info=error)
            self._show_error(DEFECT)
