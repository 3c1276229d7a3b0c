"""3D pictures of the masks: tells the renderer what changed, and asks for pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from app import masks
from app.annotation import Mask, SequenceInfo
from app.errors import UsageError
from app.pipeline.pool import SharedPool
from app.pipeline.protocol import ArrayRef, Slot
from app.pipeline.supervisor import Caller, Worker
from app.session import Session
from app.session.state import State
from app.volume_geometry import geometry_of, plane_of

BATCH_BYTES = 32 * 2**20
Layers = tuple[tuple[int, Mask], ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """How to look. size: width, height of the picture; degrees; opacity in [0, 1]; hidden: label values."""

    size: tuple[int, int]
    azimuth: float = 30.0
    elevation: float = 20.0
    zoom: float = 1.0
    opacity: float = 1.0
    hidden: tuple[int, ...] = ()
    quality: Literal["coarse", "full"] = "full"


class Previewing:
    """Keeps the renderer's label volume in step with the session; the worker starts when it is needed first."""

    def __init__(self, pool: SharedPool, env: Mapping[str, str], session: Session) -> None:
        self._worker = Worker("renderer", pool, nice=5, env=env, on_restart=self._restore)
        self._pool = pool
        self._session = session
        self._is_started = False
        self._open: SequenceInfo | None = None
        self._sent: dict[int, Layers] = {}
        self._busy = asyncio.Lock()

    async def close(self) -> None:
        """Stop the worker."""
        if self._is_started:
            await self._worker.close()

    async def render(self, sight: Sight) -> NDArray[np.uint8]:
        """Return a picture of all masks as surfaces, uint8 (h, w, 4) RGBA."""
        info = self._session.state.sequence
        if info is None:
            raise UsageError("No sequence is open.", remedy="Open one first.")
        async with self._busy:
            await self._follow(info)
            return await self._picture(sight)

    async def _follow(self, info: SequenceInfo) -> None:
        """Send the frames that changed since the last picture."""
        if not self._is_started:
            await self._worker.start()
            self._is_started = True
        if self._open != info:
            await self._worker.call("open", **_volume(info))
            self._open, self._sent = info, {}
        state = self._session.state
        colors = {label.value: label.color for label in state.labels}
        await self._worker.call("colors", colors=colors)
        now = _layers(state)
        changed = [
            frame for frame in now.keys() | self._sent.keys() if now.get(frame) != self._sent.get(frame)
        ]
        for batch in _batches(sorted(changed), info):
            await self._send(batch, now, info)
        self._sent = now

    async def _send(self, frames: Sequence[int], now: Mapping[int, Layers], info: SequenceInfo) -> None:
        shape = (len(frames), info.height, info.width)
        slot = self._allocate(shape[0] * shape[1] * shape[2])
        try:
            target = self._pool.view(slot, shape, np.uint8)
            for place, frame in enumerate(frames):
                layers = now.get(frame, ())
                target[place] = await asyncio.to_thread(masks.paint, layers, info.height, info.width)
            await self._worker.call("slices", first=frames[0], labels=ArrayRef.of(slot, shape, "uint8"))
        finally:
            self._pool.free(slot)

    async def _picture(self, sight: Sight) -> NDArray[np.uint8]:
        width, height = sight.size
        shape = (height, width, 4)
        slot = self._allocate(width * height * 4)
        try:
            await self._worker.call(
                "render",
                target=ArrayRef.of(slot, shape, "uint8"),
                azimuth=sight.azimuth,
                elevation=sight.elevation,
                zoom=sight.zoom,
                opacity=sight.opacity,
                hidden=list(sight.hidden),
                quality=sight.quality,
            )
            return self._pool.view(slot, shape, np.uint8).copy()
        finally:
            self._pool.free(slot)

    def _allocate(self, nbytes: int) -> Slot:
        slot = self._pool.allocate(nbytes)
        if slot is None:
            raise UsageError("There is no room for a picture.", remedy="Close other sequences.")
        return slot

    async def _restore(self, caller: Caller) -> None:
        """A renderer that comes back knows nothing: everything is sent again with the next picture."""
        self._sent = {}
        if self._open is not None:
            await caller.call("open", **_volume(self._open))


def _volume(info: SequenceInfo) -> dict[str, Any]:
    """The grid of the frames: of a scan as they lie in the patient, else a solid in space and time."""
    if info.kind != "volume":
        return {"shape": [info.frames, info.height, info.width], "spacing": None, "direction": None}
    return asdict(geometry_of(info).framed(plane_of(info)))


def _layers(state: State) -> dict[int, Layers]:
    """What is painted on each frame: label values and masks, lower rows of the list last."""
    rows = {label.value: row for row, label in enumerate(state.labels)}
    values = {item.object_id: item.label for item in state.objects}
    found: dict[int, list[tuple[int, int, Mask]]] = {}
    for (frame, object_id), cell in state.cells.items():
        value = values[object_id]
        found.setdefault(frame, []).append((rows.get(value, len(rows)), value, cell.mask))
    return {
        frame: tuple((value, mask) for _, value, mask in sorted(items, key=lambda item: item[0]))
        for frame, items in found.items()
    }


def _batches(frames: Sequence[int], info: SequenceInfo) -> list[list[int]]:
    """Runs of neighbouring frames that fit into a slot each."""
    most = max(BATCH_BYTES // (info.height * info.width), 1)
    batches: list[list[int]] = []
    for frame in frames:
        if batches and batches[-1][-1] == frame - 1 and len(batches[-1]) < most:
            batches[-1].append(frame)
        else:
            batches.append([frame])
    return batches
