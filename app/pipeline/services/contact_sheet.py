"""Contact sheet: small pictures of the frames that are seen on it, masks painted, made one after the other."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Color, Label, Mask, Object, SequenceInfo, Window
from app.domain.errors import FramewiseError, StorageFull
from app.imaging import masks
from app.imaging.picture_scale import pixel_aspect
from app.imaging.volume_geometry import plane_of
from app.messages.picture import Tile, TilePictures
from app.messages.snapshot import Snapshot
from app.pipeline.requests.decoder_requests import DecoderKind, ReadFrameRequest
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.mask_reader import MaskReader
from app.pipeline.services.service import Service
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle

CACHED_BYTES = 96 << 20  # of pictures without masks: a thousand tiles of the middle size
SHOW_SECONDS = 0.1  # between two publications while tiles are made; chosen by hand
Layers = tuple[tuple[Mask, Color], ...]
Pixels = NDArray[np.uint8]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TileRequest:
    """The tiles that are seen, and what they depend on."""

    info: SequenceInfo
    frames: tuple[int, ...]  #: in the order of the sheet
    size: tuple[int, int]  #: width and height at most, screen pixels
    window: Window | None
    labels: tuple[Label, ...]
    objects: tuple[Object, ...]
    hidden: frozenset[int]  #: ids of objects that are not painted
    version: int  #: of the masks
    opacity: float  #: of the masks, in [0, 1]; 0 where they are hidden

    @property
    def place(self) -> object:
        """The settings of pictures that are read; when others change, only masks are painted again."""
        return self.info, self.frames, self.size, self.window


class ContactSheet(Service):
    """Makes the tiles of the newest request; one decoding at a time, so that a frame that is wanted comes soon."""

    def __init__(
        self,
        decoder: WorkerHandle[DecoderKind],
        pool: SharedPool,
        reader: MaskReader,
        show: Callable[[TilePictures], None],
    ) -> None:
        self._decoder, self._pool, self._reader, self._show = decoder, pool, reader, show
        self._sequence: ActiveSequence | None = None
        self._request: TileRequest | None = None
        self._wanted = asyncio.Event()
        self._bare: OrderedDict[object, Pixels] = OrderedDict()
        self._painted: dict[int, tuple[object, Tile]] = {}

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Serve another sequence, or none."""
        self._sequence, self._request = sequence, None
        self._bare.clear()
        self._painted.clear()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Request the tiles that are seen when what they show has changed."""
        sequence, sheet, view = self._sequence, snapshot.sheet, snapshot.view
        is_shown = sheet.shown and min(sheet.tile) > 0
        if sequence is None or snapshot.sequence.info != sequence.info or not is_shown:
            self._request = None
            return
        opacity = view.opacity if view.overlay_visible else 0.0
        request = TileRequest(
            sequence.info,
            sheet.order[slice(*sheet.seen)] or tuple(range(*sheet.seen)),
            sheet.tile,
            view.window,
            snapshot.labels,
            snapshot.sequence.objects,
            snapshot.sequence.hidden,
            self._reader.version,
            opacity,
        )
        if request != self._request:
            self._request = request
            self._wanted.set()

    async def run(self) -> None:
        """Serve requests until cancelled; a newer request replaces the one under way."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            sequence, request = self._sequence, self._request
            if sequence is not None and request is not None:
                await self._make_tiles(sequence, request)

    async def _make_tiles(self, sequence: ActiveSequence, request: TileRequest) -> None:
        """Make the tiles one by one; masks that change meanwhile are painted in the next pass."""
        wanted, shown_at = request.frames, 0.0
        self._painted = {frame: known for frame, known in self._painted.items() if frame in wanted}
        for frame in wanted:
            try:
                await self._paint(sequence, request, frame)
            except (Cancelled, StorageFull):
                return
            except FramewiseError as error:
                _log.warning("no tile of frame %d: %s", frame, error)
            if self._request is None or self._request.place != request.place:
                return
            if time.monotonic() - shown_at > SHOW_SECONDS:
                self._publish(request)
                shown_at = time.monotonic()
        self._publish(request)

    def _publish(self, request: TileRequest) -> None:
        tiles = tuple(tile for _, tile in self._painted.values())
        self._show(TilePictures(request.info.path, request.info.orientation, request.info.along, tiles))

    async def _paint(self, sequence: ActiveSequence, request: TileRequest, frame: int) -> None:
        """Bring the tile of a frame up to date."""
        size = tile_size(request.info, request.size)
        layers = self._reader.colored_layers(frame) if request.opacity > 0 else ()
        key = (size, request.window, layers, request.opacity)
        known = self._painted.get(frame)
        if known is not None and known[0] == key:
            return
        bare = await self._read(sequence, request, frame, size)
        image = await asyncio.to_thread(paint_tile, bare, layers, request.opacity, request.info)
        if sequence is self._sequence:
            self._painted[frame] = (key, Tile(frame, image))

    async def _read(
        self, sequence: ActiveSequence, request: TileRequest, frame: int, size: tuple[int, int]
    ) -> Pixels:
        """Return a frame at a size (width, height), uint8 (h, w, 3)."""
        key = (frame, size, request.window)
        if key in self._bare:
            self._bare.move_to_end(key)
            return self._bare[key]
        with self._pool.lend((size[1], size[0], 3), "uint8") as target:
            await self._decoder.call(ReadFrameRequest(sequence.key, frame, target, request.window))
            pixels = self._pool.array(target).copy()
        if sequence is self._sequence:
            self._bare[key] = pixels
            while sum(image.nbytes for image in self._bare.values()) > CACHED_BYTES:
                self._bare.popitem(last=False)
        return pixels


def tile_size(info: SequenceInfo, most: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of a tile: a whole frame at its true aspect within a size."""
    aspect = pixel_aspect(info)
    scale = min(most[0] / info.width, most[1] / (info.height * aspect))
    return max(round(info.width * scale), 1), max(round(info.height * aspect * scale), 1)


def paint_tile(bare: Pixels, layers: Layers, opacity: float, info: SequenceInfo) -> Pixels:
    """Return a small frame with its masks, uint8 (h, w, 4) RGBA, turned as the frame is shown on the canvas."""
    image = bare.astype(np.float32)
    size = (bare.shape[1], bare.shape[0])
    for mask, color in layers:
        share = cv2.resize(masks.decode(mask).astype(np.float32), size, interpolation=cv2.INTER_AREA)
        share = share[..., None] * np.float32(opacity)
        image += (np.array(color, np.float32) - image) * share
    painted = np.asarray(cv2.cvtColor((image + 0.5).astype(np.uint8), cv2.COLOR_RGB2RGBA), np.uint8)
    if info.kind == "volume":
        plane = plane_of(info)
        painted = painted[:: -1 if plane.flip_y else 1, :: -1 if plane.flip_x else 1]
    return np.ascontiguousarray(painted)
