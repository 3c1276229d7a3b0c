"""Client of the renderer worker: sends changed masks and requests 3D pictures."""

import asyncio
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import SequenceInfo
from app.domain.camera import OrbitCamera
from app.domain.errors import UsageError
from app.domain.frame_order import FrameOrder, order_of
from app.domain.object_colors import paint_colors, paint_value
from app.imaging.volume_geometry import geometry_of, plane_of
from app.messages.snapshot import Snapshot
from app.pipeline.requests.renderer_requests import (
    OpenPreviewRequest,
    PlaneSpec,
    RendererKind,
    RenderRequest,
    SetColorsRequest,
    SetMasksRequest,
)
from app.pipeline.services.mask_reader import Layers, MaskReader
from app.pipeline.services.service import Service
from app.pipeline.workers import priorities
from app.pipeline.workers.lazy_worker import LazyWorker
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import Caller, WorkerHandle

_CANCEL_GRACE: Final = 30.0  # seconds; a picture cannot be stopped halfway, and is slow on a busy processor
_BATCH_FRAMES: Final = 64  # frames of masks in one message, chosen by hand
_BATCH_BYTES: Final = 4 * 2**20  # bytes of masks in one message, a fraction of the protocol's limit


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Camera and settings of a picture of the volume."""

    size: tuple[int, int]  #: width and height of the picture
    camera: OrbitCamera = field(default_factory=OrbitCamera)
    opacity: float = 1.0  #: of the surfaces, 0 to 1
    hidden: Collection[int] = ()  #: values of labels
    close: bool = False
    frame: int | None = None  #: that stands in the volume as a plane
    image: ArrayRef | None = None  #: its pixels, uint8 (h, w, 3) RGB
    quality: Literal["coarse", "full"] = "full"


@dataclass(frozen=True, slots=True)
class Rendering:
    """A picture of the renderer."""

    image: NDArray[np.uint8]  #: (h, w, 4) RGBA
    is_fine: bool  #: a full one would not look better


class Preview3D(Service):
    """Keeps the renderer's label volume in step with the masks. The first picture starts the worker, stop stops it."""

    def __init__(self, pool: SharedPool, env: Mapping[str, str], masks: MaskReader) -> None:
        self._pool = pool
        self._env = env
        self._masks = masks
        self._snapshot = Snapshot()
        self.worker = LazyWorker(self._make_worker)
        self._open: SequenceInfo | None = None
        self._colors: object = None
        self._order: object = None
        self._sent: dict[int, Layers] = {}  # by slice
        self._stale: set[int] = set()
        self._time = 0
        self._lives = 0
        self._busy = asyncio.Lock()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Take sequence, labels and objects of the next picture."""
        self._snapshot = snapshot

    async def close(self) -> None:
        """Stop the worker."""
        await self.stop()

    @property
    def is_behind(self) -> bool:
        """Whether the last picture lacks masks that have changed."""
        return bool(self._stale)

    def mark_changed(self, frames: Collection[int]) -> None:
        """Note that the masks of these frames have changed."""
        self._stale.update(frames)

    async def stop(self) -> None:
        """Stop the worker until the next picture, since it holds much memory."""
        async with self._busy:
            self._mark_all_changed()
            await self.worker.close()

    async def render(self, sight: Viewpoint) -> NDArray[np.uint8]:
        """Return a picture of all masks as surfaces, uint8 (h, w, 4) RGBA."""
        self.mark_changed(self._masks.frames())
        while True:
            drawn = await self.draw(sight)
            if not self.is_behind:
                return drawn.image

    async def draw(self, sight: Viewpoint, patience: float = 1.0) -> Rendering:
        """Return a picture; masks that are not sent within patience seconds come with the next one."""
        info = self._snapshot.sequence.info
        if info is None:
            raise UsageError("No sequence is open.", remedy="Open one first.")
        async with self._busy:
            while True:
                life = self._lives
                await self._send_changes(info, asyncio.get_running_loop().time() + patience)
                drawn = await self._picture(sight)
                # A renderer that took the place of a dead one has drawn an empty volume.
                if life == self._lives:
                    return drawn

    async def _send_changes(self, info: SequenceInfo, until: float) -> None:
        """Send the changes since the last picture."""
        worker = await self.worker.started()
        state = self._snapshot
        if self._open != info:
            self._mark_all_changed()
            await worker.call(_open_request(info))
            self._open = info
        layout = order_of(info)
        if self._time != (time := layout.time_of(state.sequence.frame)):
            self._time = time
            self.mark_changed({*self._masks.frames(), *(layout.frame(time, index) for index in self._sent)})
        colors = paint_colors(state.labels, state.sequence.objects)
        if self._colors != colors:
            await worker.call(SetColorsRequest(colors))
            self._colors = colors
        order = [label.value for label in state.labels], state.sequence.objects, state.view3d.left_out
        if self._order != order:
            self.mark_changed({*self._masks.frames(), *(layout.frame(time, index) for index in self._sent)})
            self._order = order
        # Another sequence may be open by now, whose masks do not belong here.
        while self._stale and self._snapshot.sequence.info == info:
            await self._send(worker, layout)
            if asyncio.get_running_loop().time() > until:
                return

    async def _send(self, worker: WorkerHandle[RendererKind], layout: FrameOrder) -> None:
        """Send some of the slices that changed; those of other time points are not shown."""
        left_out = self._snapshot.view3d.left_out
        self._stale = {frame for frame in self._stale if layout.time_of(frame) == self._time}
        frames = sorted(self._stale)[:_BATCH_FRAMES]
        self._stale.difference_update(frames)
        batch: dict[int, Layers] = {}
        room = _BATCH_BYTES
        for frame in frames:
            layers, index = self._masks.layers(frame, left_out), layout.slice_of(frame)
            if layers == self._sent.get(index, ()):
                continue
            if room <= 0:
                self._stale.add(frame)
                continue
            batch[index] = layers
            room -= sum(len(mask.counts) for _, mask in layers)
        if not batch:
            return
        try:
            await worker.call(SetMasksRequest(tuple(batch.items())))
        except BaseException:
            self._stale.update(layout.frame(self._time, index) for index in batch)
            raise
        self._sent.update(batch)

    async def _picture(self, sight: Viewpoint) -> Rendering:
        worker = await self.worker.started()
        width, height = sight.size
        camera = sight.camera
        with self._pool.lend((height, width, 4), "uint8") as target:
            request = RenderRequest(
                target,
                camera.azimuth,
                camera.elevation,
                camera.zoom,
                shift=(camera.right, camera.up),
                opacity=sight.opacity,
                hidden=self._hidden_values(sight.hidden),
                plane=None if sight.frame is None else PlaneSpec(self._slice(sight.frame), image=sight.image),
                quality=sight.quality,
                focus="labels" if sight.close else "volume",
            )
            reply = await worker.call(request)
            return Rendering(self._pool.array(target).copy(), reply.is_fine)

    def _hidden_values(self, labels: Collection[int]) -> tuple[int, ...]:
        """Return the paint values of the objects of some labels that no other object shares."""
        objects = self._snapshot.sequence.objects
        shown = {paint_value(item.object_id) for item in objects if item.label not in labels}
        return tuple(
            sorted({paint_value(item.object_id) for item in objects if item.label in labels} - shown)
        )

    def _slice(self, frame: int) -> int:
        info = self._snapshot.sequence.info
        return frame if info is None else order_of(info).slice_of(frame)

    def _make_worker(self) -> WorkerHandle[RendererKind]:
        return WorkerHandle(
            RendererKind,
            self._pool,
            nice=priorities.PREVIEW,
            cancel_grace=_CANCEL_GRACE,
            env={**self._env, "VTK_SMP_MAX_THREADS": str(_threads())},
            on_restart=self._restore,
        )

    async def _restore(self, caller: Caller[RendererKind]) -> None:
        """Open the volume in a restarted renderer; all masks are sent again with the next picture."""
        self._lives += 1
        info = self._open
        self._mark_all_changed()
        if info is not None:
            await caller.call(_open_request(info))
            self._open = info

    def _mark_all_changed(self) -> None:
        """Mark everything to be sent again."""
        self._open, self._colors, self._order = None, None, None
        self._sent = {}
        self._stale = self._masks.frames()


def _open_request(info: SequenceInfo) -> OpenPreviewRequest:
    """Return the geometry of a sequence's volume, whose frames may be slices in any direction of a scan."""
    if info.kind != "volume":
        return OpenPreviewRequest((info.frames, info.height, info.width))
    grid = geometry_of(info).frame_grid(plane_of(info))
    return OpenPreviewRequest(grid.shape, grid.spacing, grid.direction)


def _threads() -> int:
    """Return the number of VTK's threads, which leaves one processor to the window.

    Measured on two processors: a second thread made no picture faster, but one frame in 160 take over 50 ms.
    """
    return max(1, (os.cpu_count() or 1) - 1)
