"""Export of films as a data set that are looked over for text and faces meanwhile, beside writing their pictures alone.

No film was looked over before. Run it on a quiet machine.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.inspecting.picture_inspector import PictureInspector
from app.storage.exporters.dataset.data_set_export import export_data_set
from app.storage.exporters.picture_gate import PictureGate
from app.storage.workspace.stored_sequence import StoredSequence, find_sequences
from tool.dev.bench.data_sets import FRAMES, PLAN, write_films, write_pictures
from tool.dev.bench.report import heading, row

FILMS: Final = 3
SIZES: Final = ((320, 240), (854, 480))  # pixels, width and height
CLIP: Final = "davis10/goat/frames"  # whose camera moves all the time
NOISE: Final = 2.0  # grey levels, of the steady film


def run(data: Path) -> None:
    """Print the ratios of times for a film whose camera moves, one that shows a still, and one that is drawn."""
    pictures = sorted((data / CLIP).glob("*.jpg"))
    if not pictures:
        row("the films that are looked over", f"left out: there is no {data / CLIP}")
        return
    inspect = PictureInspector()
    named = np.zeros((480, 640, 3), np.uint8)
    cv2.putText(named, "DOE JANE", (40, 200), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 3)
    inspect(named)  # loads the networks
    for size in SIZES:
        heading(
            f"data set of {FILMS} films of {FRAMES} frames {size[0]}x{size[1]} (DAVIS), looked over meanwhile"
        )
        for title, draw in (("moving", _moving), ("steady", _steady)):
            _measure(title, partial(draw, tuple(pictures), size), size, inspect)
    _measure("drawn, 320x240", None, SIZES[0], inspect)


def _measure(
    title: str,
    picture: Callable[[int], NDArray[np.uint8]] | None,
    size: tuple[int, int],
    inspect: PictureInspector,
) -> None:
    gate = PictureGate(inspect, "refuse", inspect.find_faces)
    seconds = np.zeros((3, 2))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_films(folder, FILMS, picture, size)
        sequences = find_sequences(folder / "work")
        works: tuple[Callable[[Path], object], ...] = (
            partial(_write_all, sequences),
            partial(_export, sequences, None),
            partial(_export, sequences, gate),
        )
        for which, work in enumerate(works):
            seconds[which] = _timed(partial(work, folder / str(which)))
    for label, (processor, clock) in zip(
        ("pictures alone", "export", "and looked over"), seconds, strict=True
    ):
        each = 1e3 / (FILMS * FRAMES)
        times = f"{processor / seconds[0, 0]:.2f} and {clock / seconds[0, 1]:.2f} times"
        row(
            f"{title}, {label}",
            f"processor {processor * each:.2f} ms a frame, clock {clock * each:.2f} ms, {times}",
        )


def _write_all(sequences: Sequence[StoredSequence], folder: Path) -> None:
    for stored in sequences:
        write_pictures(stored, folder / stored.folder.name)


def _export(sequences: Sequence[StoredSequence], gate: PictureGate | None, folder: Path) -> None:
    export_data_set(PLAN, sequences, folder, gate=gate)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of processor and clock."""
    began = time.process_time(), time.monotonic()
    work()
    return time.process_time() - began[0], time.monotonic() - began[1]


@cache
def _resized(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    image = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.uint8)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _moving(paths: tuple[Path, ...], size: tuple[int, int], number: int) -> NDArray[np.uint8]:
    """Return a frame of the clip, which goes there and back."""
    place = number % (2 * len(paths) - 2)
    return _resized(paths[min(place, 2 * len(paths) - 2 - place)], size)


def _steady(paths: tuple[Path, ...], size: tuple[int, int], number: int) -> NDArray[np.uint8]:
    """Return the first frame of the clip with noise."""
    noise = np.random.default_rng(number).normal(0, NOISE, (size[1], size[0], 3))
    return np.clip(_resized(paths[0], size) + noise, 0, 255).astype(np.uint8)
