"""A video as a sequence of frames."""

import contextlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import SequenceInfo, Window
from app.domain.closeable import Closeable
from app.domain.errors import SequenceError, UsageError
from app.files.access import require_file
from app.storage.video import index_file
from app.storage.video.frame_rate import rate_and_times
from app.storage.video.indexer import IndexedVideo, index_video
from app.storage.video.picture_reader import PictureReader
from app.storage.video.video_decoder import VideoDecoder
from app.storage.video.video_file import VideoFile
from app.storage.video.video_pixels import RgbConverter
from app.storage.workspace.fingerprint import fingerprint

BUDGET = 96 << 20  # bytes of decoded pictures: 31 of 1080p, so a group of pictures is mostly decoded once


class VideoSource(Closeable):
    """The frames of a video, each exactly as a player that shows every one of them would show it.

    Pixels are as stored: rotation and mirroring that the file asks for are applied, but non-square
    pixels are not stretched, interlaced fields not separated, and nothing is scaled. Frame 0 is the
    first one that an edit list leaves in. Not for use by several threads at once.
    """

    def __init__(self, path: Path, index_folder: Path | None = None, budget: int = BUDGET) -> None:
        """Open a video.

        index_folder: where the list of frames is kept for the next time. budget: bytes of decoded
        pictures kept.
        Raises SequenceError when the file is not a video, is damaged beyond use or cannot be read.
        """
        require_file(path)
        found, decoder = _open(path, index_folder)
        width, height = found.size
        capacity = max(budget // (width * height * 3 // 2), 1)
        self._path = path
        self._begins = found.index.starts
        self._converter = RgbConverter(found.turn)
        self._reader: PictureReader | None = PictureReader(path, decoder, budget, capacity)
        fps, times = rate_and_times(found.index, decoder.tick, decoder.rate)
        shape, turned = decoder.sample_aspect, found.turn.transpose
        self.info = SequenceInfo(
            name=path.stem,
            path=str(path),
            kind="video",
            frames=len(found.index.frames),
            width=width,
            height=height,
            fps=fps,
            times=times,
            sample_aspect=(shape.denominator, shape.numerator)
            if turned
            else (shape.numerator, shape.denominator),
            warnings=found.warnings,
        )

    def close(self) -> None:
        """Release files and decoders."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    @property
    def decoded(self) -> int:
        """Number of packets decoded since opening, the measure of what reading cost."""
        return self._open_reader().decoded

    def read(self, index: int, window: Window | None = None) -> NDArray[np.uint8]:
        """Return exactly frame index, uint8 (h, w, 3) RGB, to keep; window has no meaning for a video.

        Raises SequenceError when the frame is damaged or the file is gone, IndexError when there is no
        such frame.
        """
        if not 0 <= index < self.info.frames:
            raise IndexError(f"frame {index} of {self.info.frames}")
        image = self._converter.to_rgb(self._open_reader().read(index))
        if image.shape[:2] != (self.info.height, self.info.width):
            raise self._resized(index, image)
        return image

    def begin_of_segment(self, start: int, stop: int) -> int | None:
        """Return the first frame of [start, stop) at which decoding can begin, None where there is none."""
        place = int(np.searchsorted(self._begins, start))
        found = int(self._begins[place]) if place < len(self._begins) else stop
        return found if found < stop else None

    def _open_reader(self) -> PictureReader:
        if self._reader is None:
            raise UsageError("The video was closed.", subject=self._path)
        return self._reader

    def _resized(self, index: int, image: NDArray[np.uint8]) -> SequenceError:
        height, width = image.shape[:2]
        return SequenceError(
            f"Frame {index} is {width}x{height}, frame 0 is {self.info.width}x{self.info.height}.",
            subject=self._path,
            remedy="Cut the video where its picture size changes and annotate the parts on their own.",
        )


def _open(path: Path, index_folder: Path | None) -> tuple[IndexedVideo, VideoDecoder]:
    known = _load_or_index(path, index_folder)
    return known, VideoDecoder(VideoFile(path, is_strict=True), known.index)


def _load_or_index(path: Path, index_folder: Path | None) -> IndexedVideo:
    if index_folder is None:
        return _index(path)
    kept = index_file.index_path(index_folder, fingerprint(path))
    known = index_file.load_index(kept)
    if known is not None:
        return known
    found = _index(path)
    # The list is a convenience: a full or read-only disk must not keep anyone from seeing the video.
    with contextlib.suppress(OSError):
        index_file.save_index(kept, found)
    return found


def _index(path: Path) -> IndexedVideo:
    """Index a video; the decoder that is open for it takes damage as it comes, and ends."""
    found, decoder = index_video(path)
    decoder.close()
    return found
