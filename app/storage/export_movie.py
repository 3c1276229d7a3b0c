"""Export as a film that plays in a browser: H.264, 4:2:0, index in front."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from app.annotation import SequenceInfo
from app.errors import ExportError
from app.storage.export_images import blend
from app.storage.export_job import ExportJob, writing
from app.storage.whole_file import whole_file

TICKS = 90_000
STILL_RATE = 10
OPTIONS = {"crf": "18", "preset": "veryfast"}


def export_movie(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_overlay.mp4 with the source's own frame times.

    4:2:0 needs even sides; an odd side gets its last row or column twice.
    """
    target = folder / f"{job.name}_overlay.mp4"
    with writing(target):
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as draft:
            try:
                _encode(job, draft)
            except av.FFmpegError as error:
                raise ExportError(f"The film cannot be encoded ({error}).", subject=target) from error
    return [target]


def _encode(job: ExportJob, path: Path) -> None:
    info = job.info
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film:
        stream = film.add_stream("libx264", rate=_rate(info), options=OPTIONS)
        stream.width, stream.height = info.width + info.width % 2, info.height + info.height % 2
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        for index in job.frames():
            blended = blend(job.image(index), job.label_map(index), job.labels, job.opacity)
            frame = av.VideoFrame.from_ndarray(_even(blended), format="rgb24")
            frame.pts, frame.time_base = _ticks(info, index), Fraction(1, TICKS)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def _rate(info: SequenceInfo) -> Fraction:
    return Fraction(info.fps or STILL_RATE).limit_denominator(1001)


def _ticks(info: SequenceInfo, frame: int) -> int:
    """When a frame is shown, in ticks; never at the same time as the one before."""
    if info.times:
        return round(info.times[frame] * TICKS)
    return round(frame / _rate(info) * TICKS)


def _even(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    return np.ascontiguousarray(np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))
