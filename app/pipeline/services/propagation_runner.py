"""Runner of propagations in the propagator worker, across its restarts."""

import asyncio
from collections.abc import Callable, Sequence
from typing import get_args

from app.domain.annotation import SequenceInfo, Window
from app.domain.errors import FramewiseError
from app.domain.propagation_plan import count_steps
from app.messages.events import Event, FramePropagated, PropagationEnded
from app.messages.orders import CancelPropagation, Propagate
from app.messages.snapshot import Snapshot
from app.pipeline.requests.propagator_requests import (
    AddMasksRequest,
    BeginPropagationRequest,
    FitEngineRequest,
    MaskSetName,
    ObjectMask,
    PrepareFramesRequest,
    PropagatedFrame,
    PropagateRequest,
    PropagatorKind,
)
from app.pipeline.roles.propagation_pass import BLOCK
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.workers.job import Job
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.worker_handle import WorkerHandle

CHUNK_BYTES = 4 * 2**20  # bytes of masks in one message, a fraction of the protocol's limit
# Weight of the newest step in the mean step time. Chosen by hand; higher lets the estimate jump.
SMOOTHING = 0.1
SETTLE_SECONDS = 1.0  # a sequence that stays on the screen so long is likely to be worked on; chosen by hand
AHEAD = BLOCK  # frames prepared to each side: as many as a pass takes before it turns to the other side


class RemainingTime:
    """Estimate of the remaining time from a moving mean of the step times.

    The first step, before which networks may be fitted to the frames, and long gaps, as when a click came first, do
    not count.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: float | None = None
        self._step: float | None = None

    def count_step(self, left: int) -> float | None:
        """Count one more step; return the seconds for those left, None after the first."""
        now = self._clock()
        last, self._last = self._last, now
        if last is None:
            return None
        took = now - last
        if self._step is None:
            self._step = took
        elif took < 10 * self._step:
            self._step += SMOOTHING * (took - self._step)
        return self._step * left


class PropagationRunner(Service):
    """Gives plans to the propagator, one at a time, and prepares it while there is none."""

    def __init__(
        self, worker: WorkerHandle[PropagatorKind], post: Callable[[Event], None], engine_ready: asyncio.Event
    ) -> None:
        self._worker = worker
        self._engine_ready = engine_ready
        self._post = post
        self._task: asyncio.Task[None] | None = None
        self._fitting: asyncio.Task[None] | None = None
        self._fitted: object = None
        self._preparing: Job[None, None] | None = None
        self._prepared: tuple[object, ...] = ()
        self._job = 0
        self._info: SequenceInfo | None = None

    def register(self, orders: OrderTable) -> None:
        orders.add(Propagate, self.start)
        orders.add(CancelPropagation, self.cancel)

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Serve another sequence."""
        self._info = sequence.info if sequence is not None else None

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Prepare what a propagation from the current frame will need, if that is wanted."""
        info, pending, window = self._info, snapshot.pending, snapshot.view.window
        if (
            info is None
            or snapshot.sequence.info is not info
            or not (snapshot.models.engine and snapshot.view.prefetch)
        ):
            return
        if pending is not None and pending.prompts:
            self.prepare(pending.frame, info.frames, window)
        elif pending is None and not snapshot.playback.playing:
            self.fit_engine(
                (snapshot.models.choice, info.width, info.height), snapshot.sequence.frame, window
            )

    def fit_engine(self, subject: object, frame: int, window: Window | None) -> None:
        """Fit the engine to the size of a frame once its sequence has stayed on the screen for a while.

        subject: engine and size; each is fitted once.
        """
        if subject != self._fitted:
            self._drop_fitting()
            self._fitted = subject
            self._fitting = asyncio.create_task(self._fit(frame, window))

    def prepare(self, frame: int, frames: int, window: Window | None) -> None:
        """Prepare the frames around a clicked one, in the order of the passes that will follow.

        frames: length of the sequence.
        """
        place = (frame, frames, window)
        if place == self._prepared or (self._task is not None and not self._task.done()):
            return
        self._drop()
        self._prepared = place
        ahead = range(frame + 1, min(frame + AHEAD + 1, frames))
        behind = range(frame - 1, max(frame - AHEAD - 1, -1), -1)
        self._preparing = self._worker.submit(
            PrepareFramesRequest((*ahead, *behind), center=frame, window=window)
        )

    def start(self, order: Propagate) -> None:
        """Carry out a plan once the engine is ready; it replaces the plan before."""
        self._drop()
        self._drop_fitting()
        before = self._task
        if before is not None:
            before.cancel()
        self._job = order.job
        self._task = asyncio.create_task(self._run(order, before))

    def cancel(self, order: CancelPropagation) -> None:
        """Stop a plan."""
        if self._task is not None and order.job == self._job:
            self._task.cancel()

    async def stop_work(self) -> None:
        """Stop plan and preparations, and wait for their end."""
        self._drop()
        if self._drop_fitting():
            self._fitted = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _drop(self) -> None:
        """Cancel the preparation of frames, except for the one under way."""
        if self._preparing is not None:
            self._preparing.cancel()
        self._preparing, self._prepared = None, ()

    def _drop_fitting(self) -> bool:
        """Cancel fitting that has not begun yet; return whether there was any."""
        return self._fitting is not None and self._fitting.cancel()

    async def _fit(self, frame: int, window: Window | None) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        # It is never cancelled: networks cannot be fitted by half, and the next sequence may have this size too.
        self._worker.submit(FitEngineRequest(frame, window))

    async def _run(self, order: Propagate, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        await self._engine_ready.wait()
        try:
            await self._carry_out(order)
            self._post(PropagationEnded(order.job, finished=True))
        except Cancelled:
            self._post(PropagationEnded(order.job, finished=False))
        except FramewiseError as error:
            self._post(PropagationEnded(order.job, finished=False, error=error))

    async def _carry_out(self, order: Propagate) -> None:
        await self._worker.call(BeginPropagationRequest(order.lines))
        for mask_set in get_args(MaskSetName):
            for chunk in _chunks(getattr(order, mask_set)):
                await self._worker.call(AddMasksRequest(mask_set, tuple(chunk)))
        total, done = count_steps(order.passes), 0
        estimate = RemainingTime(asyncio.get_running_loop().time)

        def on_progress(found: PropagatedFrame) -> None:
            nonlocal done, total
            done, total = done + 1, total - found.left_out
            results = tuple((one.object_id, one.mask, one.score, one.sources) for one in found.masks)
            seconds = estimate.count_step(total - done)
            self._post(FramePropagated(order.job, found.frame, results, done, total, seconds, found.stops))

        request = PropagateRequest(order.passes, order.window, order.stops_at_cuts, order.crossed)
        await self._worker.submit(request, on_progress).outcome()


def _chunks(entries: Sequence[ObjectMask]) -> list[list[ObjectMask]]:
    """Return the entries in parts that fit into a message each."""
    chunks: list[list[ObjectMask]] = []
    room = 0
    for frame, object_id, mask in entries:
        if room < len(mask.counts) or not chunks:
            chunks.append([])
            room = CHUNK_BYTES
        chunks[-1].append((frame, object_id, mask))
        room -= len(mask.counts) + 64
    return chunks
