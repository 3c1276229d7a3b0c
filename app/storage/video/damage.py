"""Frames that a video file announces but does not hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from app.storage.video.frame_index import UNKNOWN, PacketTable
from app.storage.video.video_file import VideoFile

CLOCK = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")
MAX_BOXES = 100_000  # at the top level; fragmented files have one pair a fragment
EBML_MAGIC = b"\x1a\x45\xdf\xa3"
TRANSPORT_MARK = b"\x47"
TRANSPORT_PACKET = 188  # bytes (ISO/IEC 13818-1)
SEGMENT_ID = b"\x18\x53\x80\x67"

Certainty = Literal["exactly", "about", "at least"]


# Containers with a duration in their header; FFmpeg works out that of others from what it finds.
STATE_LENGTH = frozenset({"matroska", "flv", "asf"})


@dataclass(frozen=True, slots=True)
class MissingFrames:
    """Frames that the container announces but does not hold."""

    count: int
    certainty: Certainty
    proven: bool  #: the file's structure shows that it was cut
    doubtful: bool  #: its last packet may be cut


def find_missing_frames(file: VideoFile, table: PacketTable, whole: bool) -> MissingFrames:
    """Return what is missing after the last packet. whole: the demuxer took that one for complete."""
    names = set(file.container.format.name.split(","))
    cut = is_cut_short(file.path)
    doubtful = not (whole and file.states_packet_sizes)
    if "mov" in names:
        listed = sum(1 for entry in file.stream.index_entries if entry.size)
        count = max(listed - len(table), 0)
        certainty: Certainty = "at least" if cut and not file.stream.frames else "exactly"
        return MissingFrames(count, certainty, cut or count > 0, doubtful)
    if file.stream.frames:
        return MissingFrames(max(file.stream.frames - len(table), 0), "exactly", cut, doubtful)
    unfilled = _unfilled(file, table)
    return MissingFrames(unfilled or 0, "at least" if unfilled is None else "about", cut, doubtful)


def is_cut_short(path: Path) -> bool:
    """Whether an MP4, AVI or Matroska file says that it is longer, or a transport stream ends in a packet."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF":
            return any(end > size for end in _riff_ends(file, size))
        if head[:4] == EBML_MAGIC:
            return _segment_end(file) > size
        if head[:1] == TRANSPORT_MARK and _byte(file, TRANSPORT_PACKET) == TRANSPORT_MARK:
            return size % TRANSPORT_PACKET > 0
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return any(end > size for end in _box_ends(file, size))
    return False


def _unfilled(file: VideoFile, packets: PacketTable) -> int | None:
    """Return how many frames would fill the time from the last packet to the stated duration, if one is."""
    rate, tick, length = file.stream.average_rate, file.stream.time_base, _stated_seconds(file)
    times = packets.pts[packets.pts != UNKNOWN]
    if not rate or tick is None or length is None or not len(times):
        return None
    begin = file.stream.start_time or 0
    covered = float((int(times.max()) - begin) * tick) + 1 / float(rate)
    return max(round((length - covered) * float(rate)), 0)


def _stated_seconds(file: VideoFile) -> float | None:
    clock = CLOCK.match(file.stream.metadata.get("DURATION", ""))
    if clock:
        hours, minutes, seconds = (float(part) for part in clock.groups())
        return hours * 3600 + minutes * 60 + seconds
    states = STATE_LENGTH & set(file.container.format.name.split(","))
    if states and len(file.container.streams) == 1 and file.container.duration:
        return file.container.duration / 1e6
    return None


def _byte(file: BinaryIO, place: int) -> bytes:
    file.seek(place)
    return file.read(1)


def _riff_ends(file: BinaryIO, size: int) -> Iterator[int]:
    place = 0
    while place + 8 <= size:
        file.seek(place)
        head = file.read(8)
        if head[:4] != b"RIFF":
            return
        place += 8 + int.from_bytes(head[4:], "little")
        yield place


def _box_ends(file: BinaryIO, size: int) -> Iterator[int]:
    """Yield where each top-level box ends (ISO/IEC 14496-12, section 4.2)."""
    place = 0
    for _ in range(MAX_BOXES):
        file.seek(place)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8 or place >= size:
            return
        place += length
        yield place


def _segment_end(file: BinaryIO) -> int:
    """Return where the Matroska segment says it ends, 0 when it does not say (RFC 8794, RFC 9559)."""
    file.seek(0)
    head = file.read(4096)
    place = head.find(SEGMENT_ID) + 4
    if place < 4 or place >= len(head) or not head[place]:
        return 0
    width = 9 - head[place].bit_length()
    length = int.from_bytes(head[place : place + width], "big") & ((1 << 7 * width) - 1)
    return 0 if length == (1 << 7 * width) - 1 else place + width + length
