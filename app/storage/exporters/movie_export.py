"""Export as a film that plays in a browser: H.264, 4:2:0, BT.709, index in front."""

import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from app.domain.annotation import SequenceInfo
from app.domain.errors import ExportError
from app.domain.play_times import rate, run_clip
from app.files.odd_names import unicode_path
from app.storage.exporters.export_job import FULL, ExportJob
from app.storage.exporters.image_export import blend
from app.storage.exporters.volume_export_file import export_file

TICKS = 90_000  # a second, the clock of MPEG: holds 24, 25, 30 and 60 frames a second exactly
KEY_SECONDS = 2  # between key frames: players seek to them, more cost size
OPTIONS = {"crf": "18", "preset": "veryfast"}
# Numbers of ITU-T H.273: BT.709 for primaries and transfer.
BT709 = 1


def export_movie(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_overlay.mp4 with the source's own frame times, of time points at their mean rate; chosen frames
    follow one another.

    4:2:0 needs even sides; an odd side gets its last row or column twice.
    """
    target = folder / f"{job.name}_overlay.mp4"
    with export_file(target) as draft:
        try:
            _encode(job, draft)
        except av.FFmpegError as error:
            if error.errno in FULL:
                raise OSError(error.errno, error.strerror) from error
            raise ExportError(
                f"The film cannot be encoded ({error}).",
                subject=target,
                remedy="Export overlay images instead.",
            ) from error
    return [target]


def _encode(job: ExportJob, path: Path) -> None:
    info, labels = job.info, job.all_labels
    with (
        unicode_path(path, os.O_RDWR | os.O_CREAT) as name,
        av.open(name, "w", format="mp4", options={"movflags": "+faststart"}) as film,
    ):
        stream = film.add_stream("libx264", rate=_rate(info), options=OPTIONS)
        stream.width, stream.height = info.width + info.width % 2, info.height + info.height % 2
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.sample_aspect_ratio = Fraction(*info.sample_aspect)
        stream.time_base = context.time_base = Fraction(1, TICKS)
        context.gop_size = max(1, round(KEY_SECONDS * _rate(info)))
        context.color_primaries = context.color_trc = BT709
        context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
        times, shown = _frame_times(info), job.selected().shown
        pts = 0
        for index in job.watch(shown):
            blended = blend(job.image(index), job.label_map(index), labels, job.opacity)
            frame = av.VideoFrame.from_ndarray(_pad_to_even(blended), format="rgb24").reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            frame.pts, frame.duration, frame.time_base = pts, times[index], Fraction(1, TICKS)
            pts += times[index]
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def _rate(info: SequenceInfo) -> Fraction:
    return Fraction(rate(run_clip(info, 0))).limit_denominator(1001)


def _frame_times(info: SequenceInfo) -> list[int]:
    """Return for how long each frame is shown, in ticks; the last one for as long as frames are on average.

    No two frames are shown at the same time, also where the source says so: no player could.
    """
    step = max(1, round(TICKS / _rate(info)))
    times: list[int] = []
    for frame in range(info.frames):
        seconds = info.times[frame] if info.times else frame / _rate(info)
        times.append(max(round(seconds * TICKS), times[-1] + 1 if times else 0))
    return [following - time for time, following in pairwise((*times, times[-1] + step))]


def _pad_to_even(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    if height % 2 == width % 2 == 0:
        return np.ascontiguousarray(image)
    return np.asarray(cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), np.uint8)
