"""A video file opened by FFmpeg."""

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.container import Flags, InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from app.domain.closeable import Closeable
from app.domain.errors import SequenceError
from app.files.access import access_error, require_ends, require_file
from app.files.odd_names import unicode_path
from app.storage.video.embedded_video import EmbeddedVideo, is_dicom_file

# Playlists could make FFmpeg read other files or the network; the rest draw text files as if they were video.
# fmt: off
REFUSED_FORMATS = frozenset({
    "hls", "dash", "concat", "imf", "sdp", "rtp", "rtsp", "sap", "webm_dash_manifest", "image2",
    "lavfi", "tty", "bin", "xbin", "adf", "idf",
})
# fmt: on
COVER_PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails
MAX_PIXELS = 1 << 27  # as for images; FFmpeg refuses larger pictures before it allocates
# FFmpeg works out missing presentation times only for streams whose B-frames are never references.
OWN_TIMES_ONLY = frozenset({"h264", "hevc", "vvc", "av1", "vp9"})
# Containers that state the length of each packet, so that one cut off in its middle is known to be.
MEASURED = frozenset({"mov", "matroska", "avi", "flv"})
# AVFieldOrder: 0 is unknown, 1 progressive, the others interlaced.
PROGRESSIVE = 1
NOT_CODED_BYTES = 16  # of a packet, chosen by hand: a coded picture takes more


class VideoFile(Closeable):
    """An open container and the one stream of it that is watched.

    threads: of the decoder, 0 for one a core. is_strict: whether the decoder refuses a damaged packet; with several
    threads it else may give its picture without a word, as the threads fall. Not for use by several threads at once.
    """

    def __init__(self, path: Path, threads: int = 0, is_strict: bool = False) -> None:
        """Open a video. Raises SequenceError when FFmpeg finds no video in the file."""
        self.path = path
        self.is_strict = is_strict
        require_file(path)
        self.container = _open(path)
        try:
            self.stream = _choose_stream(path, self.container)
            self.codec = self.stream.codec_context
            self.codec.options = {"max_pixels": str(MAX_PIXELS)} | (
                {"err_detect": "explode"} if is_strict else {}
            )
            self.codec.thread_count = threads
            self.codec.thread_type = "NONE" if threads == 1 else "AUTO"
            if self.codec.name in OWN_TIMES_ONLY:
                self.container.flags &= ~cast(int, Flags.gen_pts.value)
        except BaseException:
            self.container.close()
            raise

    def close(self) -> None:
        """Release the file and the decoder."""
        self.container.close()

    @property
    def sample_aspect(self) -> Fraction:
        """Width of a stored pixel by its height, 1 where the file does not say."""
        return self.stream.sample_aspect_ratio or Fraction(1)

    @property
    def may_split_fields(self) -> bool:
        """Whether packets may hold one field each, half a frame: interlaced H.264 outside MP4 and the like."""
        field_order = int(self.codec.field_order)
        return field_order > PROGRESSIVE and self.codec.name == "h264" and not self.states_packet_sizes

    @property
    def states_packet_sizes(self) -> bool:
        """Whether the container states where each packet ends."""
        return bool(MEASURED & set(self.container.format.name.split(",")))

    def may_skip(self, smallest: int) -> bool:
        """Whether packets may stand for no picture at all. smallest: bytes of the smallest packet.

        In MPEG-4 a picture that is not coded (ISO/IEC 14496-2, vop_coded) is a header and nothing else.
        """
        return self.codec.name == "mpeg4" and smallest <= NOT_CODED_BYTES

    @property
    def reorders_frames(self) -> bool:
        """Whether frames may be shown in another order than they are stored in."""
        return bool(self.codec.has_b_frames) or self.codec.name in OWN_TIMES_ONLY


def _open(path: Path) -> InputContainer:
    allowed = ",".join(sorted(av.formats_available - REFUSED_FORMATS))
    options = {"protocol_whitelist": "file", "format_whitelist": allowed}
    try:
        # Of a DICOM file FFmpeg sees the video in it, and nothing else.
        with unicode_path(path) as name:
            place = EmbeddedVideo(path) if is_dicom_file(path) else f"file:{name}"
            # No time limit: a slow drive is no fault of the file, and a worker that hangs is found by its own limits.
            return av.open(place, "r", options=options, metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise _unreadable_error(path, error) from error
    except (OSError, ValueError) as error:
        raise _unreadable_error(path, error) from error


def _unreadable_error(path: Path, error: Exception) -> SequenceError:
    if isinstance(error, OSError) and error.errno in (1, 2, 13, 24):
        return access_error(path, error)
    require_ends(path)  # FFmpeg takes a file whose drive went away for one that is no video
    if _is_headless_mp4(path):
        return SequenceError(
            "The recording was cut off before its index was written, so no frame can be found in it.",
            subject=path,
            remedy="Copy the whole file again, or have its maker's software repair it.",
        )
    return SequenceError(
        "This is not a video that can be read.",
        subject=path,
        remedy="Choose a video, an image or a scan, or convert the file to MP4 first.",
    )


def _is_headless_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(12)[4:8] in (b"ftyp", b"mdat", b"wide")


def _choose_stream(path: Path, container: InputContainer) -> VideoStream:
    found = [stream for stream in container.streams.video if not stream.disposition & COVER_PICTURES]
    if not found:
        raise SequenceError("The file holds no video.", subject=path, remedy="Choose a file with a picture.")
    usable = [stream for stream in found if cast(object, stream.codec_context) is not None]
    if not usable:
        raise SequenceError(
            "No decoder is known for this video.", subject=path, remedy="Convert it to H.264 in MP4 first."
        )
    best = max(usable, key=_stream_rank)
    for stream in container.streams:
        if stream.index != best.index:
            stream.discard = Discard.all
    return best


def _stream_rank(stream: VideoStream) -> tuple[bool, int, int]:
    codec = stream.codec_context
    return bool(stream.disposition & Disposition.default), codec.width * codec.height, -stream.index
