"""The propagator: masks of reference frames onto all others. Runs in the worker process."""

from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Window
from app.domain.errors import UsageError
from app.domain.frame_order import order_of
from app.models.engine import Engine, PreparingEngine
from app.models.engine_loading import load_engine
from app.pipeline.requests.engine_requests import LoadEngineReply, LoadEngineRequest, LoadProgress
from app.pipeline.requests.propagator_requests import (
    AddMasksRequest,
    BeginPropagationRequest,
    FitEngineRequest,
    OpenFramesRequest,
    OrientFramesRequest,
    PrepareFramesRequest,
    PropagatedFrame,
    PropagateRequest,
)
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.roles.cut_watch import CutWatch
from app.pipeline.roles.frames_ahead import ReadFrame
from app.pipeline.roles.load_reporting import report_load
from app.pipeline.roles.propagation_pass import MaskSets, propagate_masks
from app.pipeline.roles.source_reading import decode_frame, open_spec
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.role import Role, handles
from app.storage.source import FrameSource


class PropagatorRole(Role):
    """Reads frames by itself, so that the frames on screen and these do not wait for each other."""

    setup_request = LoadEngineRequest

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._source: FrameSource | None = None
        self._spec: SourceSpec | None = None
        self._mask_sets = MaskSets()

    def close(self) -> None:
        self._forget_prepared()
        if self._source is not None:
            self._source.close()
            self._source = None

    @handles(LoadEngineRequest)
    def load_engine(self, request: LoadEngineRequest, context: JobContext[LoadProgress]) -> LoadEngineReply:
        engine = load_engine(request.name, request.device, request.threads, report_load(context))
        self._forget_prepared()
        self._engine = engine
        return LoadEngineReply(engine.name, engine.device)

    @handles(OpenFramesRequest)
    def open_source(self, request: OpenFramesRequest, context: JobContext[None]) -> None:
        self.close()
        self._spec = request.source
        self._opened()

    @handles(OrientFramesRequest)
    def orient_scan(self, request: OrientFramesRequest, context: JobContext[None]) -> None:
        # A video never needs pydicom and SimpleITK, which take a while to import.
        from app.storage.volume.volume_source import VolumeSource

        self._forget_prepared()
        if self._spec is not None:
            self._spec = replace(self._spec, orientation=request.orientation, along=request.along)
        if isinstance(self._source, VolumeSource):
            self._source.set_orientation(request.orientation, request.along)

    @handles(FitEngineRequest)
    def fit_engine(self, request: FitEngineRequest, context: JobContext[None]) -> None:
        if isinstance(self._engine, PreparingEngine):
            self._engine.fit_size(self._frame_reader(context, request.window)(request.frame))

    @handles(PrepareFramesRequest)
    def prepare_frames(self, request: PrepareFramesRequest, context: JobContext[None]) -> None:
        engine = self._engine
        if not isinstance(engine, PreparingEngine):
            return
        read = self._frame_reader(context, request.window)
        for frame in request.frames:
            if not engine.prepare_frame(frame, read(frame), request.center):
                return

    @handles(BeginPropagationRequest)
    def begin_propagation(self, request: BeginPropagationRequest, context: JobContext[None]) -> None:
        time_of = order_of(self._opened().info).time_of
        self._mask_sets = MaskSets(lines=dict(request.lines), time_of=time_of)

    @handles(AddMasksRequest)
    def add_masks(self, request: AddMasksRequest, context: JobContext[None]) -> None:
        target = self._mask_sets.named(request.mask_set)
        for frame, object_id, mask in request.masks:
            target[(frame, object_id)] = mask

    @handles(PropagateRequest)
    def propagate_masks(self, request: PropagateRequest, context: JobContext[PropagatedFrame]) -> None:
        mask_sets, self._mask_sets = self._mask_sets, MaskSets()
        if self._engine is None:
            raise UsageError("There is no engine to propagate with.")
        read = self._frame_reader(context, request.window)
        watch = None
        if request.stops_at_cuts and self._source is not None:
            watch = CutWatch(read, self._source.info.frames, frozenset(request.crossed))
        tracker = self._engine.tracker()
        with closing(propagate_masks(request.passes, mask_sets, tracker, read, watch)) as results:
            for found in results:
                context.progress(found)

    def _opened(self) -> FrameSource:
        """Return the source; it is opened now where its drive was away. Raises SequenceError, UsageError."""
        if self._source is None:
            if self._spec is None:
                raise UsageError("There is no sequence to propagate in.")
            self._source = open_spec(self._spec)
        return self._source

    def _forget_prepared(self) -> None:
        if isinstance(self._engine, PreparingEngine):
            self._engine.clear_frames()

    def _frame_reader(self, context: JobContext[Any], window: Window | None) -> ReadFrame:
        """Return a function that reads frames until the job is cancelled."""
        source = self._opened()

        def read(frame: int) -> NDArray[np.uint8]:
            context.check_cancelled()
            decode_frame(source, frame, context)
            return source.read(frame, window)

        return read
