"""Small pictures for the timeline and the cuts of a film, made by a background worker while nothing else is wanted."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import FramewiseError
from app.messages.events import CutsFound, Event
from app.messages.picture import ThumbnailPictures, Tile
from app.messages.snapshot import Snapshot, TimelineState
from app.pipeline.requests.thumbnailer_requests import (
    CompareFramesRequest,
    OpenFilmRequest,
    ReadThumbnailRequest,
    ThumbnailerKind,
)
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.contact_sheet import tile_size
from app.pipeline.services.service import Service
from app.pipeline.workers import priorities
from app.pipeline.workers.lazy_worker import LazyWorker
from app.pipeline.workers.protocol import ArrayRef, Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import Caller, WorkerHandle
from app.storage.workspace.frame_differences import FrameDifferences, differences_path

CACHED_BYTES = 16 << 20  # of pictures: two thousand of 64 pixels height
# After a request, so that zooming asks once and an opened sequence shows its frame first
SETTLE_SECONDS = 0.3
SHOW_SECONDS = 0.2  # between two publications while pictures are made; chosen by hand
COMPARED = 32  # frames compared in one job, a fraction of a second: a request for pictures waits no longer
SAVED = 1024  # frames compared between two writes of the file
IDLE_SECONDS = 20.0  # without work after which the worker ends and gives its memory back
_log = logging.getLogger(__name__)


class TimelinePictures(Service):
    """Makes what the newest Snapshot's timeline has room for, then looks for cuts. Films and folders of images only."""

    def __init__(
        self,
        pool: SharedPool,
        env: Mapping[str, str],
        post: Callable[[Event], None],
        show: Callable[[ThumbnailPictures], None],
    ) -> None:
        self._pool, self._env, self._post, self._show = pool, env, post, show
        self._sequence: ActiveSequence | None = None
        self._request = TimelineState()
        self._is_busy = self._is_starting = False
        self._wanted = asyncio.Event()
        self.worker = LazyWorker(self._make_worker)
        self._open: ActiveSequence | None = None
        self._kept: OrderedDict[object, NDArray[np.uint8]] = OrderedDict()

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Serve another sequence, or none."""
        self._sequence, self._request = sequence, TimelineState()
        self._kept.clear()
        self._wanted.set()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Take what the timeline has room for.

        All waits for the program's first engine, whose loading is what a person waits for; cuts also wait while the
        film plays and while masks are propagated.
        """
        if self._sequence is None or snapshot.sequence.info != self._sequence.info:
            return
        is_busy = snapshot.playback.playing or snapshot.propagation is not None
        is_starting = snapshot.models.loading is not None and not snapshot.models.engine
        news = (snapshot.timeline, is_busy, is_starting)
        if news != (self._request, self._is_busy, self._is_starting):
            self._request, self._is_busy, self._is_starting = news
            self._wanted.set()

    async def close(self) -> None:
        """Stop the worker; a call that is cancelled leaves it to the next one."""
        await self.worker.close()
        self._open = None

    async def run(self) -> None:
        """Serve requests until cancelled; a newer one replaces the one under way."""
        while True:
            try:
                await asyncio.wait_for(self._wanted.wait(), IDLE_SECONDS)
            except TimeoutError:
                await self.close()
                await self._wanted.wait()
            self._wanted.clear()
            await asyncio.sleep(SETTLE_SECONDS)
            sequence = self._sequence
            if self._open is not None and self._open is not sequence:
                await self.close()
            if self._wanted.is_set() or self._is_starting:
                continue
            if sequence is None or not self._request.stretches:
                continue
            try:
                await self._make_pictures(sequence)
                if sequence.info.kind == "video" and not self._is_busy:
                    await self._find_cuts(sequence)
            except Cancelled:
                continue
            except (FramewiseError, OSError) as error:
                _log.warning("the timeline of %s is not complete: %s", sequence.info.name, error)

    async def _make_pictures(self, sequence: ActiveSequence) -> None:
        request, shown_at = self._request, 0.0
        size = tile_size(sequence.info, request.size)
        found: list[Tile] = []
        for start, stop in request.stretches:
            with suppress(FramewiseError):
                found.append(Tile(start, await self._read(sequence, start, stop, size)))
            if self._wanted.is_set():
                return
            if time.monotonic() - shown_at > SHOW_SECONDS:
                self._show(ThumbnailPictures(sequence.info.path, tuple(found)))
                shown_at = time.monotonic()
        self._show(ThumbnailPictures(sequence.info.path, tuple(found)))

    async def _read(
        self, sequence: ActiveSequence, start: int, stop: int, size: tuple[int, int]
    ) -> NDArray[np.uint8]:
        """Return a picture of a stretch, uint8 (h, w, 4) RGBA."""
        key = (sequence.key, start, stop, size)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        shape = (size[1], size[0], 3)
        slot = self._pool.allocate(size[0] * size[1] * 3)
        if slot is None:
            raise Cancelled
        try:
            worker = await self._worker_for(sequence)
            await worker.call(ReadThumbnailRequest(start, stop, ArrayRef.of(slot, shape, "uint8")))
            pixels = self._pool.view(slot, shape, np.uint8)
            image = np.dstack((pixels, np.full(shape[:2], 255, np.uint8)))
        finally:
            self._pool.free(slot)
        self._kept[key] = image
        while sum(kept.nbytes for kept in self._kept.values()) > CACHED_BYTES:
            self._kept.popitem(last=False)
        return image

    async def _find_cuts(self, sequence: ActiveSequence) -> None:
        """Compare the frames that are not compared yet; what was found is kept, also when this ends early."""
        path = differences_path(sequence.workspace.index_folder, sequence.fingerprint)
        known = await asyncio.to_thread(FrameDifferences.load, path, sequence.info.frames)
        self._post(CutsFound(sequence.info.path, known.cuts()))
        unsaved = 0
        try:
            while (start := known.next_unknown()) is not None and not self._wanted.is_set():
                stop = min(start + COMPARED, sequence.info.frames)
                worker = await self._worker_for(sequence)
                reply = await worker.call(CompareFramesRequest(start, stop))
                known.steps[start:stop] = np.frombuffer(reply.steps, np.float32)
                known.dissolves[start:stop] = np.frombuffer(reply.dissolves, np.float32)
                unsaved += stop - start
                if unsaved >= SAVED or stop == sequence.info.frames:
                    await asyncio.to_thread(known.save, path)
                    self._post(CutsFound(sequence.info.path, known.cuts()))
                    unsaved = 0
        finally:
            if unsaved and self._sequence is sequence:
                known.save(path)

    async def _worker_for(self, sequence: ActiveSequence) -> WorkerHandle[ThumbnailerKind]:
        """Return the worker with a sequence open in it."""
        worker = await self.worker.started()
        if self._open is not sequence:
            await worker.call(OpenFilmRequest(sequence.source))
            self._open = sequence
        return worker

    def _make_worker(self) -> WorkerHandle[ThumbnailerKind]:
        nice = priorities.BACKGROUND
        return WorkerHandle(ThumbnailerKind, self._pool, nice=nice, env=self._env, on_restart=self._restore)

    async def _restore(self, caller: Caller[ThumbnailerKind]) -> None:
        if self._open is not None:
            await caller.call(OpenFilmRequest(self._open.source))
