"""Prefetcher of the next sequences in the worklist, while the annotator is still on this one."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from app.domain.annotation import SequenceInfo
from app.domain.errors import FramewiseError
from app.domain.worklist.entry import WorklistEntry, WorklistSnapshot
from app.domain.worklist.sorting import sort_entries, upcoming_entries
from app.messages.events import Event
from app.messages.events.worklist import SequenceWarmed
from app.messages.snapshot import Snapshot
from app.pipeline.requests.decoder_requests import DecoderKind, ReadFrameRequest
from app.pipeline.requests.segmenter_requests import EncodeRequest, FeatureKey, SegmenterKind
from app.pipeline.services.sequence_opener import SequenceOpener
from app.pipeline.services.service import Service
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle

AHEAD = 2  # sequences prepared in advance; chosen by hand, each keeps its reader and first features in memory
SETTLE_SECONDS = 2.0  # of idle time before each sequence, so that the annotator's own requests come first
CHANNELS = 3  # bytes of a pixel of a decoded frame, RGB
VOXEL_BYTES = 2  # of a scan as most scanners write it; only to estimate its size
LARGEST_VOLUME = 256 * 2**20  # bytes; a larger scan would displace the frames of the open sequence

_log = logging.getLogger(__name__)


class Prefetcher(Service):
    """Opens the next sequences in the decoder and encodes their first frames, one after the other."""

    def __init__(
        self,
        opener: SequenceOpener,
        decoder: WorkerHandle[DecoderKind],
        segmenter: WorkerHandle[SegmenterKind],
        pool: SharedPool,
        post: Callable[[Event], None],
    ) -> None:
        self._opener, self._decoder, self._segmenter = opener, decoder, segmenter
        self._pool, self._post = pool, post
        self._seen: WorklistSnapshot | None = None
        self._wanted: tuple[WorklistEntry, ...] = ()
        self._changed = asyncio.Event()
        self._is_busy = False

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Prepare what comes next in the worklist."""
        self._is_busy = (
            snapshot.playback.playing or snapshot.pending is not None or bool(snapshot.tasks.opening)
        )
        worklist = snapshot.worklist
        if not snapshot.models.engine or worklist == self._seen:
            return
        self._seen = worklist
        shown = sort_entries(worklist.entries, worklist.sorting)
        wanted = tuple(
            entry for entry in upcoming_entries(shown, worklist.entry_id, AHEAD) if _is_light(entry)
        )
        if _names(wanted) != _names(self._wanted):
            self._wanted = wanted
            self._changed.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._opener.keep_ahead([(entry.path, entry.series) for entry in self._wanted])
            for entry in self._wanted:
                await self._wait_until_idle()
                if self._changed.is_set():
                    break
                await self._prepare(entry)

    async def _wait_until_idle(self) -> None:
        """Wait until the annotator is idle."""
        await asyncio.sleep(SETTLE_SECONDS)
        while self._is_busy and not self._changed.is_set():
            await asyncio.sleep(SETTLE_SECONDS)

    async def _prepare(self, entry: WorklistEntry) -> None:
        self._post(SequenceWarmed(entry.name))
        try:
            await self._open_ahead(entry)
        except (FramewiseError, Cancelled) as error:
            _log.info("a sequence could not be prepared: %s", error)
        finally:
            self._post(SequenceWarmed())

    async def _open_ahead(self, entry: WorklistEntry) -> None:
        key, info = await self._opener.open_ahead(Path(entry.path), entry.series)
        if info.kind != "volume":
            await self._encode(key, info)

    async def _encode(self, key: str, info: SequenceInfo) -> None:
        """Encode the first frame under the key that it will have once the sequence is open."""
        with self._pool.lend((info.height, info.width, CHANNELS), "uint8") as target:
            await self._decoder.call(ReadFrameRequest(key, 0, target))
            features = FeatureKey(key, info.orientation, frame=0, window=None)
            await self._segmenter.call(EncodeRequest(features, target, is_ahead=True))


def _is_light(entry: WorklistEntry) -> bool:
    """Whether preparing an entry takes little; a repeat reading shares its source with the first one."""
    if entry.repeats:
        return False
    size = entry.frames * entry.width * entry.height * VOXEL_BYTES
    return entry.kind != "volume" or size <= LARGEST_VOLUME


def _names(entries: tuple[WorklistEntry, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((entry.entry_id, entry.fingerprint) for entry in entries)
