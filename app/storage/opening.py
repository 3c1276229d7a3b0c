"""Opening of sequences: a video, a folder of images, one image, a scan. Used in worker processes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from app.domain.annotation import FrameAxis, Orientation, SequenceKind, SeriesInfo
from app.domain.errors import SequenceError, WorkspaceError
from app.domain.frame_order import split_time
from app.files.access import list_folder, require_file
from app.files.private import make_private_folder
from app.files.suffixes import is_image, is_scan, is_video
from app.storage.images.image_folder import open_folder, open_image
from app.storage.source import FrameSource
from app.storage.video.video_source import VideoSource
from app.storage.volume.archive.unpacked_study import is_archive
from app.storage.volume.dicom.dicom_search import holds_dicom
from app.storage.volume.dicom.dicom_signature import SIGNATURE_BYTES, begins_as_dicom, is_index

# What a file of each kind begins with, at an offset in bytes.
MAGIC: tuple[tuple[SequenceKind, int, bytes], ...] = (
    ("volume", 344, b"n+1\0"),
    ("volume", 0, b"NRRD0"),
    ("image", 0, b"\xff\xd8\xff"),
    ("image", 0, b"\x89PNG\r\n\x1a\n"),
    ("image", 0, b"BM"),
    ("image", 0, b"II*\0"),
    ("image", 0, b"MM\0*"),
    ("image", 8, b"WEBP"),
    ("video", 4, b"ftyp"),
    ("video", 4, b"moov"),
    ("video", 0, b"\x1a\x45\xdf\xa3"),
    ("video", 8, b"AVI "),
    ("video", 0, b"\0\0\1\xba"),
    ("video", 0, b"\0\0\1\xb3"),
    ("video", 0, b"\x30\x26\xb2\x75"),
    ("video", 0, b"FLV"),
    ("video", 0, b"GIF8"),
    ("video", 0, b"OggS"),
    ("video", 0, b"\x06\x0e\x2b\x34"),
)
HEAD = max(SIGNATURE_BYTES, 352)  # bytes that cover every magic above


def open_source(
    path: Path,
    *,
    series: str | None = None,
    index_folder: Path | None = None,
    orientation: Orientation | None = None,
    along: FrameAxis = "space",
) -> FrameSource:
    """Open a sequence.

    series: which DICOM series of a folder that holds several; with "@2" the second time point alone.
    index_folder: where the list of a video's frames is kept, so that opening it again takes no time, and a
    scan's decoded slices while it is open. orientation: how a scan is sliced, None for the way it was recorded.
    along: which frames of a scan over time follow each other.
    Raises SequenceError saying what is wrong with which file and what to do, SeveralSeries when one of
    several must be chosen.
    """
    kind = _kind(path)
    if kind == "volume":
        return _open_scan(path, series, orientation, index_folder, along)
    if kind == "folder":
        return open_folder(path)
    if kind == "image":
        return open_image(path)
    return VideoSource(path, index_folder)


def _open_scan(
    path: Path, series: str | None, orientation: Orientation | None, spool: Path | None, along: FrameAxis
) -> FrameSource:
    # A video never needs pydicom and SimpleITK, which take a while to import.
    from app.storage.dicom_opening import open_dicom
    from app.storage.volume.volume_opening import is_dicom, open_volume

    series, choice = split_time(series)
    time, along = (None, "time") if choice == "all" else (choice, along)
    with spool_folder(spool) if spool is not None else contextlib.nullcontext():
        if is_dicom(path):
            return open_dicom(path, series, orientation, spool, time, along)
        return open_volume(path, orientation=orientation, time=time, spool=spool, along=along)


def list_series(path: Path) -> tuple[SeriesInfo, ...]:
    """Return the series of a DICOM source, () of anything else. Raises SequenceError."""
    if _kind(path) != "volume":
        return ()
    from app.storage.volume.volume_opening import list_series

    return list_series(path)


@contextlib.contextmanager
def spool_folder(folder: Path) -> Iterator[None]:
    """Make a folder for decoded slices; it goes again when the block fails. Raises WorkspaceError."""
    try:
        make_private_folder(folder)
    except OSError as error:
        raise WorkspaceError(
            f"The workspace cannot be written ({error.strerror}).",
            subject=folder,
            remedy="Choose another workspace folder or check its permissions.",
        ) from error
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            folder.rmdir()
            folder.parent.rmdir()
        raise


def probe_kind(path: Path) -> SequenceKind | None:
    """Return what a path looks like by its name and first bytes, None for nothing that can be opened.

    Cheap: reads a few hundred bytes of at most a few files. Only open_source finds out whether all is well.
    """
    try:
        kind = _kind(path)
        if kind == "folder" and not any(is_image(file) for file in list_folder(path)):
            return None
    except SequenceError:
        return None
    return kind


def _kind(path: Path) -> SequenceKind | None:
    if path.is_dir():
        return "volume" if holds_dicom(path) else "folder"
    require_file(path)
    if is_scan(path) or is_index(path):
        return "volume"
    by_content = _kind_by_content(path)
    if by_content is not None:
        return by_content
    if is_image(path) or is_video(path):
        return "image" if is_image(path) else "video"
    return "volume" if is_archive(path) else None


def _kind_by_content(path: Path) -> SequenceKind | None:
    with path.open("rb") as file:
        head = file.read(HEAD)
    if begins_as_dicom(head):
        return "volume"
    return next((kind for kind, at, magic in MAGIC if head[at : at + len(magic)] == magic), None)
