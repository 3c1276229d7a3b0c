"""Loader of engines into the two workers that run them, while the one in use goes on answering."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.domain.engine_choice import EngineChoice
from app.domain.errors import FramewiseError, ModelError
from app.messages import events as ev
from app.messages.orders import CancelEngine, LoadEngine
from app.models.engine_loading import is_whole_engine
from app.models.formats.static_model import Use, use_of
from app.pipeline.options import Options
from app.pipeline.requests.engine_requests import (
    EngineKind,
    LoadEngineReply,
    LoadEngineRequest,
    LoadProgress,
    PrepareModelRequest,
    PreparerKind,
)
from app.pipeline.requests.propagator_requests import PropagatorKind
from app.pipeline.requests.segmenter_requests import SegmenterKind
from app.pipeline.services.propagation_runner import PropagationRunner
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.workers import priorities
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import Caller, WorkerHandle

Half = WorkerHandle[EngineKind]
_BEST: Final = EngineChoice()


class EngineLoader(Service):
    """Loads one engine after the other, its two halves at the same time.

    workers: the segmenter and the propagator. ready: set as soon as there is an engine at all.
    """

    def __init__(
        self,
        segmenter: WorkerHandle[SegmenterKind],
        propagator: WorkerHandle[PropagatorKind],
        propagation: PropagationRunner,
        pool: SharedPool,
        options: Options,
        post: Callable[[ev.Event], None],
        ready: asyncio.Event,
    ) -> None:
        self._ready = ready
        self._segmenter, self._propagator = segmenter, propagator
        self._pool = pool
        self._preparer: WorkerHandle[PreparerKind] | None = None
        self._propagation = propagation
        self._options = options
        self._post = post
        self._busy = asyncio.Lock()
        self._newest: LoadEngine | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked: EngineChoice | None = None
        self._replies: dict[Half, LoadEngineReply] = {}
        self._names: dict[Half, str] = {}

    def register(self, orders: OrderTable) -> None:
        orders.add(LoadEngine, self.load_engine)
        orders.add(CancelEngine, self.cancel)

    async def load_engine(self, order: LoadEngine) -> None:
        """Load an engine, unless a newer order has come meanwhile; answer with events."""
        self._newest = order
        async with self._busy:
            if order is self._newest:
                self._task = asyncio.create_task(self._answer(order))
                await asyncio.wait([self._task])
                if self._task.cancelled():
                    await self._report_failure(order, "")

    def cancel(self, _order: CancelEngine) -> None:
        """Stop loading; the engine in use stays."""
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """Stop the worker that prepares models."""
        if self._preparer is not None:
            await self._preparer.close()

    async def restore(self, worker: Half, caller: Caller[EngineKind]) -> None:
        """Load the engine of a worker again that was restarted."""
        if worker in self._names:
            self._replies[worker] = await caller.call(self._request(self._names[worker]))

    async def _answer(self, order: LoadEngine) -> None:
        try:
            wanted = await asyncio.to_thread(self._choice, order)
            await self._load(order.name, wanted)
        except (asyncio.CancelledError, Cancelled):
            await self._report_failure(order, "")
            return
        except FramewiseError as error:
            await self._report_failure(order, str(error))
            return
        self._asked = wanted
        self._ready.set()
        self._post(ev.EngineReady(*self._described(), wanted, order.kind))

    async def _report_failure(self, order: LoadEngine, reason: str) -> None:
        """Report a failure; where no engine is loaded at all, load the best that ships."""
        self._post(ev.EngineFailed(order.name, reason))
        if self._asked is None and order.name != "best":
            await self._answer(LoadEngine("best"))

    def _choice(self, order: LoadEngine) -> EngineChoice:
        """Return the two halves of an engine; a propagation model alone replaces only that half."""
        before = self._asked or _BEST
        if order.propagation:
            _check(order.propagation, "propagation")
            _check(order.name, "click")
            return EngineChoice(order.name, order.propagation)
        if is_whole_engine(order.name):
            return EngineChoice(order.name, order.name)
        if use_of(Path(order.name)) == "propagation":
            return EngineChoice(before.click, order.name)
        return EngineChoice(order.name, before.propagation)

    async def _load(self, name: str, wanted: EngineChoice) -> None:
        """Load the halves that differ. On any failure the two workers keep what they had."""
        before = self._asked
        plan: dict[Half, str] = {}
        if before is None or before.click != wanted.click:
            plan[self._segmenter] = wanted.click
        if before is None or before.propagation != wanted.propagation:
            plan[self._propagator] = wanted.propagation
        if before is not None:
            await self._prepare(name, [half for half in plan.values() if not is_whole_engine(half)])
        if self._propagator in plan:
            await self._propagation.stop_work()
        names, replies = dict(self._names), dict(self._replies)
        try:
            await self._load_halves(name, plan)
            if wanted == _BEST and len({reply.name for reply in self._replies.values()}) > 1:
                # "best" fell back in one worker only: both halves are to be of one engine.
                await self._load_halves(name, dict.fromkeys(plan, "classic"))
        except BaseException:
            lost = {worker: names[worker] for worker in plan if worker in names}
            self._names, self._replies = names, replies
            await asyncio.gather(*(self._load_half(worker, old) for worker, old in lost.items()))
            raise

    async def _prepare(self, name: str, halves: list[str]) -> None:
        """Prepare models in a separate process, so that the engine in use can go on answering."""
        if not halves:
            return
        async with WorkerHandle(
            PreparerKind, self._pool, nice=priorities.BACKGROUND, env=self._options.environment
        ) as worker:
            self._preparer = worker
            for done, half in enumerate(halves):
                advance = self._advance(name, done / len(halves), 1 / len(halves))
                request = PrepareModelRequest(half, self._options.device, self._options.threads)
                await worker.submit(request, advance).outcome()
        self._preparer = None

    async def _load_halves(self, name: str, plan: dict[Half, str]) -> None:
        jobs = [asyncio.create_task(self._load_half(worker, half, name)) for worker, half in plan.items()]
        try:
            await asyncio.gather(*jobs)
        except BaseException:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            raise

    async def _load_half(self, worker: Half, half: str, name: str = "") -> None:
        advance = self._advance(name) if name else None
        reply = await worker.submit(self._request(half), advance).outcome()
        self._replies[worker] = reply
        self._names[worker] = reply.name if half == "best" else half

    def _advance(self, name: str, done: float = 0.0, part: float = 1.0) -> Callable[[LoadProgress], None]:
        """Return a callback that posts the progress of a step. done: before it, part: of it, shares of the whole."""
        return lambda progress: self._post(
            ev.EngineAdvanced(name, progress.words, done + part * progress.share)
        )

    def _request(self, half: str) -> LoadEngineRequest:
        return LoadEngineRequest(half, self._options.device, self._options.threads)

    def _described(self) -> tuple[str, str]:
        """Return the names of both halves, once when they are of one engine, and where clicks are answered."""
        replies = [self._replies[worker] for worker in (self._segmenter, self._propagator)]
        return " + ".join(dict.fromkeys(reply.name for reply in replies)), replies[0].device


def _check(name: str, use: Use) -> None:
    """Raise ModelError when a model is named for what it is not made for."""
    if not is_whole_engine(name) and use_of(Path(name)) != use:
        raise ModelError(f"This is no {use} model.", subject=name, remedy=f"Choose a {use} model there.")
