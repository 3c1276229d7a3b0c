"""The packets of a video, listed without decoding them."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import av
from av.video.stream import VideoStream

from app.files.access import require_ends
from app.storage.video.frame_index import UNKNOWN, PacketInfo, PacketTable
from app.storage.video.video_file import VideoFile

VideoPacket: TypeAlias = "av.Packet[VideoStream]"

VP8_SHOWN = 0x10  # bit of the first byte of a frame tag


def list_packets(file: VideoFile) -> tuple[PacketTable, bool]:
    """List the packets from the file's present place to its end, or to damage that ends it.

    Return the table, and whether the container takes the last packet for complete.
    """
    shown = _is_shown_vp8 if file.codec.name == "vp8" else _is_shown
    facts, whole = [], True
    for packet in demux_packets(file):
        facts.append(_packet_info(packet, shown))
        whole = not packet.is_corrupt
    return PacketTable.of(facts), whole


def demux_packets(file: VideoFile) -> Iterator[VideoPacket]:
    """Yield the packets of the watched stream that carry data, up to the end or to damage that ends it.

    Raises SequenceError when the file itself can no longer be read.
    """
    try:
        for packet in file.container.demux(file.stream):
            if packet.size:
                yield packet
    except av.error.FFmpegError:
        require_ends(file.path)


def _packet_info(packet: VideoPacket, shown: Callable[[VideoPacket], bool]) -> PacketInfo:
    return PacketInfo(
        pos=-1 if packet.pos is None else packet.pos,
        size=packet.size,
        pts=UNKNOWN if packet.pts is None else packet.pts,
        dts=UNKNOWN if packet.dts is None else packet.dts,
        key=packet.is_keyframe,
        shown=shown(packet),
    )


def _is_shown(packet: VideoPacket) -> bool:
    return not packet.is_discard


def _is_shown_vp8(packet: VideoPacket) -> bool:
    """Read the show_frame bit of a VP8 frame tag (RFC 6386, section 9.1)."""
    return not packet.is_discard and bool(memoryview(packet)[0] & VP8_SHOWN)
