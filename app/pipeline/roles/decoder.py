"""The decoder: frames of the open sequences, into shared memory. Runs in the worker process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import cv2
import numpy as np

from app.domain.annotation import SequenceInfo, Window
from app.domain.errors import UsageError
from app.imaging.windowing import auto_window
from app.pipeline.requests.decoder_requests import (
    CloseSourceRequest,
    DecodeAheadReply,
    DecodeAheadRequest,
    FindOtherSeriesRequest,
    FitWindowRequest,
    ListSeriesReply,
    ListSeriesRequest,
    LocateScanRequest,
    MeasureFrameReply,
    MeasureFrameRequest,
    OpenSourceRequest,
    OrientScanRequest,
    OtherSeriesReply,
    ReadAlongRequest,
    ReadFrameRequest,
    ReadNativeRequest,
    ReadPlaneReply,
    ReadPlaneRequest,
    SampleVoxelsRequest,
    ScanPlaceReply,
    VoxelSampleReply,
)
from app.pipeline.roles.source_reading import decode_frame, draw_along, measure_frame, open_spec
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.role import Role, handles
from app.storage.opening import list_series
from app.storage.source import FrameSource
from app.storage.volume.archive.unpacked_study import sweep_unpacked

if TYPE_CHECKING:
    from app.storage.volume.volume_source import VolumeSource

Context = JobContext[None]

# Seconds: a frame that is wanted meanwhile waits for at most this and one slice. Each bite costs a message.
ADVANCE_SECONDS = 0.02


class DecoderRole(Role):
    """Keeps sources open by key."""

    def __init__(self) -> None:
        sweep_unpacked()
        self._sources: dict[str, FrameSource] = {}

    def close(self) -> None:
        for key in list(self._sources):
            self._close(key)

    @handles(OpenSourceRequest)
    def open_source(self, request: OpenSourceRequest, context: Context) -> SequenceInfo:
        self._close(request.key)
        source = self._sources[request.key] = open_spec(request.source)
        return source.info

    @handles(ListSeriesRequest)
    def list_series(self, request: ListSeriesRequest, context: Context) -> ListSeriesReply:
        return ListSeriesReply(list_series(request.path))

    @handles(FindOtherSeriesRequest)
    def find_other_series(self, request: FindOtherSeriesRequest, context: Context) -> OtherSeriesReply:
        from app.storage.volume.other_series import find_other_series

        return OtherSeriesReply(find_other_series(request.path, request.series))

    @handles(LocateScanRequest)
    def locate_scan(self, request: LocateScanRequest, context: Context) -> ScanPlaceReply:
        scan = self._scan(request.key)
        stack = scan.origin.stack
        return ScanPlaceReply(scan.geometry, "" if stack is None else stack.slices[0].reference_uid)

    @handles(ReadAlongRequest)
    def read_along(self, request: ReadAlongRequest, context: Context) -> None:
        np.copyto(context.pool.array(request.target), draw_along(self._scan(request.key), request, context))

    @handles(CloseSourceRequest)
    def close_source(self, request: CloseSourceRequest, context: Context) -> None:
        self._close(request.key)

    @handles(ReadFrameRequest)
    def read_frame(self, request: ReadFrameRequest, context: Context) -> None:
        source = self._sources[request.key]
        decode_frame(source, request.index, context)
        image = source.read(request.index, request.window)
        context.check_cancelled()
        target = context.pool.array(request.target)
        size = (target.shape[1], target.shape[0])
        is_whole = target.shape == image.shape
        np.copyto(target, image if is_whole else cv2.resize(image, size, interpolation=cv2.INTER_AREA))

    @handles(ReadNativeRequest)
    def read_native(self, request: ReadNativeRequest, context: Context) -> None:
        scan = self._scan(request.key)
        decode_frame(scan, request.index, context)
        np.copyto(context.pool.array(request.target), scan.read_native(request.index), casting="unsafe")

    @handles(OrientScanRequest)
    def orient_scan(self, request: OrientScanRequest, context: Context) -> SequenceInfo:
        scan = self._scan(request.key)
        scan.set_orientation(request.orientation, request.along)
        return scan.info

    @handles(ReadPlaneRequest)
    def read_plane(self, request: ReadPlaneRequest, context: Context) -> ReadPlaneReply:
        scan = self._scan(request.key)
        is_ready = scan.is_plane_ready(request.orientation, request.index, request.time)
        image = scan.read_plane(
            request.orientation, request.index, request.window, request.time, partial=True
        )
        context.check_cancelled()
        np.copyto(context.pool.array(request.target), image)
        return ReadPlaneReply(is_partial=not is_ready)

    @handles(FitWindowRequest)
    def fit_window(self, request: FitWindowRequest, context: Context) -> Window:
        scan = self._scan(request.key)
        decode_frame(scan, request.index, context)
        return auto_window(scan.read_native(request.index))

    @handles(MeasureFrameRequest)
    def measure_masks(self, request: MeasureFrameRequest, context: Context) -> MeasureFrameReply:
        scan = self._scan(request.key)
        decode_frame(scan, request.index, context)
        return measure_frame(scan, request.index, request.masks)

    @handles(DecodeAheadRequest)
    def decode_ahead(self, request: DecodeAheadRequest, context: Context) -> DecodeAheadReply:
        scan = self._scan(request.key)
        until = time.monotonic() + ADVANCE_SECONDS
        while scan.decode_next():
            context.check_cancelled()
            if time.monotonic() > until:
                return DecodeAheadReply(is_partial=True)
        return DecodeAheadReply(is_partial=False, damage=tuple(scan.damage))

    @handles(SampleVoxelsRequest)
    def sample_voxels(self, request: SampleVoxelsRequest, context: Context) -> VoxelSampleReply:
        return VoxelSampleReply(self._scan(request.key).sample(context.check_cancelled))

    def _scan(self, key: str) -> VolumeSource:
        source = self._sources.get(key)
        # A video never needs pydicom and SimpleITK, which take a while to import.
        from app.storage.volume.volume_source import VolumeSource

        if not isinstance(source, VolumeSource):
            raise UsageError("Only an open scan can do this.")
        return source

    def _close(self, key: str) -> None:
        source = self._sources.pop(key, None)
        if source is not None:
            source.close()
