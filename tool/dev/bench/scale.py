"""Time and memory at two sizes of what people have much of, so that it is seen what grows faster than the work.

Each case runs in a process of its own; times are of its processor, since other programs share the machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from app.domain.annotation import Annotation, Label, Mask, Object, SequenceInfo, Status
from app.domain.history import CellChange, Edit
from app.domain.worklist.entry import EntryState, WorklistEntry
from app.domain.worklist.sorting import sort_entries
from app.imaging.masks import encode
from app.messages import events as ev
from app.pipeline.drop_folder.scanner import Scanner
from app.session import Session
from app.storage.images.image_folder import open_folder
from app.storage.workspace.fingerprint import sample_files
from app.storage.workspace.image_changes import list_images, match_images
from app.storage.workspace.journal import Journal, JournalContents, JournalEntry
from app.storage.workspace.worklist_store import Worklist
from tool.dev.bench.report import heading, row

WIDTH, HEIGHT = 640, 480
GESTURES: Final = 100
LABELS: Final = (Label(1, "tool", (255, 0, 0)),)
Step = Callable[[int, Path], None]


def objects_on_a_frame(count: int, folder: Path) -> None:
    """Store and read as many objects on one frame, then change a hundred of them, one after the other."""
    objects = tuple(Object(number, 1) for number in range(1, count + 1))
    cells = [
        (0, number, Annotation(_disc(number), Status.EDITED, reference=True, version=1))
        for number in range(1, count + 1)
    ]
    found = _store_and_read(folder, objects, cells)
    session = _open(_clip(10), objects, found.cells)
    for number in range(1, GESTURES + 1):
        session.handle(ev.MaskSet(0, number, _disc(number + 1)))
        session.snapshot()


def masks_of_five_objects(frames: int, folder: Path) -> None:
    """Store five objects on as many frames, read them, open the sequence with them, and verify all."""
    objects = tuple(Object(number, 1) for number in range(1, 6))
    discs = [_disc(number) for number in range(100)]
    cells = [
        (frame, item.object_id, Annotation(discs[frame % 100], Status.PROPAGATED, 0.8, sources=(1, 0)))
        for frame in range(frames)
        for item in objects
    ]
    found = _store_and_read(folder, objects, cells)
    session = _open(_clip(frames), objects, found.cells)
    session.handle(ev.FramesVerified(0, frames))
    session.handle(ev.Undone())
    session.snapshot()


def images_in_a_folder(count: int, folder: Path) -> None:
    """Open a folder of as many images, sample them, and match them with themselves after one more came."""
    done, content = cv2.imencode(".png", np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    assert done
    for number in range(count):
        (folder / f"{number}.png").write_bytes(content.tobytes() + str(number).encode())
    info = open_folder(folder).info
    images = list_images(info.frame_names, sample_files(folder))
    match_images(images, [["0a.png", b"new"], *images])


def files_in_the_drop_folder(count: int, folder: Path) -> None:
    """Find as many files that arrive at once, and keep, read and sort their entries."""
    drop = folder / "drop"
    drop.mkdir()
    for number in range(count):
        (drop / f"clip{number}.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    scanner = Scanner(drop)
    for _ in range(3):
        assert len(scanner.scan().candidates) == count
    for is_new in (True, False):
        with Worklist(folder / "worklist.sqlite3") as worklist:
            for number in range(count if is_new else 0):
                entry = WorklistEntry(
                    f"e{number}", f"{drop}/clip{number}.mp4", f"clip{number}", float(number)
                )
                worklist.put(entry)
            worklist.save()
            assert len(sort_entries(worklist.entries, "name")) == count
            assert all(entry.state is EntryState.ARRIVING for entry in worklist.entries)


CASES: Final[dict[str, tuple[Step, tuple[int, int]]]] = {
    "objects on a frame": (objects_on_a_frame, (250, 500)),
    "frames with 5 objects": (masks_of_five_objects, (2500, 5000)),
    "images in a folder": (images_in_a_folder, (25_000, 50_000)),
    "files in the drop folder": (files_in_the_drop_folder, (1000, 2000)),
}


def run() -> None:
    """Print seconds of processor time and MiB of memory of each case at two sizes, and how time grows."""
    heading("growth: processor time and memory at two sizes; twice the size should take twice the time")
    for name, (_, sizes) in CASES.items():
        (small, _), (large, memory) = (_measured(name, size) for size in sizes)
        times = f"{small:.2f} s at {sizes[0]:,}, {large:.2f} s at {sizes[1]:,}"
        row(name, f"{times}: x {large / small:.2f}; {memory:.0f} MiB at the most")


def _measured(name: str, size: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "tool.dev.bench.scale", name, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, memory = json.loads(done.stdout.splitlines()[-1])
    return seconds, memory


def _open(
    info: SequenceInfo, objects: tuple[Object, ...], cells: tuple[tuple[int, int, Annotation], ...]
) -> Session:
    session = Session()
    next_object = len(objects) + 1
    session.handle(
        ev.SequenceOpened(info, labels=LABELS, objects=objects, cells=cells, next_object=next_object)
    )
    session.snapshot()
    return session


def _clip(frames: int) -> SequenceInfo:
    return SequenceInfo("clip", "/clip.mp4", "video", frames, WIDTH, HEIGHT, 25.0)


def _store_and_read(
    folder: Path, objects: tuple[Object, ...], cells: list[tuple[int, int, Annotation]]
) -> JournalContents:
    changes = tuple(CellChange(frame, object_id, None, cell) for frame, object_id, cell in cells)
    edit = Edit(1, "Set masks", changes, ((), LABELS), ((), objects))
    with Journal(folder / "journal.sqlite3") as journal:
        journal.write([JournalEntry(edit, "done", 0.0)])
        return journal.read()


def _disc(number: int) -> Mask:
    canvas = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(canvas, (50 + number % 500, 40 + number % 400), 12 + number % 40, 1, -1)
    return encode(canvas)


def _main(name: str, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        CASES[name][0](size, Path(folder))
        used = time.process_time() - began
    print(json.dumps((used, peak_mebibytes())))


def peak_mebibytes() -> float:
    """The largest resident size of this process; what getrusage says includes the process that started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
