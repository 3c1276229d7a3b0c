"""All workers and services of a pipeline, wired to each other."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.errors import FramewiseError, SourceOutOfReach
from app.messages import events as ev
from app.messages.picture import AnyPicture
from app.pipeline.options import Options
from app.pipeline.requests.decoder_requests import DecoderKind
from app.pipeline.requests.propagator_requests import OpenFramesRequest, PropagatorKind
from app.pipeline.requests.segmenter_requests import SegmenterKind
from app.pipeline.services.area_measurement import AreaMeasurement
from app.pipeline.services.contact_sheet import ContactSheet
from app.pipeline.services.dicom_network import DicomNetwork
from app.pipeline.services.engine_loader import EngineLoader
from app.pipeline.services.frame_display import FrameDisplay
from app.pipeline.services.frame_store import FrameStore
from app.pipeline.services.import_export import ImportExport
from app.pipeline.services.journal_writer import JournalWriter
from app.pipeline.services.linked_slices import LinkedSlices
from app.pipeline.services.mask_editor import MaskEditor
from app.pipeline.services.mask_reader import MaskReader
from app.pipeline.services.measurement import Measurement
from app.pipeline.services.model_library import ModelTransfers
from app.pipeline.services.night_runner import NightRunner
from app.pipeline.services.outline_tracing import OutlineTracer
from app.pipeline.services.picture_inspection import PictureInspection
from app.pipeline.services.playback import Playback
from app.pipeline.services.prefetch import Prefetcher
from app.pipeline.services.preview3d import Preview3D
from app.pipeline.services.propagation_runner import PropagationRunner
from app.pipeline.services.second_series_display import SecondSeriesDisplay
from app.pipeline.services.segmentation import Segmentation
from app.pipeline.services.sequence_manager import SequenceManager, SequenceServices
from app.pipeline.services.sequence_opener import SequenceOpener
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.services.tier_lists import TierLists
from app.pipeline.services.timeline_pictures import TimelinePictures
from app.pipeline.services.view3d_rendering import View3DRendering
from app.pipeline.services.worklist_sync import WorklistSync
from app.pipeline.workers import priorities
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import Caller, WorkerHandle

# Bytes of shared memory beside the frame cache, for pictures in flight; pages that are not touched cost nothing.
POOL_SLACK = 2**31
KEPT_LABELS, KEPT_TIERS = "labels.txt", "tiers.json"
Show = Callable[[AnyPicture], None]


@dataclass(frozen=True, slots=True)
class SequenceWorkers:
    """The workers that serve the open sequence, one for each role."""

    decoder: WorkerHandle[DecoderKind]
    segmenter: WorkerHandle[SegmenterKind]
    propagator: WorkerHandle[PropagatorKind]

    def pid(self, role: str) -> int | None:
        """Return the process id of the worker of a role, None while it has no process. Raises KeyError."""
        pids = {
            "decoder": self.decoder.pid,
            "segmenter": self.segmenter.pid,
            "propagator": self.propagator.pid,
        }
        return pids[role]

    async def close(self) -> None:
        """End the workers."""
        await asyncio.gather(self.decoder.close(), self.segmenter.close(), self.propagator.close())


class Services:
    """Owner of the workers and services of one Pipeline. Belongs to the event loop's thread."""

    def __init__(
        self,
        options: Options,
        masks: MaskReader,
        post: Callable[[ev.Event], None],
        show: Show,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """Wire everything; nothing runs yet. spawn: starts a task in the background."""
        self.pool = pool = SharedPool.create(options.cache_bytes + POOL_SLACK)
        self._environment = env = options.environment
        self._workers = workers = self._make_workers(env)
        self.opener = SequenceOpener(workers.decoder, options.workspace, options.orientation)
        self.frames = FrameStore(workers.decoder, pool, options.cache_bytes)
        self.journal_writer = JournalWriter(post)
        self.preview3d = Preview3D(pool, env, masks)
        self._timeline_pictures = TimelinePictures(pool, env, post, show)
        self.import_export = ImportExport(
            pool,
            env,
            self.journal_writer,
            post,
            options.workspace / KEPT_LABELS,
            identify=options.identify,
            check_pictures=options.check_pictures,
        )
        self.tier_lists = TierLists(options.workspace / KEPT_TIERS, post)
        worklist = WorklistSync(options, pool, masks, self.journal_writer.flush, post)
        self._inspection = PictureInspection(options, pool, post, worklist.note_inspected)
        night = NightRunner(options, post)
        followers: tuple[Service, ...] = (
            self.journal_writer,
            self.import_export,
            self.tier_lists,
            self.frames,
            *self._make_display_services(masks, post, show),
            *self._make_model_services(options, masks, post),
            OutlineTracer(post),
            self._inspection,
            DicomNetwork(options.network, self.import_export, post),
            MaskEditor(self.frames, self.pool, post),
            Prefetcher(self.opener, workers.decoder, workers.segmenter, pool, post),
            worklist,
            night,
        )
        driven = SequenceServices(
            self.opener,
            self.journal_writer,
            self.import_export,
            worklist,
            night,
            workers.decoder,
            workers.propagator,
        )
        self.sequences = SequenceManager(driven, followers, options, post, spawn)
        self.all: tuple[Service, ...] = (*followers, self.sequences)

    def _make_workers(self, env: Mapping[str, str]) -> SequenceWorkers:
        urgent, background = priorities.INTERACTIVE, priorities.BACKGROUND
        return SequenceWorkers(
            WorkerHandle(DecoderKind, self.pool, nice=urgent, env=env, on_restart=self._restore_decoder),
            WorkerHandle(SegmenterKind, self.pool, nice=urgent, env=env, on_restart=self._restore_segmenter),
            WorkerHandle(
                PropagatorKind, self.pool, nice=background, env=env, on_restart=self._restore_propagator
            ),
        )

    def _make_display_services(
        self, masks: MaskReader, post: Callable[[ev.Event], None], show: Show
    ) -> tuple[Service, ...]:
        """Return the services that make what the views show: frames, linked slices, 3D, measures, playback."""

        def notice(level: ev.ToastLevel, text: str) -> None:
            post(ev.Noticed(level, text))

        def complain(error: FramewiseError) -> None:
            is_away = isinstance(error, SourceOutOfReach)
            post(ev.FrameOutOfReach(str(error)) if is_away else ev.Noticed("error", str(error)))

        decoder = self._workers.decoder
        display = FrameDisplay(self.frames, self.pool, show, complain)
        slices = LinkedSlices(decoder, self.pool, masks, show, post)
        return (
            display,
            slices,
            SecondSeriesDisplay(decoder, self.pool, self._environment, masks, show, post),
            ContactSheet(decoder, self.pool, masks, show),
            self._timeline_pictures,
            self.preview3d,
            View3DRendering(self.preview3d, self.frames, show, notice),
            Measurement(decoder, masks, post, lambda: not slices.is_partial),
            AreaMeasurement(masks, post),
            Playback(
                lambda frame: post(ev.PlaybackAdvanced(frame)), lambda: post(ev.UnseenDue()), display.settled
            ),
        )

    def _make_model_services(
        self, options: Options, masks: MaskReader, post: Callable[[ev.Event], None]
    ) -> tuple[Service, ...]:
        """Return the services that run the models: clicks, propagation, loading of engines, model files."""
        segmenter, propagator, engine_ready = (
            self._workers.segmenter,
            self._workers.propagator,
            asyncio.Event(),
        )
        propagation = PropagationRunner(propagator, post, engine_ready)
        self._engine_loader = EngineLoader(
            segmenter, propagator, propagation, self.pool, options, post, engine_ready
        )
        return (
            Segmentation(
                segmenter,
                (propagator, self.preview3d.worker, self._timeline_pictures.worker, self._inspection),
                self.frames,
                masks,
                post,
            ),
            propagation,
            self._engine_loader,
            ModelTransfers(options, self.pool, post),
        )

    def order_table(self) -> OrderTable:
        """Return the orders with the services that carry them out. Raises LookupError for one without a service."""
        orders = OrderTable()
        for service in self.all:
            service.register(orders)
        orders.check_complete()
        return orders

    def worker_pid(self, role: str) -> int | None:
        """Return the process id of a worker, None while it has no process."""
        if role == "inspector":
            return self._inspection.pid
        if role == "thumbnailer":
            return self._timeline_pictures.worker.pid
        return self.preview3d.worker.pid if role == "renderer" else self._workers.pid(role)

    async def start_decoder(self) -> None:
        """Start the worker that opens sequences, which needs no engine."""
        await self._workers.decoder.start()
        self.sequences.decoder_ready.set()

    async def start_engine_workers(self) -> None:
        """Start the workers that need an engine."""
        await asyncio.gather(self._workers.segmenter.start(), self._workers.propagator.start())

    async def close(self) -> None:
        """End all workers."""
        await asyncio.gather(self._workers.close(), *(service.close() for service in self.all))

    async def _restore_decoder(self, caller: Caller[DecoderKind]) -> None:
        self.opener.forget_ahead()
        await SequenceOpener.restore(caller, self.sequences.current)

    async def _restore_segmenter(self, caller: Caller[SegmenterKind]) -> None:
        await self._engine_loader.restore(self._workers.segmenter, caller)

    async def _restore_propagator(self, caller: Caller[PropagatorKind]) -> None:
        await self._engine_loader.restore(self._workers.propagator, caller)
        if self.sequences.current is not None:
            await caller.call(OpenFramesRequest(self.sequences.current.source))
