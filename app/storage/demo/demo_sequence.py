"""The demo sequence: a synthetic video with ground truth masks."""

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from app.domain.annotation import Label
from app.domain.errors import ExportError, UsageError
from app.files.access import access_error
from app.files.atomic_file import atomic_file
from app.files.atomic_folder import atomic_folder
from app.storage.demo import demo_scene
from app.storage.demo.demo_scene import DEMO_OBJECTS, demo_frames
from app.storage.exporters.export_job import translate_write_errors
from app.storage.exporters.image_export import palette_of

__all__ = ["DemoSequence", "demo_drawing", "demo_frames", "demo_labels", "write_demo"]

RATE = 25  # frames a second
LABEL_COLORS = ((255, 214, 0), (0, 229, 255), (118, 255, 3))  # RGB, far apart in hue, as the label list's own
# One encoder thread makes the same file on every machine; with two one of some thousand files differed on a busy one.
ENCODER = {"crf": "20", "preset": "veryfast", "threads": "1", "bf": "2", "g": "50"}


@dataclass(frozen=True, slots=True)
class DemoSequence:
    """The files of a written demo."""

    video: Path  #: MP4
    masks: Path  #: folder of index PNGs, one a frame
    labels: tuple[Label, ...]  #: what their values mean
    frames: int
    width: int
    height: int

    def true_labels(self, frame: int) -> NDArray[np.uint8]:
        """Return the true label map of a frame, uint8 (h, w). Raises SequenceError when its file is gone."""
        path = self.masks / _mask_name(frame)
        try:
            with Image.open(path) as picture:
                return np.array(picture, np.uint8)
        except OSError as error:
            raise access_error(path, error) from error


def demo_labels() -> tuple[Label, ...]:
    """Return the labels of the objects in the demo."""
    return tuple(Label(thing.value, thing.name, LABEL_COLORS[thing.value - 1]) for thing in DEMO_OBJECTS)


def demo_drawing() -> str:
    """Return what tells one drawing of the demo from another: a digest of the code that draws it."""
    code = (Path(demo_scene.__file__), Path(__file__))
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()


def write_demo(folder: Path, frames: int = 120, width: int = 960, height: int = 540) -> DemoSequence:
    """Write demo.mp4 (H.264) and demo_truth/00000.png… into a folder; each appears whole or not at all.

    Raises UsageError for a size that H.264 cannot store, StorageFull or ExportError when writing fails.
    """
    if frames < 1 or min(width, height) < 16 or width % 2 or height % 2:
        raise UsageError(
            "This size cannot be made.",
            subject=f"{frames} frames of {width}x{height}",
            remedy="Ask for at least 1 frame, with even sides of at least 16.",
        )
    demo = DemoSequence(folder / "demo.mp4", folder / "demo_truth", demo_labels(), frames, width, height)
    with translate_write_errors(demo.video):
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_folder(demo.masks) as masks, atomic_file(demo.video) as video:
            _write(demo, masks, video)
    return demo


def _write(demo: DemoSequence, masks: Path, video: Path) -> None:
    palette = palette_of(demo.labels)
    try:
        with av.open(str(video), "w", format="mp4", options={"movflags": "+faststart"}) as film:
            stream = _stream(film, demo)
            drawn = demo_frames(demo.frames, demo.width, demo.height)
            for frame, (image, labels) in enumerate(drawn):
                film.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
                picture = Image.fromarray(labels, "P")
                picture.putpalette(palette)
                picture.save(masks / _mask_name(frame))
            film.mux(stream.encode(None))
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise ExportError(f"The demo cannot be encoded ({error}).", subject=demo.video) from error


def _stream(film: OutputContainer, demo: DemoSequence) -> VideoStream:
    stream = film.add_stream("libx264", rate=Fraction(RATE), options=ENCODER)
    stream.width, stream.height, stream.pix_fmt = demo.width, demo.height, "yuv420p"
    return stream


def _mask_name(frame: int) -> str:
    return f"{frame:05d}.png"
