"""Display of frames: frame and masks always of the same index, always the newest request."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.domain.adjustment import Adjustment
from app.domain.annotation import Color, Mask, SequenceInfo
from app.domain.errors import FramewiseError
from app.imaging.adjusting import adjust_picture
from app.messages.orders import ShowFrame
from app.messages.picture import Picture
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.frame_store import FrameStore
from app.pipeline.services.overlay import paint_overlay, with_alpha
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool

Layers = tuple[tuple[Mask, Color], ...]
_log = logging.getLogger(__name__)


class FrameDisplay(Service):
    """Makes a Picture of the newest frame requested; requests that come meanwhile replace each other."""

    def __init__(
        self,
        frames: FrameStore,
        pool: SharedPool,
        publish: Callable[[Picture], None],
        complain: Callable[[FramewiseError], None],
    ) -> None:
        self._frames = frames
        self._pool = pool
        self._publish = publish
        self._complain = complain
        self._request: tuple[SequenceInfo, ShowFrame] | None = None
        self._info: SequenceInfo | None = None
        self._wanted = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._image: tuple[object, NDArray[np.uint8]] | None = None
        self._intensities: tuple[tuple[SequenceInfo, int], NDArray[np.float32] | None] | None = None
        self._overlay: tuple[tuple[SequenceInfo, Layers], NDArray[np.uint8] | None] | None = None

    def register(self, orders: OrderTable) -> None:
        orders.add(ShowFrame, self.show_frame)

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Show frames of another sequence."""
        self._info = sequence.info if sequence is not None else None

    def show_frame(self, order: ShowFrame) -> None:
        """Request a frame with its masks."""
        if self._info is None:
            return
        self._request = (self._info, order)
        self._idle.clear()
        self._wanted.set()

    async def settled(self) -> None:
        """Wait until the newest request is on the screen or has failed."""
        await self._idle.wait()

    async def run(self) -> None:
        """Serve requests until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            request, self._request = self._request, None
            if request is None:
                continue
            try:
                picture = await self._picture(*request)
                self._publish(picture)
                if request[0].kind == "volume" and picture.native is None and self._request is None:
                    native = await self._native(request[0], request[1].frame)
                    self._publish(replace(picture, native=native))
            except Cancelled:
                _log.debug("frame %d was not wanted any more", request[1].frame)
            except FramewiseError as error:
                self._complain(error)
            if self._request is None:
                self._idle.set()

    async def _picture(self, info: SequenceInfo, order: ShowFrame) -> Picture:
        overlay = await self._painted(info, order.layers)
        image = await self._pixels(info, order)
        known = self._intensities
        native = known[1] if known is not None and known[0] == (info, order.frame) else None
        view = info.orientation, info.along
        return Picture(info.path, order.frame, image, overlay, *view, order.drawn, native)

    async def _pixels(self, info: SequenceInfo, order: ShowFrame) -> NDArray[np.uint8]:
        key = (info, order.frame, order.window, order.adjustment)
        if self._image is None or self._image[0] != key:
            async with self._frames.frame(order.frame, order.window) as ref:
                pixels = await asyncio.to_thread(_adjusted, self._pool.array(ref), order.adjustment)
            self._image = (key, pixels)
        return self._image[1]

    async def _native(self, info: SequenceInfo, frame: int) -> NDArray[np.float32] | None:
        """Return the intensities of a scan's frame."""
        if self._intensities is None or self._intensities[0] != (info, frame):
            self._intensities = ((info, frame), await self._frames.native(frame))
        return self._intensities[1]

    async def _painted(self, info: SequenceInfo, layers: Layers) -> NDArray[np.uint8] | None:
        key = (info, layers)
        if self._overlay is None or self._overlay[0] != key:
            painted = None
            if layers:
                painted = await asyncio.to_thread(paint_overlay, layers, info.height, info.width)
            self._overlay = (key, painted)
        return self._overlay[1]


def _adjusted(image: NDArray[np.uint8], adjustment: Adjustment) -> NDArray[np.uint8]:
    """Return uint8 (h, w, 3) RGB as it is to be shown, uint8 (h, w, 4) RGBA."""
    return with_alpha(adjust_picture(image, adjustment))
