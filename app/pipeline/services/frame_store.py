"""Frame cache of the open sequence: least recently used out first, filled by the decoder worker, with a byte budget."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import SequenceInfo, Window
from app.domain.errors import StorageFull, WorkerDied, WorkerHung
from app.pipeline.requests.decoder_requests import DecoderKind, ReadFrameRequest, ReadNativeRequest
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.service import Service
from app.pipeline.workers.job import Job
from app.pipeline.workers.protocol import ArrayRef, Cancelled, Slot
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle

AHEAD = 6  # frames decoded in advance; chosen by hand, more delays the frame after a jump
CHANNELS = 3  # bytes of a pixel, RGB
Key = tuple[str, int, Window | None]


@dataclass(slots=True)
class CachedFrame:
    """A frame in the cache, decoded or being decoded."""

    slot: Slot
    ref: ArrayRef
    job: Job[None, None]  #: its decoding
    pins: int = 0  #: readers that use it now
    ahead: bool = False  #: decoded in advance, not requested yet
    dropped: bool = False  #: out of the cache, to be freed when its last reader is done


class FrameStore(Service):
    """Lends frames by index; keeps recently used ones, and reads ahead in the direction of navigation."""

    def __init__(self, decoder: WorkerHandle[DecoderKind], pool: SharedPool, budget: int) -> None:
        """Begin without a sequence. budget: bytes of decoded frames to keep."""
        self._decoder = decoder
        self._pool = pool
        self._budget = budget
        self._entries: OrderedDict[Key, CachedFrame] = OrderedDict()
        self._key = ""
        self._info: SequenceInfo | None = None
        self._last = 0

    @property
    def used(self) -> int:
        """Bytes of decoded frames in the cache."""
        return sum(entry.slot.nbytes for entry in self._entries.values())

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Serve another sequence, or none."""
        for stale in list(self._entries):
            self._drop(stale)
        self._key = sequence.key if sequence is not None else ""
        self._info, self._last = sequence.info if sequence is not None else None, 0

    @asynccontextmanager
    async def frame(
        self, index: int, window: Window | None = None, is_visited: bool = True
    ) -> AsyncIterator[ArrayRef]:
        """Lend frame index, uint8 (h, w, 3) RGB in the pool, for the time of the block.

        is_visited: whether the annotator is there, so that the frames after it are decoded too.

        Raises SequenceError when it cannot be decoded, WorkerDied when the decoder died over it, Cancelled
        when the sequence has been left.
        """
        key = (self._key, index, window)
        entry = await self._decoded(key)
        try:
            if is_visited:
                self._read_ahead(index, window)
            yield entry.ref
        finally:
            self._unpin(key, entry)

    async def native(self, index: int) -> NDArray[np.float32] | None:
        """Return the intensities of a scan's frame, (h, w); None where there is no room. Raises as frame does."""
        if self._info is None:
            raise Cancelled
        try:
            with self._pool.lend((self._info.height, self._info.width), "float32") as target:
                await self._decoder.call(ReadNativeRequest(self._key, index, target))
                return self._pool.array(target).copy()
        except StorageFull:
            return None

    async def _decoded(self, key: Key) -> CachedFrame:
        """Return the entry of a frame, pinned; a decoder that is lost over it is replaced and tried once more."""
        try:
            return await self._awaited(key)
        except (WorkerDied, WorkerHung):
            return await self._awaited(key)

    async def _awaited(self, key: Key) -> CachedFrame:
        entry = self._pin(key)
        try:
            await entry.job.result
        except BaseException:
            self._unpin(key, entry)
            raise
        return entry

    def _pin(self, key: Key) -> CachedFrame:
        entry = self._entries.get(key)
        if entry is None:
            self._stop_reading_ahead()
            entry = self._request(key)
        self._entries.move_to_end(key)
        entry.pins += 1
        entry.ahead = False
        return entry

    def _unpin(self, key: Key, entry: CachedFrame) -> None:
        entry.pins -= 1
        if entry.job.has_failed and self._entries.get(key) is entry:
            self._drop(key)
        self._release(entry)
        self._trim()

    def _request(self, key: Key) -> CachedFrame:
        if self._info is None:
            raise Cancelled
        shape = (self._info.height, self._info.width, CHANNELS)
        nbytes = shape[0] * shape[1] * CHANNELS
        self._trim(nbytes)
        slot = self._pool.allocate(nbytes)
        if slot is None:
            raise StorageFull("No room for another frame.", remedy="Give the frame cache more memory.")
        ref = ArrayRef.of(slot, shape, "uint8")
        job = self._decoder.submit(ReadFrameRequest(key[0], key[1], ref, key[2]))
        entry = self._entries[key] = CachedFrame(slot, ref, job)
        return entry

    def _read_ahead(self, index: int, window: Window | None) -> None:
        """Decode the next frames in the direction of the last step."""
        if self._info is None:
            return
        direction = -1 if index < self._last else 1
        self._last = index
        room = max(self._budget // max(self._info.height * self._info.width * CHANNELS, 1) - 2, 0)
        for distance in range(1, min(AHEAD, room) + 1):
            ahead = index + direction * distance
            key = (self._key, ahead, window)
            if 0 <= ahead < self._info.frames and key not in self._entries:
                self._request(key).ahead = True

    def _stop_reading_ahead(self) -> None:
        """Cancel decoding in advance, so that a requested frame comes first."""
        for key, entry in list(self._entries.items()):
            if entry.ahead and not entry.job.has_ended and entry.pins == 0:
                self._drop(key)

    def _trim(self, wanted: int = 0) -> None:
        excess = self.used + wanted - self._budget
        for key, entry in list(self._entries.items()):
            if excess <= 0:
                return
            if entry.pins == 0 and entry.job.has_ended:
                excess -= entry.slot.nbytes
                self._drop(key)

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key)
        entry.dropped = True
        entry.job.cancel()
        if entry.job.has_ended:
            self._release(entry)
        else:
            entry.job.on_end(lambda: self._release(entry))

    def _release(self, entry: CachedFrame) -> None:
        """Free a dropped frame once neither the decoder nor a reader uses it."""
        if entry.dropped and entry.job.has_ended and entry.pins == 0:
            entry.dropped = False
            self._pool.free(entry.slot)
