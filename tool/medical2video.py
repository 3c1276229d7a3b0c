"""Turn a scan into a video: a DICOM series, or a NIfTI, NRRD or MetaImage volume.

Every slice becomes one frame, in order, seen through an intensity window and hung as radiologists expect. A scan
over time becomes one video for each time point. The video is 8 bit and lossy to a degree that cannot be seen;
the program itself opens scans as they are, so use this only for programs that cannot.
"""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.domain.annotation import Orientation, Window
from app.domain.errors import ExportError, SequenceError, UsageError
from app.files.atomic_file import atomic_file
from app.imaging.volume_geometry import ORIENTATIONS, SlicePlane
from app.imaging.windowing import PRESETS
from app.storage.exporters.export_job import translate_write_errors
from app.storage.volume.volume_opening import list_series, open_volume
from app.storage.volume.volume_source import VolumeSource
from tool.terminal import Progress, run_tool, warn

_RATE: Final = 15.0  # frames a second; chosen by hand
# AVCOL_RANGE_JPEG keeps all 256 greys apart; most players honour it.
_FULL_RANGE: Final = 2
# Chosen by hand, well below the 18 that x264 calls visually lossless, since greys are looked at through windows.
_LOSSY: Final = {"crf": "8", "preset": "medium"}
_LOSSLESS: Final = {"qp": "0", "preset": "medium"}
_LARGEST_RATIO: Final = 255  # number in a sample aspect ratio; chosen by hand, keeps fractions short


def convert(
    scan: Path,
    folder: Path,
    *,
    window: Window | None = None,
    orientation: Orientation | None = None,
    rate: float = _RATE,
    series: str | None = None,
    lossless: bool = False,
) -> list[Path]:
    """Write the videos of a scan into a folder and return them, one a time point.

    window: None for the scan's own. orientation: None for the one it was stored in. rate: frames a second.
    Raises SequenceError for what is no scan, ExportError or StorageFull when a video cannot be written; each
    video appears whole or not at all.
    """
    paths = []
    time, times = 0, 1
    while time < times:
        with open_volume(scan, series=series, orientation=orientation, time=time) as source:
            times = source.origin.times
            name = source.info.name
            if times > 1:
                name += f"_t{time:0{max(2, len(str(times - 1)))}d}"
            if time == 0:
                for warning in source.info.warnings:
                    warn(warning)
            path = folder / f"{name}.mp4"
            with translate_write_errors(path):
                folder.mkdir(parents=True, exist_ok=True)
                with atomic_file(path) as draft:
                    _encode(source, draft, window, rate, _LOSSLESS if lossless else _LOSSY)
        paths.append(path)
        time += 1
    return paths


def _encode(
    source: VolumeSource, path: Path, window: Window | None, rate: float, options: dict[str, str]
) -> None:
    progress = Progress(source.info.name)
    exact = Fraction(rate).limit_denominator(1001)
    try:
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film:
            stream = _stream(film, source.plane, exact, options)
            for index in range(source.info.frames):
                frame = _frame(_picture(source, index, window))
                frame.pts, frame.time_base = index, 1 / exact
                film.mux(stream.encode(frame))
                progress(index + 1, source.info.frames)
            film.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise ExportError(f"The video cannot be encoded ({error}).", subject=path) from error


def _stream(film: Any, plane: SlicePlane, rate: Fraction, options: dict[str, str]) -> Any:
    stream = film.add_stream("libx264", rate=rate, options=options)
    stream.width, stream.height = plane.width + plane.width % 2, plane.height + plane.height % 2
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = 1 / rate
    stream.codec_context.color_range = _FULL_RANGE
    # Slices thicker than their pixels are wide stand at their true height in a player.
    ratio = Fraction(1 / plane.aspect).limit_denominator(_LARGEST_RATIO)
    stream.codec_context.sample_aspect_ratio = ratio or Fraction(1)
    return stream


def _picture(source: VolumeSource, index: int, window: Window | None) -> NDArray[np.uint8]:
    """Return a slice as it hangs, uint8 (h, w). A damaged one is black, so that frame n stays slice n."""
    plane = source.plane
    try:
        gray = source.read(index, window)[..., 0]
    except SequenceError as error:
        warn(str(error))
        gray = np.zeros((plane.height, plane.width), np.uint8)
    gray = gray[:: -1 if plane.flip_y else 1, :: -1 if plane.flip_x else 1]
    # 4:2:0 needs even sides; an odd side gets its last row or column twice.
    return np.pad(gray, ((0, plane.height % 2), (0, plane.width % 2)), mode="edge")


def _frame(gray: NDArray[np.uint8]) -> av.VideoFrame:
    """Return a frame with grey values as its luma and neutral colour planes."""
    height, width = gray.shape
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = gray
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.color_range = _FULL_RANGE
    return frame


def main() -> int:
    """Convert the scan that the arguments name."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scan", type=Path, help="a folder of DICOM files, or a file")
    parser.add_argument("-o", "--output", type=Path, default=Path(), help="folder (default: here)")
    seen = parser.add_mutually_exclusive_group()
    seen.add_argument("--window", nargs=2, type=float, metavar=("WIDTH", "CENTER"), help="in native units")
    seen.add_argument("--preset", choices=[name.lower() for name in PRESETS], help="a named window")
    parser.add_argument("--orientation", choices=ORIENTATIONS, help="default: as the scan was stored")
    parser.add_argument("--rate", type=float, default=_RATE, help=f"frames a second (default {_RATE:g})")
    parser.add_argument("--series", help="UID or number, where a folder holds several")
    parser.add_argument("--list", action="store_true", help="list the series in a folder and do nothing else")
    parser.add_argument("--lossless", action="store_true", help="larger, and not every player shows it")
    words = parser.parse_args()
    if not 0 < words.rate <= 1000:
        parser.error("the rate is more than 0 and at most 1000")
    return run_tool(lambda: _work(words))


def _work(words: argparse.Namespace) -> None:
    if words.list:
        for series in list_series(words.scan):
            print(series)
        return
    written = convert(
        words.scan,
        words.output,
        window=_window(words),
        orientation=words.orientation,
        rate=words.rate,
        series=words.series,
        lossless=words.lossless,
    )
    for path in written:
        print(path)


def _window(words: argparse.Namespace) -> Window | None:
    if words.preset:
        return next(window for name, window in PRESETS.items() if name.lower() == words.preset)
    if words.window is None:
        return None
    width, center = words.window
    if width <= 0:
        raise UsageError("A window is wider than 0.", subject=width)
    return Window(width, center)


if __name__ == "__main__":
    sys.exit(main())
