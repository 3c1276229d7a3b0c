"""The drop folder in the running kiosk: how soon a file is ready, and what two hundred at once cost the window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from app.domain.worklist.entry import EntryState, WorklistEntry
from app.messages import events as ev
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.views.input.commands import AppServices
from app.views.loop import Loop, WindowOptions
from app.views.toolkit.display import Display
from tool.dev.bench.report import heading, row

SIZE = (1920, 1080)
SCREEN = "-screen 0 1920x1080x24"
FILES = 200  # dropped at once
SINGLES = 5  # files dropped one by one
PIECES = 4  # in which a slow copy arrives, with PIECE_SECONDS between them
PIECE_SECONDS = 0.15
PATIENCE = 150.0  # seconds until an answer counts as missing; far beyond the slowest one
LATE = 0.05  # seconds between two frames that a person sees as a stutter: three at 60 a second


def run(engine: str) -> None:
    """Measure in a 1080p window; without a display on a virtual one."""
    if not os.environ.get("DISPLAY"):
        if shutil.which("xvfb-run") is None:
            row("worklist", "skipped: no display and no xvfb-run")
            return
        inside = (sys.executable, "-m", "tool.dev.bench", "worklist", "--engine", engine)
        subprocess.run(["xvfb-run", "-a", "-s", SCREEN, *inside], check=True)
        return
    heading(f"worklist in a window of {SIZE[0]}x{SIZE[1]}, engine {engine}")
    with tempfile.TemporaryDirectory() as folder:
        films = [_film(Path(folder) / f"source{seed}.avi", seed) for seed in range(SINGLES + FILES)]
        drop = Path(folder) / "drop"
        drop.mkdir()
        with _window(Path(folder) / "work", drop, engine) as loop:
            _singles(loop, drop, films[:SINGLES])
            _many(loop, drop, films[SINGLES:])
            _next(loop)


@contextmanager
def _window(workspace: Path, drop: Path, engine: str) -> Iterator[Loop]:
    options = Options(workspace, engine=engine, prefetch=False, drop_folder=drop)
    with PipelineHost(options) as host, Display("Framewise bench", SIZE) as display:
        loop = Loop(display, host, WindowOptions(size=SIZE), AppServices(lambda: workspace))
        _until(loop, lambda: bool(loop.snapshot.models.engine) and loop.bench.worklist.is_shown)
        yield loop


def _singles(loop: Loop, drop: Path, films: list[bytes]) -> None:
    """One small file after the other, each long enough after the last that nothing is left over from it."""
    took = []
    for number, film in enumerate(films):
        name = f"single{number}.avi"
        (drop / name).write_bytes(film)
        ended = time.perf_counter()
        _until(loop, lambda name=name: _entry(loop, name).state is EntryState.READY)  # type: ignore[misc]
        took.append(time.perf_counter() - ended)
    listed = ", ".join(f"{seconds:.2f}" for seconds in took)
    row("last byte of a small file to ready on the screen", f"median {median(took):.2f} s ({listed})")


def _many(loop: Loop, drop: Path, films: list[bytes]) -> None:
    """All at once, each in pieces with pauses, so that one taken early would be found out."""
    ends: dict[str, float] = {}
    early: list[str] = []
    writer = threading.Thread(target=_write, args=(drop, films, ends), daemon=True)
    loop.stats.reset()
    began = time.perf_counter()
    writer.start()

    def is_over() -> bool:
        now = time.perf_counter()
        for entry in loop.snapshot.worklist.entries:
            is_taken = entry.name.startswith("many") and entry.state is not EntryState.ARRIVING
            if is_taken and ends.get(entry.name, now) >= now and entry.name not in early:
                early.append(entry.name)
        found = [entry for entry in loop.snapshot.worklist.entries if entry.name.startswith("many")]
        return len(found) == FILES and all(entry.state is EntryState.READY for entry in found)

    own = _until(loop, is_over)
    took, written = time.perf_counter() - began, max(ends.values()) - began
    found = loop.stats.summary()
    frames = {entry.frames for entry in loop.snapshot.worklist.entries if entry.name.startswith("many")}
    row(f"{FILES} files ready", f"{took:.1f} s, of which {written:.1f} s writing them")
    row("taken early", str(len(early)))
    row("lost, failed or cut short", f"{FILES - len(ends)}; frames found: {sorted(frames)}")
    row("frames drawn meanwhile", str(found.frames))
    row("whole frame", f"median {found.frame_median:.1f} ms, max {found.frame_max:.1f} ms")
    row("Python time a frame", f"median {found.python_median:.2f} ms, max {found.python_max:.1f} ms")
    row("frames over 50 ms", str(sum(seconds > LATE for seconds in loop.stats.whole)))
    row(
        "of these by the window's own work",
        f"{sum(took > LATE for took in own)}, max {1e3 * max(own):.1f} ms",
    )


def _next(loop: Loop) -> None:
    """From the key for the next sequence to its first frame on the screen; then a click in it."""
    cold = _open(loop, "sequence.next")
    _until(loop, lambda: bool(loop.snapshot.tasks.warming))
    _until(loop, lambda: not loop.snapshot.tasks.warming)
    warm = _open(loop, "sequence.next")
    row("next sequence on the screen", f"{1e3 * cold:.0f} ms, prepared beforehand {1e3 * warm:.0f} ms")
    began = time.perf_counter()
    loop.post(ev.ClickAdded(0, 110.0, 120.0, True))
    _until(loop, lambda: loop.snapshot.pending is not None and loop.snapshot.pending.mask is not None)
    row("first click in it to a mask", f"{1e3 * (time.perf_counter() - began):.0f} ms")


def _open(loop: Loop, action: str) -> float:
    before = loop.snapshot.worklist.entry_id
    began = time.perf_counter()
    loop.dispatcher.act(action)
    canvas = loop.bench.canvas
    _until(loop, lambda: loop.snapshot.worklist.entry_id not in ("", before) and canvas.frame == 0)
    return time.perf_counter() - began


def _write(drop: Path, films: list[bytes], ends: dict[str, float]) -> None:
    names = [f"many{number:03d}.avi" for number in range(len(films))]
    for piece in range(PIECES):
        for name, film in zip(names, films, strict=True):
            size = len(film)
            with (drop / name).open("ab") as file:
                file.write(film[size * piece // PIECES : size * (piece + 1) // PIECES])
            if piece == PIECES - 1:
                ends[name] = time.perf_counter()
        time.sleep(PIECE_SECONDS)


def _film(path: Path, seed: int) -> bytes:
    """A small clip, as bytes."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (320, 240))
    noise = np.random.default_rng(seed).integers(20, 60, (240, 320, 3), np.uint8)
    for index in range(10):
        frame = noise.copy()
        cv2.circle(frame, (100 + 5 * index, 120), 36, (60, 160, 230), -1)
        writer.write(frame)
    writer.release()
    made = path.read_bytes()
    path.unlink()
    return made


def _entry(loop: Loop, name: str) -> WorklistEntry:
    found = (entry for entry in loop.snapshot.worklist.entries if entry.name == name)
    return next(found, WorklistEntry("", "", name, 0.0))


def _until(loop: Loop, condition: Callable[[], bool]) -> list[float]:
    """Run the window; return the seconds of processor time that each frame took in the drawing thread."""
    ends, own = time.monotonic() + PATIENCE, []
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("The worklist did not get there in time.")
        began = time.thread_time()
        if loop.step():
            own.append(time.thread_time() - began)
    return own
