"""Segmentation by prompts: the newest list wins, and background work pauses meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Any, Protocol

from app.domain.annotation import Mask, Orientation, SequenceInfo, Window
from app.domain.errors import FramewiseError, WorkerDied, WorkerHung
from app.messages.click_orders import AnswerAhead
from app.messages.events import Event, PendingSegmented, SegmentationFailed
from app.messages.orders import DropSegmentation, Segment
from app.messages.snapshot import Snapshot
from app.pipeline.requests.segmenter_requests import (
    AnswerAheadRequest,
    EncodeRequest,
    ExpectClickRequest,
    ExpectCorrectionRequest,
    FeatureKey,
    SegmenterKind,
    SegmentReply,
    SegmentRequest,
    ShownReference,
)
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.frame_store import FrameStore
from app.pipeline.services.mask_reader import MaskReader
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.worker_handle import WorkerHandle

# That a frame stays on the screen before it is encoded. Chosen by hand; spares frames passed by.
SETTLE_SECONDS = 0.15
# Seconds after an answer until background work and coding for the next prompt go on: painting and drawing it take some
# 30 ms where the processor draws, and half as long again beside other work. No person clicks again so soon.
SHOW_SECONDS = 0.05
Told = tuple[tuple[int, Mask], ...]
"""Reference frames and the object's masks there."""
Ask = Callable[[], Coroutine[Any, Any, SegmentReply]]


class Pausable(Protocol):
    """Background work that can be paused while prompts are answered."""

    def pause(self) -> None:
        """Pause until resumed."""

    def resume(self) -> None:
        """Continue."""


class Segmentation(Service):
    """Gives lists of prompts to the segmenter. background: work that pauses meanwhile."""

    def __init__(
        self,
        worker: WorkerHandle[SegmenterKind],
        background: Sequence[Pausable],
        frames: FrameStore,
        masks: MaskReader,
        post: Callable[[Event], None],
    ) -> None:
        self._worker = worker
        self._background = background
        self._frames = frames
        self._masks = masks
        self._post = post
        self._info: SequenceInfo | None = None
        self._sequence: tuple[str, Orientation | None] = ("", None)
        self._place: object = None
        self._answering: asyncio.Task[None] | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._ahead: asyncio.Task[None] | None = None  #: answers prompts that may come
        self._expected: Segment | None = None  #: these prompts
        self._prepared = 0
        self._under_way = 0

    def register(self, orders: OrderTable) -> None:
        orders.add(Segment, self.segment)
        orders.add(AnswerAhead, self.answer_ahead)
        orders.add(DropSegmentation, lambda _order: self.cancel_request())

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Answer for another sequence."""
        self.cancel_request()
        self._info = sequence.info if sequence is not None else None
        self._sequence = ("", None) if sequence is None else (sequence.key, sequence.info.orientation)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Encode the frame on which the annotator stays, then the next, so that a first click finds the work done."""
        place, sequence = None, snapshot.sequence
        is_idle = not snapshot.playback.playing and snapshot.pending is None
        if is_idle and snapshot.models.engine and sequence.info is self._info is not None:
            place = (sequence.frame, sequence.selected, snapshot.view.window, snapshot.models.engine)
        if place != self._place:
            self._place = place
            if place is not None:
                thing = sequence.frame, sequence.selected
                known = self._masks.mask(*thing), self._masks.references(*thing)
                self.prepare(sequence.frame, snapshot.view.window, *known)

    async def stop_work(self) -> None:
        """Answer no more."""
        self.cancel_request()

    def segment(self, order: Segment) -> None:
        """Answer a list of prompts; it replaces the request under way."""
        if self._is_expected(order):
            self._ahead = None  # goes on: its answer is this one's
        self.cancel_request()
        self._answering = asyncio.create_task(self._serve(order))

    def cancel_request(self) -> None:
        """Cancel the request and the encoding under way."""
        for task in (self._answering, self._preparing, self._ahead):
            if task is not None:
                task.cancel()
        self._answering = self._preparing = self._ahead = self._expected = self._place = None

    def answer_ahead(self, order: AnswerAhead) -> None:
        """Have an answer ready once nothing else is to be done, in place of any other one."""
        if self._is_expected(order.segment):
            return
        if self._ahead is not None:
            self._ahead.cancel()
        self._expected = order.segment
        self._ahead = asyncio.create_task(self._answer_ahead(order.segment))

    def prepare(self, frame: int, window: Window | None, mask: Mask | None, told: Told = ()) -> None:
        """Encode a frame after a moment, and the next one the way the annotator goes, unless another comes first.

        mask: that a click on the frame would correct. told: where there is none, the references that tell of it.
        """
        for task in (self._preparing, self._ahead):
            if task is not None:
                task.cancel()
        self._ahead = self._expected = None
        way = -1 if frame < self._prepared else 1
        self._prepared = frame
        frames = self._info.frames if self._info is not None else 0
        self._preparing = asyncio.create_task(
            self._prepare([f for f in (frame, frame + way) if 0 <= f < frames], window, mask, told)
        )

    async def _serve(self, order: Segment) -> None:
        key = self._key(order.frame, order.window)
        await self._answer(order.job, lambda: self._send(order, key))
        with suppress(Cancelled, FramewiseError):
            await self._worker.call(ExpectClickRequest(key, order.prompts))

    def _is_expected(self, order: Segment) -> bool:
        """Whether this answer is made ready, or was made ready last."""
        return self._expected is not None and replace(self._expected, job=order.job) == order

    async def _answer_ahead(self, order: Segment) -> None:
        """Wait for the coding under way, which the answer needs, and keep the answer in the worker."""
        under_way = [task for task in (self._answering, self._preparing) if task is not None]
        if under_way:
            await asyncio.wait(under_way)
        key = self._key(order.frame, order.window)
        with suppress(Cancelled, FramewiseError):
            await self._worker.call(AnswerAheadRequest(key, order.prompts, order.initial, order.references))

    async def _send(self, order: Segment, key: FeatureKey) -> SegmentReply:
        async with AsyncExitStack() as lent:
            image = await lent.enter_async_context(self._frames.frame(key.frame, key.window))
            references = await self._lend(lent, order.references, key.window)
            return await self._worker.call(
                SegmentRequest(
                    key,
                    image,
                    order.prompts,
                    order.initial,
                    order.threshold,
                    order.largest_component,
                    order.tidy,
                    references,
                )
            )

    async def _lend(
        self, lent: AsyncExitStack, told: Told, window: Window | None
    ) -> tuple[ShownReference, ...]:
        """Return references with their images, which are lent until the stack is closed."""
        found = []
        for frame, mask in told:
            image = await lent.enter_async_context(self._frames.frame(frame, window, is_visited=False))
            found.append(ShownReference(frame, image, mask))
        return tuple(found)

    async def _answer(self, job: int, ask: Ask) -> None:
        self._pause_background()
        try:
            reply = await _send_twice(ask)
            self._post(PendingSegmented(job, reply.mask))
            await asyncio.sleep(SHOW_SECONDS)
        except Cancelled:
            self._post(SegmentationFailed(job, "The answer was cancelled."))
        except FramewiseError as error:
            self._post(SegmentationFailed(job, str(error)))
        finally:
            self._resume_background()

    async def _prepare(
        self, frames: Sequence[int], window: Window | None, mask: Mask | None, told: Told
    ) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        with suppress(Cancelled, FramewiseError):
            for frame in frames:
                key = self._key(frame, window)
                async with self._frames.frame(frame, window) as image, AsyncExitStack() as lent:
                    await self._worker.call(EncodeRequest(key, image))
                    if frame == frames[0] and (mask is not None or told):
                        references = await self._lend(lent, told, window)
                        await self._worker.call(ExpectCorrectionRequest(key, image, mask, references))
            await self._worker.call(ExpectClickRequest(self._key(frames[0], window), ()))

    def _key(self, frame: int, window: Window | None) -> FeatureKey:
        return FeatureKey(*self._sequence, frame, window)

    def _pause_background(self) -> None:
        self._under_way += 1
        for worker in self._background:
            worker.pause()

    def _resume_background(self) -> None:
        self._under_way -= 1
        if self._under_way == 0:
            for worker in self._background:
                worker.resume()


async def _send_twice(ask: Ask) -> SegmentReply:
    """Send a request; when the worker is lost over it, send it once more to its replacement."""
    try:
        return await ask()
    except (WorkerDied, WorkerHung):
        return await ask()
