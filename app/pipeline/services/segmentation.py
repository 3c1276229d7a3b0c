"""Segmentation by clicks: the newest click list wins, and background work pauses meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Protocol

from app.domain.annotation import SequenceInfo, Window
from app.domain.errors import FramewiseError, WorkerDied, WorkerHung
from app.messages.events import Event, PendingSegmented, SegmentationFailed
from app.messages.orders import DropSegmentation, Segment
from app.messages.snapshot import Snapshot
from app.pipeline.services.frame_store import FrameStore
from app.pipeline.services.sequence_opener import ActiveSequence
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.workers.message_fields import clicks_to_wire, mask_from_wire, mask_to_wire, window_to_wire
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.worker_handle import WorkerHandle

SETTLE_SECONDS = (
    0.15  # that a frame stays on the screen before it is encoded; chosen by hand, spares frames passed by
)
Ask = Callable[[], Coroutine[Any, Any, dict[str, Any]]]


class Pausable(Protocol):
    """Background work that can be paused while a click is answered."""

    def pause(self) -> None:
        """Pause until resumed."""

    def resume(self) -> None:
        """Continue."""


class Segmentation(Service):
    """Gives click lists to the segmenter. background: work that pauses during a click."""

    def __init__(
        self,
        worker: WorkerHandle,
        background: Sequence[Pausable],
        frames: FrameStore,
        post: Callable[[Event], None],
    ) -> None:
        self._worker = worker
        self._background = background
        self._frames = frames
        self._post = post
        self._info: SequenceInfo | None = None
        self._sequence = ""
        self._place: object = None
        self._answering: asyncio.Task[None] | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._under_way = 0

    def register(self, orders: OrderTable) -> None:
        orders.add(Segment, self.segment)
        orders.add(DropSegmentation, lambda _order: self.drop())

    def use(self, sequence: ActiveSequence | None) -> None:
        """Answer for another sequence."""
        self.drop()
        self._info = sequence.info if sequence is not None else None
        self._sequence = "" if sequence is None else f"{sequence.key} {sequence.info.orientation or ''}"

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Encode the frame on which the annotator stays, so that the first click finds the work done."""
        place = None
        is_idle = not snapshot.playback.playing and snapshot.pending is None
        if is_idle and snapshot.models.engine and snapshot.sequence is self._info is not None:
            place = (snapshot.frame, snapshot.view.window, snapshot.models.engine)
        if place != self._place:
            self._place = place
            if place is not None:
                self.prepare(snapshot.frame, snapshot.view.window)

    async def halt(self) -> None:
        """Answer no more."""
        self.drop()

    def segment(self, order: Segment) -> None:
        """Answer a click list; it replaces the request under way."""
        body = {
            "clicks": clicks_to_wire(order.clicks),
            "initial": None if order.initial is None else mask_to_wire(order.initial),
            "threshold": order.threshold,
            "largest_component": order.largest_component,
        }
        self._replace(self._serve(order, order.window, body))

    def drop(self) -> None:
        """Cancel the request and the encoding under way."""
        for task in (self._answering, self._preparing):
            if task is not None:
                task.cancel()
        self._answering = self._preparing = self._place = None

    def prepare(self, frame: int, window: Window | None) -> None:
        """Encode a frame after a moment, unless another one is requested first."""
        if self._preparing is not None:
            self._preparing.cancel()
        self._preparing = asyncio.create_task(self._prepare(frame, window))

    def _replace(self, work: Coroutine[Any, Any, None]) -> None:
        self.drop()
        self._answering = asyncio.create_task(work)

    async def _serve(self, order: Segment, window: Window | None, body: dict[str, Any]) -> None:
        await self._answer(order.job, lambda: self._on_frame("segment", order.frame, window, body))
        with suppress(Cancelled, FramewiseError):
            await self._worker.call("expect", key=self._key(order.frame, window), clicks=body["clicks"])

    async def _answer(self, job: int, ask: Ask) -> None:
        self._pause_background()
        try:
            reply = await _send_twice(ask)
            self._post(PendingSegmented(job, mask_from_wire(reply["mask"])))
        except Cancelled:
            self._post(SegmentationFailed(job, "The answer was cancelled."))
        except FramewiseError as error:
            self._post(SegmentationFailed(job, str(error)))
        finally:
            self._resume_background()

    async def _prepare(self, frame: int, window: Window | None) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        with suppress(Cancelled, FramewiseError):
            await self._on_frame("encode", frame, window, {})

    async def _on_frame(self, verb: str, frame: int, window: Window | None, body: dict[str, Any]) -> Any:
        async with self._frames.frame(frame, window) as ref:
            return await self._worker.call(verb, key=self._key(frame, window), image=ref, **body)

    def _key(self, frame: int, window: Window | None) -> list[Any]:
        return [self._sequence, frame, *(window_to_wire(window) or ())]

    def _pause_background(self) -> None:
        self._under_way += 1
        for worker in self._background:
            worker.pause()

    def _resume_background(self) -> None:
        self._under_way -= 1
        if self._under_way == 0:
            for worker in self._background:
                worker.resume()


async def _send_twice(ask: Ask) -> dict[str, Any]:
    """Send a request; when the worker is lost over it, send it once more to its replacement."""
    try:
        return await ask()
    except (WorkerDied, WorkerHung):
        return await ask()
