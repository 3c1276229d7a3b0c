"""Pictures of the second series: another scan of the study where the frame lies in the patient, or another clip of it
at the same time from its beginning.

A worker of its own reads it, started with the first picture and stopped with the last, so that frames and clicks never
wait for it.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Color, Mask, Ring, SequenceInfo, SeriesPlace, Window
from app.domain.errors import (
    FramewiseError,
    SequenceError,
    SeveralSeries,
    WorkerDied,
    WorkerHung,
)
from app.domain.frame_order import order_of
from app.domain.linked_frames import linked_frame, linked_time_point
from app.imaging import masks
from app.imaging.polygons import trace_polygons
from app.imaging.reslicing import LARGEST_SIDE, finer_by
from app.imaging.volume_geometry import plane_of
from app.messages.events import Event, SecondSeriesFailed, SecondSeriesOffered, SecondSeriesOpened
from app.messages.orders import FindOtherSeries
from app.messages.picture import SecondPicture
from app.messages.snapshot import Snapshot
from app.pipeline.requests.decoder_requests import (
    DecoderKind,
    FindOtherSeriesRequest,
    LocateScanRequest,
    OpenSourceRequest,
    ReadAlongRequest,
    ReadFrameRequest,
    ScanPlaceReply,
)
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.mask_reader import MaskReader
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.workers import priorities
from app.pipeline.workers.lazy_worker import LazyWorker
from app.pipeline.workers.protocol import ArrayRef, Cancelled
from app.pipeline.workers.request import Request
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import Caller, WorkerHandle

PAUSE_SECONDS = 0.03  # between two pictures, so that walking through slices does not queue each of them
KEY = "second"  # names the series to its worker
RETRIES = 2  # times in a row that a lost worker's picture is tried again
Layers = tuple[tuple[Mask, Color], ...]


@dataclass(frozen=True, slots=True)
class SecondRequest:
    """Content of the picture."""

    info: SequenceInfo
    frame: int
    place: SeriesPlace
    window: Window | None
    layers: Layers  #: masks whose outlines are drawn


class SecondSeriesDisplay(Service):
    """Makes the picture of the newest request."""

    def __init__(
        self,
        decoder: WorkerHandle[DecoderKind],
        pool: SharedPool,
        env: Mapping[str, str],
        reader: MaskReader,
        show: Callable[[SecondPicture], None],
        post: Callable[[Event], None],
    ) -> None:
        """Prepare to show. decoder: the worker in which the open sequence is."""
        self._decoder, self._pool, self._reader = decoder, pool, reader
        self._show, self._post = show, post
        self._sequence: ActiveSequence | None = None
        self._request: SecondRequest | None = None
        self._wanted = asyncio.Event()
        self._worker = LazyWorker(
            lambda: WorkerHandle(
                DecoderKind, pool, nice=priorities.PREVIEW, env=env, on_restart=self._restore
            )
        )
        self._open: tuple[SeriesPlace, SourceSpec, SequenceInfo] | None = None
        #: of the sequence and of the series, None for clips
        self._places: tuple[ScanPlaceReply, ScanPlaceReply] | None = None
        self._is_stale = False  #: it was opened beside another sequence
        self._rings: dict[Mask, tuple[Ring, ...]] = {}
        self._losses = 0
        self._busy = asyncio.Lock()

    def register(self, orders: OrderTable) -> None:
        orders.add(FindOtherSeries, lambda _order: self._find())

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Serve another sequence, or none."""
        self._sequence, self._request = sequence, None
        self._is_stale = True
        self._wanted.set()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Request another picture when what it shows has changed."""
        sequence, state = self._sequence, snapshot.sequence
        request = None
        if sequence is not None and state.info == sequence.info and state.second and not state.second.trouble:
            # Masks lie in the patient's coordinates, which clips have none of.
            has_places = snapshot.view.overlay_visible and sequence.info.kind == "volume"
            layers = self._reader.colored_layers(state.frame) if has_places else ()
            second = state.second
            request = SecondRequest(sequence.info, state.frame, second.place, second.window, layers)
        if request != self._request:
            self._request = request
            self._wanted.set()

    async def run(self) -> None:
        """Serve requests until cancelled; a newer request replaces one that waits."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(PAUSE_SECONDS)
            self._wanted.clear()
            sequence, request = self._sequence, self._request
            try:
                if sequence is None or request is None:
                    # While the annotator chooses a series the worker waits for it.
                    if sequence is None or self._open is not None:
                        await self.close()
                else:
                    await self._make_picture(sequence, request)
                    self._losses = 0
            except Cancelled:
                continue
            except (WorkerDied, WorkerHung) as error:
                self._losses += 1
                self._fail(request, error) if self._losses > RETRIES else self._wanted.set()
            except (FramewiseError, OSError) as error:
                self._fail(request, error)

    async def close(self) -> None:
        """Stop the worker."""
        async with self._busy:
            self._open = self._places = None
            self._rings.clear()
            await self._worker.close()

    async def _find(self) -> None:
        sequence = self._sequence
        if sequence is None:
            return
        async with self._busy:
            worker = await self._worker.started()
            found = await worker.call(FindOtherSeriesRequest(sequence.path, sequence.series))
        if sequence is self._sequence:
            self._post(SecondSeriesOffered(found.places))

    async def _make_picture(self, sequence: ActiveSequence, request: SecondRequest) -> None:
        async with self._busy:
            gray = await self._read(sequence, request)
        image, outlines = await asyncio.to_thread(self._drawn, gray, request.layers)
        if sequence is self._sequence:
            info = request.info
            self._show(
                SecondPicture(info.path, info.orientation, request.frame, request.place, image, outlines)
            )

    async def _read(self, sequence: ActiveSequence, request: SecondRequest) -> NDArray[np.uint8]:
        """Return what belongs to the frame, uint8 (h, w, 3): a part of the series, or a frame of the clip."""
        if self._open is None or self._open[0] != request.place or self._is_stale:
            await self._open_series(sequence, request.place)
        assert self._open is not None
        info, there = request.info, self._open[2]
        if self._places is None:
            frame = linked_frame(info, request.frame, there)
            return await self._read_clip(frame, there, info)
        assert info.orientation is not None
        geometry, order = self._places[0].geometry, order_of(info)
        plane = plane_of(info)
        finer = finer_by(plane, self._places[1].geometry)
        place = (geometry, info.orientation, order.slice_of(request.frame), finer)
        time = linked_time_point(order.time_of(request.frame), order.times, there.time_points)
        return await self._fetch(
            (plane.height * finer, plane.width * finer, 3),
            lambda target: ReadAlongRequest(KEY, *place, target, request.window, time),
        )

    async def _read_clip(self, frame: int, there: SequenceInfo, here: SequenceInfo) -> NDArray[np.uint8]:
        """Return a frame of another clip in the middle of one as large as ours, or several times as large."""
        room = LARGEST_SIDE // max(here.width, here.height)
        finer = max(min(round(max(there.width / here.width, there.height / here.height)), room), 1)
        height, width = here.height * finer, here.width * finer
        scale = min(height / there.height, width / there.width)
        tall, wide = max(round(there.height * scale), 1), max(round(there.width * scale), 1)
        found = await self._fetch((tall, wide, 3), lambda target: ReadFrameRequest(KEY, frame, target))
        top, left = (height - tall) // 2, (width - wide) // 2
        picture = np.zeros((height, width, 3), np.uint8)
        picture[top : top + tall, left : left + wide] = found
        return picture

    async def _fetch(
        self, shape: tuple[int, int, int], request: Callable[[ArrayRef], Request[DecoderKind, None, None]]
    ) -> NDArray[np.uint8]:
        """Return the pixels that the worker writes for a request, uint8 of a shape."""
        with self._pool.lend(shape, "uint8") as target:
            worker = await self._worker.started()
            await worker.call(request(target))
            return self._pool.array(target).copy()

    def _drawn(
        self, gray: NDArray[np.uint8], layers: Layers
    ) -> tuple[NDArray[np.uint8], tuple[tuple[Color, tuple[Ring, ...]], ...]]:
        """Return a picture as RGBA, and the rings of masks with their colours."""
        known, self._rings = self._rings, {}
        for mask, _ in layers:
            if mask not in known:
                polygons = trace_polygons(masks.decode(mask))
                known[mask] = tuple(ring for polygon in polygons for ring in polygon.rings)
            self._rings[mask] = known[mask]
        outlines = tuple((color, self._rings[mask]) for mask, color in layers)
        return np.asarray(cv2.cvtColor(gray, cv2.COLOR_RGB2RGBA), np.uint8), outlines

    async def _open_series(self, sequence: ActiveSequence, place: SeriesPlace) -> None:
        """Open a series in the worker. Raises SequenceError where it cannot be linked to the open one."""
        worker = await self._worker.started()
        spec = SourceSpec(Path(place.path), place.series, sequence.workspace.index_folder)
        self._open = self._places = None
        try:
            info = await worker.call(OpenSourceRequest(KEY, spec))
        except SeveralSeries as several:
            raise SequenceError(
                "There are several series in it.",
                subject=place.title,
                remedy="Open its folder to choose one.",
            ) from several
        if info.kind != sequence.info.kind:
            what = "scan" if sequence.info.kind == "volume" else "clip"
            raise SequenceError(f"It is no {what}, so its frames cannot be linked.", subject=place.title)
        if info.kind == "volume":
            here = await self._decoder.call(LocateScanRequest(sequence.key))
            there = await worker.call(LocateScanRequest(KEY))
            _require_same_patient_space(here, there, place)
            self._places = (here, there)
        self._open, self._is_stale = (place, spec, info), False
        self._rings.clear()
        self._post(SecondSeriesOpened(place, info.window))

    async def _restore(self, caller: Caller[DecoderKind]) -> None:
        """Open the series in a worker that took the place of a lost one."""
        if self._open is not None:
            await caller.call(OpenSourceRequest(KEY, self._open[1]))

    def _fail(self, request: SecondRequest | None, error: Exception) -> None:
        self._losses = 0
        if request is not None:
            self._post(SecondSeriesFailed(request.place, str(error)))


def _require_same_patient_space(here: ScanPlaceReply, there: ScanPlaceReply, place: SeriesPlace) -> None:
    """Raise SequenceError where it is not known which places of two scans are the same in the patient."""
    if here.geometry.affine is None:
        raise SequenceError(
            "The open scan does not say how it lies in the patient, so no other one can be shown beside it."
        )
    if there.geometry.affine is None:
        raise SequenceError("It does not say how it lies in the patient.", subject=place.title)
    if here.reference and there.reference and here.reference != there.reference:
        raise SequenceError(
            "It has another frame of reference: what lies at the same place in the patient is not known.",
            subject=place.title,
            remedy="Register the two series, or open the other one by itself.",
        )
