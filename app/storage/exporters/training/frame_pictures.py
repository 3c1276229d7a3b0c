"""Frames as picture files of a data set."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.files.access import access_error
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.image_export import MAP_OPTIONS, OVERLAY_OPTIONS
from app.storage.images.image_header import read_header
from app.storage.images.palette_png import palette_png

JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 95)  # the quality of DAVIS' and YouTube-VOS' own pictures, about


def write_picture(
    job: ExportJob, frame: int, path: Path, *, keep: bool = True, is_deep: bool = False
) -> None:
    """Write a frame by the suffix of path, unless it is there already, from a run that was cut off.

    After a power cut, or where a drive was pulled out, a file may have its name and not its content: ext4 left all
    of 181 pictures of the last 12 seconds empty. Those are written again.
    keep: copy a source file of that suffix that needs no turning. is_deep: also one of more than 8 bits.
    """
    if path.exists() and (header := read_header(path)) is not None and header.whole:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    source = source_file(job, frame, is_deep=is_deep) if keep else None
    if source is not None and source.suffix == path.suffix:
        _copy_file(source, draft)
    else:
        options = JPEG if path.suffix == ".jpg" else OVERLAY_OPTIONS
        _, content = cv2.imencode(path.suffix, job.image(frame)[..., ::-1], options)
        draft.write_bytes(content.tobytes())
    draft.replace(path)


def _copy_file(source: Path, target: Path) -> None:
    """Copy a file as it is. Raises SequenceError where it cannot be read, OSError where the copy cannot be written."""
    try:
        content = source.read_bytes()
    except OSError as error:
        raise access_error(source, error) from error
    target.write_bytes(content)


def source_file(job: ExportJob, frame: int, *, is_deep: bool = False) -> Path | None:
    """Return the file that a frame is. is_deep: whether more than 8 bits are wanted too.

    None where it is none, would be shown turned by programs that read it, or shows what must not be seen.
    Raises SequenceError for a picture that cannot be read any more.
    """
    if job.hidden(frame):
        return None
    path = Path(job.info.path)
    if job.info.kind == "folder" and len(job.info.frame_names) == job.info.frames:
        path /= job.info.frame_names[frame]
    elif job.info.kind != "image":
        return None
    try:
        header = read_header(path)
    except OSError as error:
        raise access_error(path, error) from error
    if header is None or header.is_turned or header.pages != 1 or not (is_deep or header.bits == 8):
        return None
    return path


def write_map(path: Path, values: NDArray[np.uint16], palette: bytes | None = None) -> None:
    """Write a map of values as PNG: 8 bit with a palette of 256 RGB entries, or else 16 bit grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if palette is None:
        Image.fromarray(values).save(path, **MAP_OPTIONS)
    else:
        path.write_bytes(palette_png(values.astype(np.uint8), palette))
