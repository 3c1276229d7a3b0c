"""What the pipeline consists of: the workers, and all that speaks with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from app.messages import events as ev
from app.messages.picture import LinkedPictures, Picture, View3DPicture
from app.pipeline.options import Options
from app.pipeline.services.engine_loader import EngineLoader
from app.pipeline.services.frame_display import FrameDisplay
from app.pipeline.services.frame_store import FrameStore
from app.pipeline.services.import_export import ImportExport
from app.pipeline.services.journal_writer import JournalWriter
from app.pipeline.services.linked_slices import LinkedSlices
from app.pipeline.services.measurement import Measurement
from app.pipeline.services.model_library import ModelTransfers
from app.pipeline.services.playback import Playback
from app.pipeline.services.prefetch import Prefetcher
from app.pipeline.services.preview3d import Preview3D
from app.pipeline.services.propagation_runner import PropagationRunner
from app.pipeline.services.segmentation import Segmentation
from app.pipeline.services.sequence_opener import ActiveSequence, SequenceOpener
from app.pipeline.services.view3d_rendering import View3DRendering
from app.pipeline.services.worklist_sync import WorklistSync
from app.pipeline.workers import priorities
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import Caller, WorkerHandle
from app.session import Session

POOL_SLACK = 2**31
KEPT_LABELS = "labels.txt"
Show = Callable[[Picture | LinkedPictures | View3DPicture], None]
Notice = Callable[[ev.ToastLevel, str], None]


class Services:
    """All parts, wired to each other. sequence: the open one, set by Sequences alone."""

    def __init__(
        self, options: Options, session: Session, post: Callable[[ev.Event], None], show: Show, notice: Notice
    ) -> None:
        self.sequence: ActiveSequence | None = None
        self.decoder_ready = asyncio.Event()
        self.pool = SharedPool.create(options.cache_bytes + POOL_SLACK)
        env = options.environment
        self.decoder = WorkerHandle(
            "decoder", self.pool, nice=priorities.INTERACTIVE, env=env, on_restart=self._restore_decoder
        )
        self.segmenter = WorkerHandle(
            "segmenter", self.pool, nice=priorities.INTERACTIVE, env=env, on_restart=self._restore_segmenter
        )
        self.propagator = WorkerHandle(
            "propagator", self.pool, nice=priorities.BACKGROUND, env=env, on_restart=self._restore_propagator
        )
        self.frames = FrameStore(self.decoder, self.pool, options.cache_bytes)
        self.screen = FrameDisplay(self.frames, self.pool, show, lambda text: notice("error", text))
        self.linking = LinkedSlices(self.decoder, self.pool, session, show, post)
        self.preview = Preview3D(self.pool, env, session)
        self.solid = View3DRendering(self.preview, self.frames, session, show, notice)
        self.measuring = Measurement(self.decoder, session, post, lambda: not self.linking.is_partial)
        self.recorder = JournalWriter(post)
        self.opener = SequenceOpener(self.decoder, options.workspace, options.orientation)
        self.segmentation = Segmentation(self.segmenter, (self.propagator, self.preview), self.frames, post)
        self.propagation = PropagationRunner(self.propagator, post)
        workers = (self.segmenter, self.propagator)
        self.loading = EngineLoader(workers, self.propagation, self.pool, options, post)
        self.librarian = ModelTransfers(options, self.pool, post)
        self.warming = Prefetcher(self.opener, self.decoder, self.segmenter, self.pool, post)
        self.receiving = WorklistSync(options, self.pool, post)
        self.exchange = ImportExport(
            self.pool,
            env,
            session,
            post,
            options.workspace / KEPT_LABELS,
            identify=options.identify,
        )
        self.playback = Playback(lambda frame: post(ev.PlaybackAdvanced(frame)), self.screen.settled)

    @property
    def services(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What runs as long as the pipeline does."""
        return (
            self.screen.run(),
            self.linking.run(),
            self.solid.run(),
            self.measuring.run(),
            self.recorder.run(),
            self.receiving.run(),
            self.warming.run(),
        )

    async def start(self) -> None:
        """Start the workers that need an engine; the decoder, which does not, is waited for elsewhere."""
        await asyncio.gather(self.segmenter.start(), self.propagator.start())

    async def close(self) -> None:
        """End the workers."""
        workers = (self.decoder, self.segmenter, self.propagator)
        await asyncio.gather(
            *(worker.close() for worker in workers),
            self.loading.close(),
            self.librarian.close(),
            self.exchange.close(),
            self.preview.rest(),
        )

    async def _restore_decoder(self, caller: Caller) -> None:
        self.opener.forget_warm()
        await SequenceOpener.restore(caller, self.sequence)

    async def _restore_segmenter(self, caller: Caller) -> None:
        await self.loading.restore(self.segmenter, caller)

    async def _restore_propagator(self, caller: Caller) -> None:
        await self.loading.restore(self.propagator, caller)
        if self.sequence is not None:
            await caller.call("open", **self.sequence.reader)
