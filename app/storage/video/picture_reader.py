"""Any picture of a video, exactly, at the cost of as little decoding as can be."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np
from av.video.frame import PictureType, VideoFrame

from app.domain.errors import SequenceError
from app.storage.video.picture_cache import PictureCache
from app.storage.video.sequential_reader import SequentialReader
from app.storage.video.video_decoder import VideoDecoder
from app.storage.video.video_file import VideoFile

LATE = 16
NEAR = 8
ATTEMPTS = 6
WHOLE_PICTURES = (PictureType.NONE, PictureType.I)


class PictureReader:
    """Random access to decoded pictures.

    Reading forward decodes each packet once. Reading backward decodes a group of pictures once and
    serves the frames before from the pictures kept or, where the group is longer than the budget
    holds, decodes it again for each such block.

    Every frame has one way of being decoded, so that it has the same pixels however it is reached: by
    the fast decoder from the nearest entry, or from an earlier one if it is under way there. Where that
    decoder meets damage, the segment is left to a second, single-threaded one that always starts at the
    segment's own entry. An entry whose own picture does not come out is none.
    """

    def __init__(self, path: Path, decoder: VideoDecoder, budget: int, capacity: int) -> None:
        """Take over a decoder. budget: bytes of kept pictures. capacity: about how many pictures that is."""
        self._path = path
        self._index = decoder.index
        self._fast = SequentialReader(decoder)
        self._careful: SequentialReader | None = None
        self._ring = PictureCache(budget)
        self._capacity = capacity
        self._damaged: set[int] = set()
        self._lost: set[int] = set()

    @property
    def decoded(self) -> int:
        """How many packets have been decoded so far."""
        lanes = (self._fast, self._careful)
        return sum(lane.decoder.packets_decoded for lane in lanes if lane is not None)

    def close(self) -> None:
        """Release files and decoders."""
        with ExitStack() as stack:
            stack.enter_context(self._fast)
            if self._careful is not None:
                stack.enter_context(self._careful)
            self._ring.clear()

    def get(self, frame: int) -> VideoFrame:
        """Return the picture of a frame, not to be written to. Raises SequenceError when it is damaged."""
        picture = self._ring.get(frame)
        return self._find(frame) if picture is None else picture

    def _find(self, frame: int) -> VideoFrame:
        tries = 0 if frame in self._lost else ATTEMPTS
        for _ in range(tries):
            known = len(self._damaged), len(self._index.entries)
            picture = self._attempt(frame)
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

    def _attempt(self, frame: int) -> VideoFrame | None:
        """Decode a frame, or learn something about damage that makes another attempt worth while."""
        segment = self._index.segment(frame)
        lane = self._lane_for(segment)
        try:
            fresh = self._approach(lane, frame, segment)
            return self._walk(lane, frame, segment, fresh)
        except BaseException:
            lane.stop()
            raise

    def _lane_for(self, segment: int) -> SequentialReader:
        if not self._is_damaged(segment):
            return self._fast
        if self._careful is None:
            self._careful = SequentialReader(VideoDecoder(VideoFile(self._path, threads=1), self._index))
        return self._careful

    def _approach(self, lane: SequentialReader, frame: int, segment: int) -> bool:
        """Bring a lane before a frame; tell whether it had to start anew."""
        wanted = frame - self._capacity if lane is self._fast else 0
        if self._is_on_the_way(lane, frame, segment):
            lane.continue_to(wanted)
            return False
        lane.start(int(self._index.entries[segment]), int(self._index.starts[segment]), wanted)
        return True

    def _is_on_the_way(self, lane: SequentialReader, frame: int, segment: int) -> bool:
        if lane.at is None or lane.at >= frame:
            return False
        if lane is self._careful:
            return lane.entry == int(self._index.entries[segment])
        here = self._index.segment(max(lane.at, 0))
        return lane.at >= int(self._index.starts[segment]) - NEAR and not self._is_damaged(here)

    def _walk(self, lane: SequentialReader, frame: int, segment: int, fresh: bool) -> VideoFrame | None:
        end = self._index.segment_end(segment)
        while (given := lane.next()) is not None:
            found, picture = given
            if fresh and not self._is_entry(segment, found, picture):
                break
            fresh = False
            if lane.troubled and lane is self._fast:
                self._mark_damage(*lane.troubled)
                lane.troubled = None
            if self._lane_for(segment) is not lane:
                lane.stop()
                return None
            if not picture.is_corrupt and (lane is self._fast or found < end):
                self._ring.put(found, picture)
            if found == frame or found > frame + LATE:
                return picture if found == frame and not picture.is_corrupt else None
        self._learn(lane, segment, fresh)
        return None

    def _is_entry(self, segment: int, found: int, picture: VideoFrame) -> bool:
        """Whether the first picture after a start shows that the entry is one."""
        first = int(self._index.starts[segment])
        if segment == 0 or self._index.frames[first] != self._index.entries[segment]:
            return True
        whole = picture.key_frame or picture.pict_type in WHOLE_PICTURES
        return found == first and whole and not picture.is_corrupt

    def _learn(self, lane: SequentialReader, segment: int, fresh: bool) -> None:
        """Learn from a walk that did not come to its frame: a false entry, or a segment that is damaged."""
        lane.stop()
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
        self._ring.clear()

    def _is_damaged(self, segment: int) -> bool:
        return int(self._index.entries[segment]) in self._damaged
