"""Linked slices: pictures of a scan's two other directions, which follow cross-hairs, window and masks."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Color, Orientation, Point, SequenceInfo, Window
from app.domain.errors import FramewiseError
from app.domain.frame_order import order_of
from app.domain.object_colors import paint_colors
from app.imaging.volume_geometry import ORIENTATIONS, SlicePlane, geometry_of, place_of
from app.messages.events import Event, Noticed
from app.messages.picture import LinkedPicture, LinkedPictures
from app.messages.snapshot import Snapshot
from app.pipeline.requests.decoder_requests import (
    DecodeAheadRequest,
    DecoderKind,
    ReadPlaneRequest,
    SampleVoxelsRequest,
)
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.label_stack import LabelStack
from app.pipeline.services.mask_reader import Layers, MaskReader
from app.pipeline.services.service import Service
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle
from app.storage.workspace.voxel_sample_file import has_sample, write_sample

PAUSE_SECONDS = 0.03  # between two pictures, so that moving the cross-hairs does not queue every position
LOADING_SECONDS = 0.4  # of decoding between two pictures of a partly decoded scan; chosen by hand
MOST_NOTICES = 3  # damages of one scan that are shown, chosen by hand so that the frame stays visible
Gray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SliceRequest:
    """Content of the pictures."""

    info: SequenceInfo
    frame: int
    cross: Point | None
    window: Window | None
    colors: tuple[tuple[int, Color], ...]  #: by paint value
    hidden: frozenset[int]  #: ids of objects that are not painted
    version: int  #: of the masks
    opacity: float  #: of the masks, in [0, 1]; 0 where they are hidden


class LinkedSlices(Service):
    """Makes the pictures of the newest request; decodes the other slices of the scan meanwhile."""

    def __init__(
        self,
        decoder: WorkerHandle[DecoderKind],
        pool: SharedPool,
        masks: MaskReader,
        show: Callable[[LinkedPictures], None],
        post: Callable[[Event], None],
    ) -> None:
        self._decoder, self._pool, self._masks = decoder, pool, masks
        self._show, self._post = show, post
        self._sequence: ActiveSequence | None = None
        self._stack: LabelStack | None = None
        self._request: SliceRequest | None = None
        self._wanted = asyncio.Event()
        self.is_partial = False  #: some slices are still to be decoded
        self._known: dict[Orientation, tuple[object, Gray]] = {}

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Serve another sequence, or none."""
        is_scan = sequence is not None and sequence.info.kind == "volume"
        self._sequence = sequence if is_scan else None
        self._stack, self._request, self.is_partial = None, None, is_scan
        self._known.clear()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Request new pictures when what they show has changed."""
        sequence, view = self._sequence, snapshot.view
        if sequence is None or not view.linked or snapshot.sequence.info != sequence.info:
            return
        opacity = view.opacity if view.overlay_visible else 0.0
        request = SliceRequest(
            sequence.info,
            snapshot.sequence.frame,
            snapshot.sequence.cross,
            view.window,
            tuple(paint_colors(snapshot.labels, snapshot.sequence.objects).items()),
            snapshot.sequence.hidden,
            self._masks.version,
            opacity,
        )
        if request != self._request:
            self._request = request
            self._wanted.set()

    async def run(self) -> None:
        """Serve requests until cancelled; a newer request replaces one that waits."""
        while True:
            await self._wait()
            self._wanted.clear()
            sequence, request = self._sequence, self._request
            if sequence is None or request is None:
                continue
            try:
                await self._make_pictures(sequence, request)
            except Cancelled:
                continue
            except (FramewiseError, OSError) as error:
                if sequence is not self._sequence:
                    continue
                self.is_partial = False
                self._post(Noticed("error", f"The other directions cannot be shown: {error}"))

    async def _wait(self) -> None:
        """Wait for a request, or for more decoded slices."""
        while self.is_partial and self._sequence is not None and not self._wanted.is_set():
            if await self._decode(self._sequence):
                break
        else:
            await self._wanted.wait()
        await asyncio.sleep(PAUSE_SECONDS)

    async def _decode(self, sequence: ActiveSequence) -> bool:
        """Decode for a while in small steps; return whether it is time for another picture."""
        until = asyncio.get_running_loop().time() + LOADING_SECONDS
        while not self._wanted.is_set() and sequence is self._sequence:
            try:
                reply = await self._decoder.call(DecodeAheadRequest(sequence.key))
            except (FramewiseError, Cancelled):
                self.is_partial = False
                return False
            if not reply.is_partial:
                self.is_partial = False
                for damage in reply.damage[:MOST_NOTICES]:
                    self._post(Noticed("warning", damage))
                await self._keep_sample(sequence)
                return True
            if asyncio.get_running_loop().time() > until:
                return True
        return False

    async def _keep_sample(self, sequence: ActiveSequence) -> None:
        """Keep what masks are found by where the scan is cropped or extended later."""
        folder = sequence.workspace.folder
        with suppress(
            FramewiseError, Cancelled, OSError
        ):  # without it that work is kept, but not carried over
            if not await asyncio.to_thread(has_sample, folder):
                reply = await self._decoder.call(SampleVoxelsRequest(sequence.key))
                if reply.sample is not None:
                    await asyncio.to_thread(write_sample, folder, reply.sample)

    async def _make_pictures(self, sequence: ActiveSequence, request: SliceRequest) -> None:
        order = order_of(request.info)
        stack = await self._updated_stack(
            sequence, self._masks.all_layers(), order.frames_at(order.time_of(request.frame))
        )
        geometry = geometry_of(request.info)
        voxel = place_of(request.info, request.frame, request.cross)
        pictures = []
        for orientation in ORIENTATIONS:
            if orientation != request.info.orientation:
                plane = geometry.plane(orientation)
                index = plane.locate_voxel(voxel)[0]
                gray = await self._read_slice(sequence, plane, index, request)
                image = await asyncio.to_thread(_painted, gray, stack.slice(plane, index), request)
                pictures.append(LinkedPicture(orientation, index, image))
        if sequence is self._sequence and request.info.orientation is not None:
            self._show(
                LinkedPictures(request.info.path, request.info.orientation, tuple(pictures), self.is_partial)
            )

    async def _updated_stack(
        self, sequence: ActiveSequence, layers: dict[int, Layers], frames: range
    ) -> LabelStack:
        """Return the stack with the masks of the frames of a time point."""
        stack = self._stack
        if stack is None:
            folder = sequence.workspace.index_folder
            await asyncio.to_thread(folder.mkdir, exist_ok=True)
            stack = await asyncio.to_thread(LabelStack, sequence.info, folder)
            self._stack = stack if sequence is self._sequence else None
        here = {index: layers[frame] for index, frame in enumerate(frames) if frame in layers}
        await asyncio.to_thread(stack.update, here)
        return stack

    async def _read_slice(
        self, sequence: ActiveSequence, plane: SlicePlane, index: int, wanted: SliceRequest
    ) -> Gray:
        """Return a windowed slice, uint8 (h, w, 3)."""
        time = order_of(wanted.info).time_of(wanted.frame)
        key = (index, wanted.window, time)
        known = self._known.get(plane.orientation)
        if known is not None and known[0] == key:
            return known[1]
        with self._pool.lend((plane.height, plane.width, 3), "uint8") as target:
            request = ReadPlaneRequest(sequence.key, plane.orientation, index, target, wanted.window, time)
            reply = await self._decoder.call(request)
            gray = self._pool.array(target).copy()
        if not reply.is_partial:
            self._known[plane.orientation] = (key, gray)
        return gray


def _painted(gray: Gray, values: NDArray[np.uint8], request: SliceRequest) -> NDArray[np.uint8]:
    """Return a slice with its masks, uint8 (h, w, 4) RGBA."""
    image = np.asarray(cv2.cvtColor(gray, cv2.COLOR_RGB2RGBA), np.uint8)
    if request.opacity > 0 and values.any():
        palette = np.full((256, 3), 255, np.uint8)
        for value, color in request.colors:
            palette[value] = color
        colors = palette[values]
        shares = np.where(values > 0, np.float32(request.opacity), np.float32(0))[..., None]
        image[..., :3] = (image[..., :3] * (1 - shares) + colors * shares + 0.5).astype(np.uint8)
    return image
