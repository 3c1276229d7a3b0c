"""Reading of the packets of a video, with exact seeking to any of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

import av
import numpy as np
from av.packet import PacketSideData

from app.domain.closeable import Closeable
from app.domain.errors import SequenceError
from app.storage.video.frame_index import UNKNOWN, Numbers, PacketTable
from app.storage.video.packet_list import VideoPacket, demux_packets
from app.storage.video.video_file import VideoFile

READ_THROUGH = 64  # packets read on instead of seeking, chosen by hand: a seek has its own cost
LOST_AFTER = 256  # packets after a seek without one that is listed, until it counts as failed
EARLIER_KEYS = (0, 1, 2, 4, 8, 16)  # key frames back from the target to try: some containers land late


class SeekMismatch(Exception):
    """After a seek the container gives other packets than when it was read in order; it is not sought again."""


class PacketCursor(Closeable):
    """Reads the packets that a table lists, by number, also where the container cannot seek.

    Where the container seeks, the packet it lands on is recognised in the table, so that the number of
    each packet is known; where it does not, the file is read again from its beginning. A palette comes once,
    with the first packet that it is for: a seek goes only where all palettes before are known.
    place: the number of the packet that comes next. stop: that of the packet before which the flow ends.
    """

    def __init__(self, file: VideoFile, table: PacketTable) -> None:
        """Take over an open file, wherever it stands."""
        self.file = file
        self.stop = len(table)
        self._table = table
        self._keys = np.flatnonzero(table.key)
        self._marks, self._packet_by_mark = _marks(table)
        self._seekable = bool(self._packet_by_mark)
        self._sought = False
        self.position = len(table)
        self._flow: Iterator[VideoPacket] = demux_packets(file)
        self._ahead: VideoPacket | None = None
        self._has_palettes = file.codec.pix_fmt == "pal8"
        self._palettes: dict[int, PacketSideData] = {}  #: by number of the packet, in order
        self._seen = 0  #: packets from the first one without a gap whose palettes are known

    def close(self) -> None:
        """Release the file."""
        self.file.close()

    def seek_to(self, number: int) -> None:
        """Make packet number the next one. The file's decoder may have been flushed afterwards.

        Raises SequenceError when the file is no longer what the table was made from.
        """
        ahead = number - self.position
        seekable = self._seekable and (not self._has_palettes or number < self._seen)
        far = ahead < 0 or (ahead > READ_THROUGH and seekable)
        if far and not (seekable and self._seek(number)):
            self._rewind()
        try:
            self._read_to(number)
        except SeekMismatch:
            self._rewind()
            self._read_to(number)

    def next_packet(self) -> tuple[int, VideoPacket] | None:
        """Return the next packet and its number, None at the stop.

        Raises SequenceError as move does, SeekMismatch when the decoder must begin again.
        """
        number = self.position
        if number >= self.stop:
            return None
        packet = self._read()
        if self._palettes and not packet.has_sidedata("palette"):
            last = bisect_right(list(self._palettes), number) - 1
            packet.set_sidedata(list(self._palettes.values())[max(last, 0)])
        return number, packet

    def _read_to(self, number: int) -> None:
        while self.position < number:
            self._read()

    def _read(self) -> VideoPacket:
        packet = self._next_packet()
        if packet is None or not self._is_listed(packet, self.position):
            self.position = len(self._table)
            if self._sought:
                self._seekable = False
                raise SeekMismatch
            raise SequenceError(
                "The video has changed since it was opened.", subject=self.file.path, remedy="Open it again."
            )
        if self._has_palettes and self.position == self._seen:
            if packet.has_sidedata("palette"):
                self._palettes[self.position] = packet.get_sidedata("palette")
            self._seen += 1
        self.position += 1
        return packet

    def _is_listed(self, packet: VideoPacket, number: int) -> bool:
        same_place = packet.pos is None or packet.pos == int(self._table.pos[number])
        return same_place and packet.size == int(self._table.size[number])

    def _next_packet(self) -> VideoPacket | None:
        packet, self._ahead = self._ahead, None
        return packet if packet is not None else next(self._flow, None)

    def _rewind(self) -> None:
        path, threads, is_strict = self.file.path, self.file.codec.thread_count, self.file.is_strict
        self.file.close()
        self.file = VideoFile(path, threads, is_strict)
        self._flow, self._ahead, self.position, self._sought = demux_packets(self.file), None, 0, False

    def _seek(self, number: int) -> bool:
        """Seek to packet number or a little before it; tell whether that worked."""
        for time in self._seek_times(number):
            try:
                self.file.container.seek(time, stream=self.file.stream)
            except av.error.FFmpegError:
                break
            self._flow, self._ahead = demux_packets(self.file), None
            landed = self._identify_packet()
            if landed is not None and landed <= number:
                self.position = landed
                self._sought = True
                return True
        self._seekable = number < self._keys.min(initial=0)
        return False

    def _seek_times(self, number: int) -> Iterator[int]:
        here = int(np.searchsorted(self._keys, number, side="right")) - 1
        for back in EARLIER_KEYS:
            if here - back < 0:
                return
            key = self._keys[here - back]
            times = (int(self._table.pts[key]), int(self._table.dts[key]))
            yield from (time for time in dict.fromkeys(times) if time != UNKNOWN)

    def _identify_packet(self) -> int | None:
        """Return the number of the next packet that is certainly one of the table, and stand before it."""
        for _ in range(LOST_AFTER):
            packet = self._next_packet()
            if packet is None:
                return None
            number = self._packet_by_mark.get(_mark(packet, self._marks))
            if number is not None and self._is_listed(packet, number):
                self._ahead = packet
                return number
        return None


def _marks(table: PacketTable) -> tuple[str, dict[int, int]]:
    """Return the field that tells packets apart and the number of the packet with each value of it."""
    choices: dict[str, Numbers] = {"pos": table.pos, "pts": table.pts, "dts": table.dts}
    for name, values in choices.items():
        if values.min(initial=0) >= 0 or name != "pos":
            numbers = {int(value): number for number, value in enumerate(values)}
            if len(numbers) == len(values) and UNKNOWN not in numbers:
                return name, numbers
    return "", {}


def _mark(packet: VideoPacket, name: str) -> int:
    value = getattr(packet, name)
    return UNKNOWN if value is None else int(value)
