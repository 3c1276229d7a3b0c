"""Measurement of a scan's objects, kept up to date: only frames whose masks changed are measured again."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from app.domain.annotation import Extent, Mask, SequenceInfo
from app.domain.errors import FramewiseError
from app.domain.frame_order import order_of
from app.imaging.measures import FrameMeasure, combine_measures, grid_of
from app.imaging.volume_geometry import geometry_of, plane_of
from app.messages.events import Event, Noticed, ScanMeasured
from app.messages.snapshot import Snapshot
from app.pipeline.requests.decoder_requests import DecoderKind, FramePart, MeasureFrameRequest
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.mask_reader import MaskReader
from app.pipeline.services.service import Service
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.worker_handle import WorkerHandle

SETTLE_SECONDS = 0.3  # without a change before measuring begins; chosen by hand
PAUSE_SECONDS = 0.005  # between two frames, so that the annotator's own requests get the decoder
Frames = dict[int, dict[int, Mask]]
Parts = dict[tuple[int, int], tuple[Mask, FrameMeasure | None]]


class Measurement(Service):
    """Measures while nothing changes. is_loaded: returns whether all slices are decoded, which is waited for."""

    def __init__(
        self,
        decoder: WorkerHandle[DecoderKind],
        masks: MaskReader,
        post: Callable[[Event], None],
        is_loaded: Callable[[], bool],
    ) -> None:
        self._decoder, self._masks, self._post = decoder, masks, post
        self._info: SequenceInfo | None = None
        self._time = 0
        self._is_loaded = is_loaded
        self._sequence: ActiveSequence | None = None
        self._parts: Parts = {}
        self._seen: object = None
        self._wanted = asyncio.Event()

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Serve another sequence, or none."""
        is_scan = sequence is not None and sequence.info.kind == "volume"
        self._sequence = sequence if is_scan else None
        self._parts, self._seen = {}, None

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Measure anew when masks or objects have changed."""
        self._info = snapshot.sequence.info
        if self._sequence is None or self._info != self._sequence.info:
            return
        self._time = order_of(self._info).time_of(snapshot.sequence.frame)
        seen = (self._masks.version, snapshot.sequence.objects, self._time)
        if seen != self._seen:
            self._seen = seen
            self._wanted.set()

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await asyncio.sleep(SETTLE_SECONDS)
            sequence = self._sequence
            if sequence is None or self._info != sequence.info:
                continue
            if self._wanted.is_set() or not self._is_loaded():
                self._wanted.set()
                continue
            try:
                await self._measure(sequence)
            except Cancelled:
                continue
            except FramewiseError as error:
                if sequence is not self._sequence:
                    continue
                self._post(Noticed("warning", f"The objects cannot be measured: {error}"))

    async def _measure(self, sequence: ActiveSequence) -> None:
        cells = self._masks.masks()
        self._parts = {key: known for key, known in self._parts.items() if key in cells}
        for frame, masks in _changed(cells, self._parts).items():
            await self._measure_frame(sequence, frame, masks)
            await asyncio.sleep(PAUSE_SECONDS)
            # After the pause: frames of a scan that was turned meanwhile are not those of the decoder any more.
            if self._wanted.is_set() or sequence is not self._sequence:
                return
        extents = await asyncio.to_thread(_extents, sequence, dict(self._parts), self._time)
        if sequence is self._sequence:
            self._post(ScanMeasured(extents))

    async def _measure_frame(self, sequence: ActiveSequence, frame: int, masks: Mapping[int, Mask]) -> None:
        reply = await self._decoder.call(MeasureFrameRequest(sequence.key, frame, tuple(masks.items())))
        if sequence is self._sequence:
            for object_id, packed in reply.parts:
                self._parts[frame, object_id] = (masks[object_id], _part(frame, packed))


def _changed(cells: Mapping[tuple[int, int], Mask], known: Parts) -> Frames:
    frames: Frames = {}
    for (frame, object_id), mask in cells.items():
        before = known.get((frame, object_id))
        if before is None or before[0] != mask:
            frames.setdefault(frame, {})[object_id] = mask
    return frames


def _part(frame: int, packed: FramePart | None) -> FrameMeasure | None:
    if packed is None:
        return None
    points = np.frombuffer(packed.outline, np.float64).reshape(-1, 3)
    return FrameMeasure(
        frame, packed.pixels, points, packed.count, packed.mean, packed.squares, packed.weight
    )


def _extents(sequence: ActiveSequence, parts: Parts, time: int) -> tuple[tuple[int, Extent], ...]:
    """Return the sizes of the objects at a time point."""
    here = order_of(sequence.info).frames_at(time)
    grid = grid_of(geometry_of(sequence.info), plane_of(sequence.info))
    if grid.to_patient is not None:
        grid = replace(grid, to_patient=lambda points: points)  # the decoder did it
    by_object: dict[int, list[FrameMeasure]] = {}
    for (frame, object_id), (_, part) in parts.items():
        if part is not None and frame in here:
            by_object.setdefault(object_id, []).append(part)
    found = ((object_id, combine_measures(own, grid)) for object_id, own in sorted(by_object.items()))
    return tuple(
        (object_id, Extent(one.volume, one.diameter, one.mean, one.deviation)) for object_id, one in found
    )
