"""Cut a video into chunks of at most n frames, with every frame in exactly one of them.

Where a chunk begins and ends at key frames its packets are copied as they are; otherwise it is encoded again
as H.264, visually lossless. Sound is left out. All chunks appear together, when the last one is done.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.video.frame import PictureType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.domain.errors import ExportError, SequenceError
from app.files.atomic_folder import atomic_folder
from app.storage.exporters.export_job import translate_write_errors
from app.storage.video.frame_index import UNKNOWN, FrameIndex
from app.storage.video.indexer import IndexedVideo, index_video
from app.storage.video.packet_list import demux_packets
from app.storage.video.picture_reader import PictureReader
from app.storage.video.video_decoder import VideoDecoder
from app.storage.video.video_file import VideoFile
from app.storage.video.video_pixels import DisplayTransform, RgbConverter
from tool.terminal import Progress, run_tool, warn

# Codecs that MP4 players read; anything else is encoded again.
_COPIED: Final = frozenset({"h264", "hevc", "mpeg4", "av1", "vp9"})
_KEPT_FORMATS: Final = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"})
# x264 calls 18 visually lossless; 12 leaves room for being cut and encoded again.
_OPTIONS: Final = {"crf": "12", "preset": "fast"}
_BUDGET: Final = 96 * 2**20  # bytes of decoded pictures: some 30 frames of 1080p; chosen by hand
_TICKS: Final = Fraction(1, 90_000)  # seconds, the clock of MPEG


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames [start, stop) of a video."""

    start: int
    stop: int
    packets: tuple[int, int] | None  #: to copy, [first, end) in file order; None to encode the frames again


def plan_chunks(index: FrameIndex, most: int, *, may_copy: bool, on_keys: bool) -> list[Chunk]:
    """Divide all frames into chunks of at most this many.

    may_copy: whether packets can be copied at all. on_keys: end chunks early, at the last key frame that fits,
    so that they can be copied.
    """
    keys = set(index.frame_of[np.flatnonzero(index.packets.key)].tolist()) - {-1}
    total = len(index.frames)
    chunks, start = [], 0
    while start < total:
        stop = min(start + most, total)
        if on_keys and stop < total:
            stop = max((key for key in keys if start < key <= stop), default=stop)
        chunks.append(Chunk(start, stop, _copyable(index, start, stop) if may_copy else None))
        start = stop
    return chunks


def _copyable(index: FrameIndex, start: int, stop: int) -> tuple[int, int] | None:
    """Return the packets of a chunk, None where they cannot be decoded on their own.

    They must be contiguous, begin with the key frame that is shown first, and have times. Frames that refer to the
    next key frame are stored behind it, so that a chunk with such frames is not contiguous.
    """
    own = index.frames[start:stop]
    first, end = int(own.min()), int(own.max()) + 1
    facts = index.packets
    lies_together = end - first == stop - start
    begins_with_key = int(own[0]) == first and bool(facts.key[first])
    knows_times = UNKNOWN not in facts.pts[first:end] and UNKNOWN not in facts.dts[first:end]
    return (first, end) if lies_together and begins_with_key and knows_times else None


def cut(video: Path, folder: Path, most: int, *, on_keys: bool = False) -> list[Path]:
    """Cut a video and return the chunks, in order.

    Raises SequenceError when the video is damaged, ExportError or StorageFull when the chunks cannot be
    written; then there are none.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ExportError("The folder holds files already.", subject=folder, remedy="Choose another with -o.")
    found, decoder = index_video(video)
    for warning in found.warnings:
        warn(warning)
    with (
        closing(PictureReader(video, decoder, _BUDGET, _capacity(found))) as reader,
        VideoFile(video) as file,
    ):
        may_copy = file.codec.name in _COPIED and found.turn == DisplayTransform()
        chunks = plan_chunks(found.index, most, may_copy=may_copy, on_keys=on_keys)
        digits = max(4, len(str(len(chunks) - 1)))
        names = [f"{video.stem}_{number:0{digits}d}.mp4" for number in range(len(chunks))]
        with translate_write_errors(folder), atomic_folder(folder) as draft:
            cutter = _Cutter(video, file, found, decoder, reader)
            for name, chunk in zip(names, chunks, strict=True):
                cutter.write(chunk, draft / name)
    return [folder / name for name in names]


class _Cutter:
    """Writes the chunks of one video, in order."""

    def __init__(
        self, video: Path, file: VideoFile, found: IndexedVideo, decoder: VideoDecoder, reader: PictureReader
    ) -> None:
        self._video, self._file, self._found, self._reader = video, file, found, reader
        self._rate = decoder.rate or Fraction(25)
        times = found.index.packets.pts[found.index.frames]
        is_timed = UNKNOWN not in times and bool((np.diff(times) > 0).all())
        self._times = times if is_timed else None
        self._unit = decoder.tick if is_timed else _TICKS
        self._converter = RgbConverter(found.turn)
        self._packets = enumerate(demux_packets(file))
        self._progress = Progress(video.name)

    def write(self, chunk: Chunk, path: Path) -> None:
        """Write a chunk and check that it holds exactly its frames."""
        is_copied = chunk.packets is not None and self._copy(chunk, path)
        if not is_copied:
            self._encode(chunk, path)
            if _frames_in(path) != chunk.stop - chunk.start:
                raise ExportError("The chunk does not hold its frames.", subject=path.name)
        self._progress(chunk.stop, len(self._found.index.frames))
        how = "copied" if is_copied else "encoded"
        print(f"{path.name}  frames {chunk.start} to {chunk.stop - 1}  {how}", flush=True)

    def _copy(self, chunk: Chunk, path: Path) -> bool:
        """Copy the packets of a chunk; return whether they decode to its frames."""
        first, end = chunk.packets or (0, 0)
        base = int(self._found.index.packets.pts[self._found.index.frames[chunk.start]])
        try:
            with av.open(str(path), "w", format="mp4") as target:
                stream = target.add_stream_from_template(self._file.stream)
                for packet in self._between(first, end):
                    packet.stream = stream
                    packet.pts, packet.dts = packet.pts - base, packet.dts - base
                    target.mux(packet)
        except av.FFmpegError:
            return False
        return _frames_in(path) == chunk.stop - chunk.start

    def _between(self, first: int, end: int) -> Iterator[Any]:
        """Yield packets [first, end) of the file, which is read once, from beginning to end."""
        for number, packet in self._packets:
            if number >= first:
                yield packet
            if number == end - 1:
                return

    def _encode(self, chunk: Chunk, path: Path) -> None:
        try:
            with av.open(str(path), "w", format="mp4") as target:
                stream = self._stream(target, self._picture(chunk.start))
                for index in range(chunk.start, chunk.stop):
                    picture = self._picture(index)
                    picture.pts = self._time(index) - self._time(chunk.start)
                    picture.time_base = self._unit
                    picture.pict_type = PictureType.NONE
                    target.mux(stream.encode(picture))
                    self._progress(index, len(self._found.index.frames))
                target.mux(stream.encode(None))
        except av.FFmpegError as error:
            raise ExportError(f"The chunk cannot be encoded ({error}).", subject=path.name) from error

    def _stream(self, target: Any, picture: av.VideoFrame) -> Any:
        stream = target.add_stream("libx264", rate=self._rate, options=_OPTIONS)
        stream.width, stream.height = picture.width, picture.height
        stream.pix_fmt = picture.format.name
        stream.time_base = stream.codec_context.time_base = self._unit
        shape = self._file.sample_aspect
        stream.codec_context.sample_aspect_ratio = 1 / shape if self._found.turn.transpose else shape
        source = self._file.codec
        stream.codec_context.color_range = picture.color_range
        stream.codec_context.colorspace = picture.colorspace
        stream.codec_context.color_primaries = source.color_primaries
        stream.codec_context.color_trc = source.color_trc
        return stream

    def _time(self, index: int) -> int:
        """Return when a frame is shown, in units."""
        return round(index / self._rate / self._unit) if self._times is None else int(self._times[index])

    def _picture(self, index: int) -> av.VideoFrame:
        """Return a decoded frame in a format that x264 takes at its size, upright."""
        picture = self._reader.read(index)
        if self._found.turn != DisplayTransform():
            picture = av.VideoFrame.from_ndarray(self._converter.to_rgb(picture), format="rgb24")
        is_even = picture.width % 2 == picture.height % 2 == 0
        is_kept = picture.format.name in _KEPT_FORMATS and (is_even or "444" in picture.format.name)
        wanted = picture.format.name if is_kept else ("yuv420p" if is_even else "yuv444p")
        return picture.reformat(format=wanted)


def _capacity(found: IndexedVideo) -> int:
    return max(_BUDGET // (found.size[0] * found.size[1] * 3 // 2), 1)


def _frames_in(path: Path) -> int:
    """Return the number of frames that the program finds in a video, 0 where it cannot read it."""
    try:
        found, decoder = index_video(path)
    except SequenceError:
        return 0
    decoder.close()
    return len(found.index.frames)


def main() -> int:
    """Cut the video that the arguments name."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video", type=Path)
    parser.add_argument("-n", "--frames", type=int, default=100, help="most frames in a chunk (default 100)")
    parser.add_argument("-o", "--output", type=Path, help="folder for the chunks (default VIDEO_chunks)")
    parser.add_argument(
        "--on-keys",
        action="store_true",
        help="end chunks early, at key frames, so that nothing is encoded again",
    )
    words = parser.parse_args()
    if words.frames < 1:
        parser.error("a chunk holds at least one frame")
    folder = words.output or words.video.with_name(f"{words.video.stem}_chunks")
    return run_tool(lambda: _report(cut(words.video, folder, words.frames, on_keys=words.on_keys)))


def _report(chunks: list[Path]) -> None:
    print(f"{len(chunks)} chunks in {chunks[0].parent}")


if __name__ == "__main__":
    sys.exit(main())
