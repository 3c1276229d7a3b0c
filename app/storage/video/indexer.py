"""Indexing of a video when it is opened: its frames, their size, and damage."""

from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from app.domain.errors import SequenceError
from app.storage.video.damage import MissingFrames, find_missing_frames
from app.storage.video.frame_index import UNKNOWN, FrameIndex, Numbers, index_by_order, index_by_time
from app.storage.video.packet_list import list_packets
from app.storage.video.video_decoder import DecodedPicture, VideoDecoder
from app.storage.video.video_file import VideoFile
from app.storage.video.video_pixels import DisplayTransform, display_transform, is_oblique, transformed_size

SAMPLE = 24  # pictures decoded at each place to check the order: longer than any reordering of 16
FIELD_SAMPLES = 8  # places checked where packets may be fields, which may change along the file
# Packets decoded past a segment for its last pictures to come out; twice the delay of 32 decoder threads.
OVERRUN = 64
REORDER = 16  # frames: the largest reordering of H.264 and HEVC
GAP = 1.6  # times the usual step: a lost frame makes 2, rounding to a millisecond at 60 frames a second 1.06
# Containers may round times to a millisecond. A hole shorter than this many seconds hardly shows.
EVEN = 0.1
MOSTLY = 0.95  # share of even steps at which a video counts as one of constant rate
WORTH_A_WORD = 1.0  # seconds; chosen by hand: shorter pauses are common in recordings


@dataclass(frozen=True, eq=False)
class IndexedVideo:
    """Findings of the opening of a video."""

    index: FrameIndex  #: of the frames that can be shown
    size: tuple[int, int]  #: (width, height) after the transform
    turn: DisplayTransform  #: of every picture
    warnings: tuple[str, ...]


def index_video(path: Path) -> tuple[IndexedVideo, VideoDecoder]:
    """List the frames of a video: its packets without decoding them, then its first and last frames decoded.

    Where presentation times are missing or contradict what the decoder shows, everything is decoded once.
    The decoder comes along because it is open already; the caller closes it.
    Raises SequenceError when no frame can be decoded.
    """
    with ExitStack() as stack:
        file = stack.enter_context(VideoFile(path))
        packets, whole = list_packets(file)
        if not len(packets):
            raise _no_frames(path)
        promised = find_missing_frames(file, packets, whole)
        in_file_order = index_by_order(packets, np.arange(len(packets)))
        index = (
            None if file.may_skip(int(packets.size.min())) else index_by_time(packets, file.reorders_frames)
        )
        decoder = stack.enter_context(VideoDecoder(file, index or in_file_order))
        if index is None or not _order_holds(decoder, FIELD_SAMPLES if file.may_split_fields else 1):
            decoder.set_index(in_file_order)
            decoder.set_index(index_by_order(packets, _decoded_order(decoder)))
        found = _without_undecodable_ends(path, decoder, promised)
        decoder.set_index(found.index)
        stack.pop_all()
        return found, decoder


def _no_frames(path: Path) -> SequenceError:
    return SequenceError(
        "The video holds no frame that can be decoded.", subject=path, remedy="Copy the whole file again."
    )


def _order_holds(decoder: VideoDecoder, samples: int) -> bool:
    """Whether the decoder shows frames in the order of the index, each packet giving one, where sampled."""
    last = len(decoder.index.entries) - 1
    segments = {round(place) for place in np.linspace(0, last, samples)} if samples > 1 else {0}
    return all(_order_holds_from(decoder, segment) for segment in sorted(segments))


def _order_holds_from(decoder: VideoDecoder, segment: int) -> bool:
    index, complaints = decoder.index, decoder.errors
    decoder.start(int(index.entries[segment]))
    shown = [decoded for _ in range(SAMPLE) if (decoded := decoder.next_picture()) is not None]
    frames = index.frame_of[np.array([decoded.packet for decoded in shown], np.int64)]
    listed = bool((frames >= 0).all())
    steps = np.diff(frames[frames >= index.starts[segment]])
    damaged = decoder.errors > complaints or any(decoded.picture.is_corrupt for decoded in shown)
    return listed and bool((steps > 0).all()) and bool(damaged or (steps == 1).all())


def _decoded_order(decoder: VideoDecoder) -> Numbers:
    """Return int64 (frames,): the packet of each picture, in the order in which the decoder shows them."""
    decoder.start(0)
    return np.array([decoded.packet for decoded in iter(decoder.next_picture, None)], np.int64)


def _without_undecodable_ends(path: Path, decoder: VideoDecoder, promised: MissingFrames) -> IndexedVideo:
    """Leave out what cannot be decoded at the beginning and at the end."""
    index = decoder.index
    first = _first_clean_picture(decoder)
    if first is None:
        raise _no_frames(path)
    last = len(index.frames) - 1
    if promised.doubtful or not _is_last_packet_clean(decoder):
        last = _last_frame_before_damage(index, _last_clean_packet(path, index))
    if promised.proven or last < len(index.frames) - 1:
        last = _last_frame_before_gap(index, last)
    begin = int(index.frame_of[first.packet])
    if last < begin:
        raise _no_frames(path)
    usable = index.between(begin, last)
    warnings = (
        _head_warning(begin),
        _tail_warning(len(index.frames) - 1 - last, promised, len(usable.frames)),
        _gap_warning(usable, decoder.tick),
        _angle_warning(first),
    )
    turn = display_transform(first.picture)
    return IndexedVideo(
        usable, transformed_size(first.picture, turn), turn, tuple(warning for warning in warnings if warning)
    )


def _last_frame_before_damage(index: FrameIndex, packet: int) -> int:
    """Return the last frame before all those whose packets come after the last clean packet."""
    late = index.frame_of[packet + 1 :]
    return int(late[late >= 0].min(initial=len(index.frames))) - 1


def _last_frame_before_gap(index: FrameIndex, last: int) -> int:
    """Return the last frame before a gap in time close to the end, which lost B-frames leave behind."""
    times = index.packets.pts[index.frames[: last + 1]]
    steps = np.diff(times)
    if UNKNOWN in times or not len(steps):
        return last
    wide = np.flatnonzero(steps[-REORDER:] > GAP * np.median(steps))
    return last - len(steps[-REORDER:]) + int(wide[0]) if len(wide) else last


def _is_clean(decoder: VideoDecoder, decoded: DecodedPicture) -> bool:
    return decoder.index.frame_of[decoded.packet] >= 0 and not decoded.picture.is_corrupt


def _first_clean_picture(decoder: VideoDecoder) -> DecodedPicture | None:
    decoder.start(0)
    return next(
        (decoded for decoded in iter(decoder.next_picture, None) if _is_clean(decoder, decoded)), None
    )


def _is_last_packet_clean(decoder: VideoDecoder) -> bool:
    """Whether the picture of the last packet comes out whole."""
    index = decoder.index
    packet = int(index.frames.max())
    frame = int(index.frame_of[packet])
    decoder.start(int(index.entries[index.segment(frame)]), frame)
    return any(
        decoded.packet == packet and not decoded.picture.is_corrupt
        for decoded in iter(decoder.next_picture, None)
    )


def _last_clean_packet(path: Path, index: FrameIndex) -> int:
    """Decode segments from the last one backward; return the last packet whose picture comes out whole."""
    with VideoDecoder(VideoFile(path, threads=1), index) as decoder:
        for segment in reversed(range(len(index.entries))):
            packets = _clean_packets(decoder, segment)
            if packets:
                return max(packets)
    raise _no_frames(path)


def _clean_packets(decoder: VideoDecoder, segment: int) -> list[int]:
    """Return the packets of a segment, those shown before its entry included, that come out whole."""
    index = decoder.index
    entry, stop = (int(packet) for packet in [*index.entries, len(index.packets)][segment : segment + 2])
    inside = index.frame_of[entry:stop]
    leading = (inside >= 0) & (inside < index.starts[segment])
    begin = max(segment - int(leading.any()), 0)
    decoder.start(int(index.entries[begin]))
    limit = decoder.packets_decoded + stop - int(index.entries[begin]) + OVERRUN
    clean = []
    while decoder.packets_decoded < limit and (decoded := decoder.next_picture()) is not None:
        if index.frame_of[decoded.packet] >= index.starts[begin] and _is_clean(decoder, decoded):
            clean.append(decoded.packet)
    return clean


def _head_warning(count: int) -> str:
    if not count:
        return ""
    noun = "frame" if count == 1 else f"{count} frames"
    return f"The first {noun} cannot be decoded without what came before; frame 0 is the first whole one."


def _tail_warning(lost: int, promised: MissingFrames, usable: int) -> str:
    if not lost and not promised.proven:
        return ""
    count = lost + promised.count
    if not count and promised.certainty != "at least":
        return ""
    if not count:
        return f"The file ends too early; what came after frame {usable - 1} is lost."
    certainty = "" if promised.certainty == "exactly" or not promised.count else f"{promised.certainty} "
    noun = "1 frame is" if count == 1 else f"{count} frames are"
    return f"The file is damaged at its end: {certainty}{noun} lost, the first {usable} can be used."


def _gap_warning(index: FrameIndex, tick: Fraction) -> str:
    """Name the longest hole in a video that otherwise keeps to one rate, where frames were lost or never made."""
    times = index.packets.pts[index.frames]
    steps = np.diff(times)
    if UNKNOWN in times or not len(steps):
        return ""
    place = int(steps.argmax())
    seconds = float(int(steps[place]) * tick)
    even = np.abs(steps - np.median(steps)) <= EVEN * np.median(steps)
    if seconds < WORTH_A_WORD or even.mean() < MOSTLY:
        return ""
    return (
        f"Between frames {place} and {place + 1} {seconds:.1f} seconds are missing: "
        "the file is damaged there, or the recording paused."
    )


def _angle_warning(first: DecodedPicture) -> str:
    if not is_oblique(first.picture):
        return ""
    return "The video asks to be shown at a slant; it is shown at the nearest right angle."
