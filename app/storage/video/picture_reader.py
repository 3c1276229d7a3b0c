"""Random access to the pictures of a video with as little decoding as possible."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
from av.video.frame import PictureType, VideoFrame

from app.domain.errors import SequenceError
from app.storage.video.picture_cache import PictureCache
from app.storage.video.sequential_reader import SequentialReader
from app.storage.video.video_decoder import VideoDecoder
from app.storage.video.video_file import VideoFile

# Frames beyond the wanted one after which it will not come: the largest reordering of H.264 and HEVC.
LATE = 16
NEAR = 8  # frames short of a segment from which decoding goes on into it instead of a seek; chosen by hand
ATTEMPTS = 6  # chosen by hand: each learns something of the damage, and a hopeless frame must end
WHOLE_PICTURES = (PictureType.NONE, PictureType.I)


class PictureReader:
    """Random access to decoded pictures.

    Reading forward decodes each packet once. Reading backward decodes a group of pictures once and
    serves the frames before from the pictures kept or, where the group is longer than the budget
    holds, decodes it again for each such block.

    Every frame has one way of being decoded, so that it has the same pixels however it is reached: by
    the fast decoder from the nearest entry, or from an earlier one if it is already reading there. Where that
    decoder meets damage, the segment is left to a second, single-threaded one that always starts at the
    segment's own entry. An entry whose own picture does not come out is none.
    """

    def __init__(self, path: Path, decoder: VideoDecoder, budget: int, capacity: int) -> None:
        """Take over a decoder. budget: bytes of kept pictures. capacity: about how many pictures that is."""
        self._path = path
        self._index = decoder.index
        self._fast = SequentialReader(decoder)
        self._exact: SequentialReader | None = None
        self._cache = PictureCache(budget)
        self._capacity = capacity
        self._damaged: set[int] = set()
        self._lost: set[int] = set()

    @property
    def decoded(self) -> int:
        """Number of packets decoded so far."""
        lanes = (self._fast, self._exact)
        return sum(lane.decoder.packets_decoded for lane in lanes if lane is not None)

    def close(self) -> None:
        """Release files and decoders."""
        with ExitStack() as stack:
            stack.enter_context(self._fast)
            if self._exact is not None:
                stack.enter_context(self._exact)
            self._cache.clear()

    def read(self, frame: int) -> VideoFrame:
        """Return the picture of a frame, not to be written to. Raises SequenceError when it is damaged."""
        picture = self._cache.get(frame)
        return self._decode_frame(frame) if picture is None else picture

    def _decode_frame(self, frame: int) -> VideoFrame:
        tries = 0 if frame in self._lost else ATTEMPTS
        for _ in range(tries):
            known = len(self._damaged), len(self._index.entries)
            picture = self._try_frame(frame)
            if picture is not None:
                return picture
            if known == (len(self._damaged), len(self._index.entries)):
                break
        self._lost.add(frame)
        raise SequenceError(
            f"Frame {frame} is damaged and cannot be decoded.",
            subject=self._path,
            remedy="Go to another frame, or copy the video again from where it was recorded.",
        )

    def _try_frame(self, frame: int) -> VideoFrame | None:
        """Decode a frame; None where damage was found that makes another attempt worth while."""
        segment = self._index.segment(frame)
        lane = self._reader_for(segment)
        try:
            fresh = self._start_before(lane, frame, segment)
            return self._read_to(lane, frame, segment, fresh)
        except BaseException:
            lane.reset()
            raise

    def _reader_for(self, segment: int) -> SequentialReader:
        if not self._is_damaged(segment):
            return self._fast
        if self._exact is None:
            self._exact = SequentialReader(VideoDecoder(VideoFile(self._path, threads=1), self._index))
        return self._exact

    def _start_before(self, lane: SequentialReader, frame: int, segment: int) -> bool:
        """Move a reader before a frame; return whether it had to start anew."""
        wanted = frame - self._capacity if lane is self._fast else 0
        if self._is_on_the_way(lane, frame, segment):
            lane.continue_to(wanted)
            return False
        lane.start(int(self._index.entries[segment]), int(self._index.starts[segment]), wanted)
        return True

    def _is_on_the_way(self, lane: SequentialReader, frame: int, segment: int) -> bool:
        if lane.position is None or lane.position >= frame:
            return False
        if lane is self._exact:
            return lane.entry == int(self._index.entries[segment])
        here = self._index.segment(max(lane.position, 0))
        return lane.position >= int(self._index.starts[segment]) - NEAR and not self._is_damaged(here)

    def _read_to(self, lane: SequentialReader, frame: int, segment: int, fresh: bool) -> VideoFrame | None:
        end = self._index.segment_end(segment)
        while (given := lane.next_frame()) is not None:
            found, picture = given
            if fresh and not self._is_entry(segment, found, picture):
                break
            fresh = False
            if lane.damage and lane is self._fast:
                self._mark_damage(*lane.damage)
                lane.damage = None
            if self._reader_for(segment) is not lane:
                lane.reset()
                return None
            if not picture.is_corrupt and (lane is self._fast or found < end):
                self._cache.put(found, picture)
            if found == frame or found > frame + LATE:
                return picture if found == frame and not picture.is_corrupt else None
        self._record_failure(lane, segment, fresh)
        return None

    def _is_entry(self, segment: int, found: int, picture: VideoFrame) -> bool:
        """Whether the first picture after a start shows that the entry is one."""
        first = int(self._index.starts[segment])
        if segment == 0 or self._index.frames[first] != self._index.entries[segment]:
            return True
        whole = picture.key_frame or picture.pict_type in WHOLE_PICTURES
        return found == first and whole and not picture.is_corrupt

    def _record_failure(self, lane: SequentialReader, segment: int, fresh: bool) -> None:
        """Record why the frame was not reached: a false entry, or a damaged segment."""
        lane.reset()
        if not fresh or segment == 0:
            self._damaged.add(int(self._index.entries[segment]))
            return
        if self._is_damaged(segment):
            self._damaged.add(int(self._index.entries[segment - 1]))
        self._index = self._index.without_entry(segment)

    def _mark_damage(self, first: int, last: int, packet: int) -> None:
        """Mark the segments of frames first to last, of those leaning on them, and of packets up to one."""
        begin = self._index.segment(int(np.searchsorted(self._index.depends_on, first)))
        end = int(np.searchsorted(self._index.entries, packet, side="right")) - 1
        entries = self._index.entries[begin : max(self._index.segment(last), end) + 1]
        self._damaged.update(int(entry) for entry in entries)
        self._cache.clear()

    def _is_damaged(self, segment: int) -> bool:
        return int(self._index.entries[segment]) in self._damaged
