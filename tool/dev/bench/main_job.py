"""The main job through the headless interface: clicks, seeks, propagation, memory."""

from __future__ import annotations

import os
import random
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from app.domain.annotation import SequenceInfo
from app.headless import Annotator
from app.storage.demo.demo_sequence import write_demo
from tool.dev.bench.film import repeat
from tool.dev.bench.memory import tree_mebibytes
from tool.dev.bench.report import heading, milliseconds, row

SEEKS = 60  # counts of what is timed: enough for a median, few enough for minutes
CLICKS = 12  # enough for a median
LONG_FRAMES = 5000  # of a propagation; memory at its end is compared with that at EARLY_FRAME
EARLY_FRAME = 500
LOOP_FRAMES = 250


def video(path: Path, engine: str) -> None:
    """Clicks, seeks and a whole propagation on one video."""
    heading(f"{path.name}, engine {engine}")
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with Annotator(folder, device="auto", engine=engine) as a:
            info = a.open(path)
            a.frame(0)
            row("start to first frame", f"{time.perf_counter() - began:.2f} s")
            row("size", f"{info.frames} frames, {info.width}x{info.height}")
            row("seek to a random frame", milliseconds(_seeks(a, info)))
            row("click to mask", milliseconds(_clicks(a, info)))
            row("propagation, 1 object", _propagation(a, info))


def memory(engine: str, frames: int = LONG_FRAMES) -> None:
    """Growth of the whole process tree while a long 1080p video is propagated."""
    heading(f"memory, {frames} frames of 1920x1080, engine {engine}")
    with tempfile.TemporaryDirectory() as folder:
        demo = write_demo(Path(folder) / "demo", frames=LOOP_FRAMES, width=1920, height=1080)
        film = repeat(demo.video, Path(folder) / "long.mp4", frames)
        with Annotator(Path(folder) / "work", device="auto", engine=engine) as a:
            a.open(film)
            thing = a.add_object(a.add_label("thing"))
            a.set_mask(0, thing, demo.true_labels(0) == 1)
            early = late = 0.0
            began = time.perf_counter()
            for step in a.propagate(over_cuts=True):
                if step.frame == min(EARLY_FRAME, frames // 2):
                    early = tree_mebibytes(os.getpid())
                if step.frame == frames - 1:
                    late = tree_mebibytes(os.getpid())
            row("frames a second", f"{(frames - 1) / (time.perf_counter() - began):.2f}")
            row(f"at frame {min(EARLY_FRAME, frames // 2)}", f"{early:.0f} MiB")
            row(f"at frame {frames - 1}", f"{late:.0f} MiB ({late - early:+.0f})")


def _seeks(a: Annotator, info: SequenceInfo) -> list[float]:
    chance = random.Random(0)
    times = []
    for _ in range(SEEKS):
        frame = chance.randrange(info.frames)
        began = time.perf_counter()
        a.frame(frame)
        times.append(time.perf_counter() - began)
    return times


def _clicks(a: Annotator, info: SequenceInfo) -> list[float]:
    chance = random.Random(0)
    times = []
    for _ in range(CLICKS):
        a.clear()
        frame = chance.randrange(info.frames)
        for _ in range(3):
            began = time.perf_counter()
            a.click(frame, chance.randrange(info.width), chance.randrange(info.height))
            times.append(time.perf_counter() - began)
    a.clear()
    return times


def _propagation(a: Annotator, info: SequenceInfo) -> str:
    thing = a.add_object(a.add_label("thing"))
    rows, columns = np.mgrid[: info.height, : info.width]
    radius = info.height / 6
    disc = (rows - info.height / 2) ** 2 + (columns - info.width / 2) ** 2 <= radius**2
    a.set_mask(0, thing, disc)
    marks = [time.perf_counter()]
    for _ in a.propagate(over_cuts=True):
        marks.append(time.perf_counter())
    steps = [after - before for before, after in pairwise(marks)]
    return f"{len(steps) / (marks[-1] - marks[0]):.2f} frames/s; a step: {milliseconds(steps)}"
