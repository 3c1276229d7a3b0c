"""Decoding of a video forward, in display order, from an entry."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import NamedTuple

import av
import numpy as np
from av.video.frame import VideoFrame

from app.domain.closeable import Closeable
from app.storage.video.frame_index import FrameIndex
from app.storage.video.packet_cursor import PacketCursor, SeekMismatch
from app.storage.video.video_file import VideoFile

# Codecs in which a picture marked as no reference is needed by no other picture at all.
SKIPS_EXACTLY = frozenset({"h264", "mpeg2video", "mpeg1video"})


class DecodedPicture(NamedTuple):
    """One picture that the decoder gave."""

    packet: int  #: number of the packet it came from
    picture: VideoFrame


class VideoDecoder(Closeable):
    """Decodes forward, one packet at a time, and says which packet each picture came from.

    Each packet carries its own number through the decoder in place of its presentation time, so that
    missing, doubled or wrong times in the file cannot mix up pictures.
    index: whose frames are meant by frame numbers. packets_decoded: so far. errors: packets that the
    decoder refused so far.
    """

    def __init__(self, file: VideoFile, index: FrameIndex) -> None:
        self.packets_decoded = 0
        self.errors = 0
        self.index = index
        self._cursor = PacketCursor(file, index.packets)
        self._skips = file.codec.name in SKIPS_EXACTLY
        self._ready: deque[DecodedPicture] = deque()
        self._drained = False
        self._wanted = 0
        self._begin = 0
        self._given = np.zeros(len(index.packets), np.bool_)

    def close(self) -> None:
        """Release the file and the decoder."""
        self._ready.clear()
        self._cursor.close()

    def set_index(self, index: FrameIndex) -> None:
        """Go by another index of the same packets, which may end earlier."""
        self.index = index
        self._cursor.stop = len(index.packets)

    @property
    def tick(self) -> Fraction:
        """The unit of presentation times, seconds."""
        return self._cursor.file.stream.time_base or Fraction(1)

    @property
    def rate(self) -> Fraction | None:
        """The frame rate that the container states."""
        return self._cursor.file.stream.average_rate

    @property
    def sample_aspect(self) -> Fraction:
        """Width of a stored pixel by its height."""
        return self._cursor.file.sample_aspect

    @property
    def position(self) -> int:
        """The number of the packet that comes next."""
        return self._cursor.position

    def start(self, packet: int, wanted: int = 0) -> None:
        """Forget what was decoded and begin at a packet; wanted as in skip_before."""
        self._ready.clear()
        self._given.fill(False)
        self._begin = packet
        self._reset_codec()
        self.skip_before(wanted)

    def skip_before(self, wanted: int) -> None:
        """Leave out, from now on, pictures of frames before wanted that no other picture needs."""
        self._wanted = wanted

    def next_picture(self) -> DecodedPicture | None:
        """Return the next picture, None after the last one. Raises SequenceError as PacketCursor does."""
        while not self._ready and not self._drained:
            self._decode_next_packet()
        return self._ready.popleft() if self._ready else None

    @property
    def _codec(self) -> av.VideoCodecContext:
        return self._cursor.file.codec

    def _reset_codec(self) -> None:
        self._cursor.seek_to(self._begin)
        self._codec.flush_buffers()
        self._drained = False

    def _decode_next_packet(self) -> None:
        try:
            found = self._cursor.next_packet()
        except SeekMismatch:
            return self._reset_codec()
        if found is None:
            self._drained = True
            return self._decode(None)
        number, packet = found
        packet.pts, packet.dts = number, None
        if self._skips:
            early = 0 <= self.index.frame_of[number] < self._wanted
            self._codec.skip_frame = "NONREF" if early else "DEFAULT"
        self.packets_decoded += 1
        return self._decode(packet)

    def _decode(self, packet: av.Packet[av.VideoStream] | None) -> None:
        try:
            pictures = self._codec.decode(packet)
        except av.error.FFmpegError:
            self.errors += 1
            return
        for picture in pictures:
            packet_number = picture.pts
            if packet_number is not None and not self._given[packet_number]:
                self._given[packet_number] = True
                self._ready.append(DecodedPicture(packet_number, picture))
