"""Export of a data set of 50 films and 30,000 frames: its time beside that of writing the pictures alone, and memory.

Both are timed in turns, film by film, since other programs share the machine. The whole export runs in a process of
its own, is cancelled half-way and goes on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status
from app.domain.history import CellChange, Edit
from app.imaging.masks import encode
from app.storage.exporters.dataset.data_set_export import export_data_set
from app.storage.exporters.dataset.data_set_plan import DataSetPlan
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.training.frame_pictures import write_picture
from app.storage.opening import open_source
from app.storage.workspace.identity import sequence_identity
from app.storage.workspace.journal import JournalEntry
from app.storage.workspace.stored_sequence import StoredSequence, find_sequences
from app.storage.workspace.workspace import Workspace, find_source, folder_for
from tool.dev.bench.report import heading, row
from tool.dev.bench.scale import peak_mebibytes

FILMS, FRAMES, WIDTH, HEIGHT = 50, 600, 320, 240
TURNS, EACH = 2, 5  # both are timed in turns, with so many films each
PLAN: Final = DataSetPlan("davis", "bench", (1.0, 0.0, 0.0), split_by="source")


class StoppedError(Exception):
    """The export was stopped on purpose."""


@dataclass(slots=True)
class Watch:
    """What is seen of an export while it runs; it stops the export at a frame, or never."""

    stop: int | None = None
    calls: int = 0
    longest: float = 0.0  #: seconds without progress
    last: float = 0.0

    def progress(self, done: int, _total: int) -> None:
        """Take in progress. Raises StoppedError to stop."""
        now = time.monotonic()
        self.longest = max(self.longest, now - self.last) if self.last else 0.0
        self.last, self.calls = now, self.calls + 1
        if done == self.stop:
            raise StoppedError


def run() -> None:
    """Print the ratio of times, the peak of memory, and what is seen while it runs."""
    heading(f"data set of {FILMS} films, {FILMS * FRAMES:,} frames {WIDTH}x{HEIGHT} (DAVIS)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_films(folder)
        sequences = find_sequences(folder / "work")
        alone, whole = np.sum(
            [_timed(sequences[n * EACH : (n + 1) * EACH], folder) for n in range(TURNS)], axis=0
        )
        for label, (processor, _) in (("pictures alone", alone), ("export", whole)):
            row(f"{label}, processor time a frame", f"{1e3 * processor / (TURNS * EACH * FRAMES):.2f} ms")
        times = whole / alone
        row(
            "export in times of the pictures",
            f"{times[0]:.2f} of the processor's, {times[1]:.2f} of the clock's",
        )
        command = [sys.executable, "-m", "tool.dev.bench.data_sets", name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        for label, value in json.loads(done.stdout.splitlines()[-1]).items():
            row(label, value)


def write_films(
    folder: Path,
    films: int = FILMS,
    picture: Callable[[int], NDArray[np.uint8]] | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> None:
    """Write the films, which differ by a few bytes, and a workspace for each with a mask on every frame.

    picture: returns a frame, uint8 (h, w, 3) RGB; None draws them. size: width and height.
    """
    film = folder / "film.mp4"
    with av.open(str(film), "w") as sink:
        track = sink.add_stream("libx264", rate=25)
        (track.width, track.height), track.pix_fmt = size, "yuv420p"
        for number in range(FRAMES):
            image = (picture or _picture)(number)
            sink.mux(track.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        sink.mux(track.encode())
    content = film.read_bytes()
    with open_source(film) as opened:
        info = opened.info
    for number in range(films):
        path = folder / "films" / f"film{number:02d}.mp4"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content + b"\0\0\0\x0cfree" + number.to_bytes(4))
        _annotate(folder / "work", path, replace(info, name=path.name, path=str(path)))


def _annotate(root: Path, path: Path, info: SequenceInfo) -> None:
    identity = sequence_identity(path)
    cells = tuple(
        CellChange(
            frame,
            1,
            None,
            Annotation(
                encode(_disc(frame, info.width, info.height) > 0), Status.EDITED, reference=True, version=1
            ),
        )
        for frame in range(info.frames)
    )
    edit = Edit(1, "Set masks", cells, ((), (Label(1, "tool", (255, 0, 0)),)), ((), (Object(1, 1),)))
    with Workspace(folder_for(root, info.name, identity)) as workspace:
        workspace.describe(info, identity)
        workspace.journal.write([JournalEntry(edit, "done", 0.0)])


def _timed(
    sequences: Sequence[StoredSequence], folder: Path
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return seconds of processor and clock for the pictures of some films alone, and for their export."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        began = time.process_time(), time.monotonic()
        for stored in sequences:
            write_pictures(stored, Path(name) / "alone" / stored.folder.name)
        between = time.process_time(), time.monotonic()
        export_data_set(PLAN, sequences, Path(name))
        ended = time.process_time(), time.monotonic()
    return (between[0] - began[0], between[1] - began[1]), (ended[0] - between[0], ended[1] - between[1])


def write_pictures(stored: StoredSequence, folder: Path) -> None:
    """Decode and write all frames as the export does."""
    with open_source(find_source(stored.folder)) as source:
        job = ExportJob(
            source.info, (), (), lambda _: {}, source.read, 0.5, lambda *_: None, lambda: None, source=source
        )
        for frame in range(source.info.frames):
            write_picture(job, frame, folder / f"{frame:05d}.jpg")


def _export_in_two(folder: Path) -> dict[str, str]:
    """Export all films, cancelled half-way; return what was seen, by what it is."""
    sequences: Sequence[StoredSequence] = find_sequences(folder / "work")
    first, second = Watch(len(sequences) * FRAMES // 2), Watch()
    began = time.process_time()
    try:
        export_data_set(PLAN, sequences, folder, first.progress)
    except StoppedError:
        half = time.process_time() - began
    report = export_data_set(PLAN, sequences, folder, second.progress)
    ended = time.process_time() - began - half
    return {
        "half of it, then cancelled, processor time": f"{half:.1f} s",
        "the whole, going on from there, processor time": f"{ended:.1f} s, {report.frames:,} frames",
        "progress, and the longest time without": f"{second.calls:,} times, {second.longest:.2f} s",
        "memory at the most": f"{peak_mebibytes():.0f} MiB",
    }


def _picture(number: int) -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    waves = 128 + 60 * np.sin((columns + 3 * number) / 23) + 50 * np.cos((rows - number) / 17)
    picture = np.dstack([waves, 255 - waves, waves / 2]).astype(np.uint8)
    picture[_disc(number) > 0] = (220, 60, 40)
    return np.ascontiguousarray(picture)


def _disc(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    canvas = np.zeros((height, width), np.uint8)
    cv2.circle(canvas, (60 + number % 200, 60 + number % 120), 20 + number % 30, 1, -1)
    return canvas


if __name__ == "__main__":
    print(json.dumps(_export_in_two(Path(sys.argv[1]))))
