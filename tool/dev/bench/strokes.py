"""A brush stroke on a 4K film while a propagation keeps all cores busy: frame times, and time until it is durable."""

from __future__ import annotations

import math
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.tool import Tool
from app.imaging.masks import encode
from app.messages import events as ev
from app.pipeline.host import PipelineHost
from app.storage.demo.demo_sequence import write_demo
from app.views.loop import Loop
from tool.dev.bench.report import heading, milliseconds, row
from tool.dev.bench.window import on_a_screen, open_window, until

SIZE = (3840, 2160)
POINTS = 200  # of a stroke
STROKES = 2
BRUSH = 60.0  # pixels, diameter
LATE = 0.033  # seconds of a frame that the stroke must not take


def run(engine: str) -> None:
    """Draw strokes with a real mouse; without a display on a virtual one."""
    if not os.environ.get("DISPLAY"):
        on_a_screen("strokes", "--engine", engine)
        return
    heading(f"strokes of {POINTS} points on {SIZE[0]}x{SIZE[1]}, engine {engine}")
    with tempfile.TemporaryDirectory() as folder:
        demo = write_demo(Path(folder) / "demo", frames=40, width=SIZE[0], height=SIZE[1])
        with open_window(Path(folder) / "work", engine) as (loop, host):
            until(loop, lambda: bool(loop.snapshot.models.engine))
            host.post(ev.SequenceRequested(str(demo.video)))
            until(
                loop, lambda: loop.snapshot.sequence.info is not None and loop.bench.canvas.frame is not None
            )
            _draw(loop, host, "alone")
            host.post(ev.LabelAdded("disc"))
            host.post(ev.ObjectAdded())
            until(loop, lambda: bool(loop.snapshot.sequence.objects))
            thing = loop.snapshot.sequence.objects[0].object_id
            host.post(ev.MaskSet(0, thing, encode(demo.true_labels(0) == 1)))
            host.post(ev.PropagationRequested())
            until(loop, lambda: loop.snapshot.propagation is not None and loop.snapshot.propagation.done > 0)
            _draw(loop, host, "propagating")


def _draw(loop: Loop, host: PipelineHost, title: str) -> None:
    """Measure strokes, and beside each the same way of the mouse without a button, which the frames cost anyway."""
    host.post(ev.ToolChanged(Tool.BRUSH, size=BRUSH))
    until(loop, lambda: loop.snapshot.tools.tool is Tool.BRUSH)
    moved, drawn, durable = FrameTimes(), FrameTimes(), []
    for number in range(STROKES):
        _move(loop, number, moved)
        _mouse("mousedown", 1)
        _move(loop, number, drawn)
        began = time.perf_counter()
        _mouse("mouseup", 1)
        loop.draw_now()
        until(loop, lambda: not loop.snapshot.edits.editing and loop.snapshot.edits.saved)
        durable.append(time.perf_counter() - began)
        host.post(ev.Undone())
        loop.draw_now()
    for words, times in (("moving only", moved), ("drawing", drawn)):
        late = sum(seconds > LATE for seconds in times.whole)
        row(f"{title}, {words}: frames, over {1000 * LATE:.0f} ms", f"{len(times.whole)}, {late}")
        row(f"{title}, {words}: whole frame", milliseconds(times.whole))
        row(f"{title}, {words}: Python time", milliseconds(times.python))
    row(f"{title}: release to durable", milliseconds(durable))


@dataclass(slots=True)
class FrameTimes:
    """Seconds of frames, wholly and in Python."""

    whole: list[float] = field(default_factory=list)
    python: list[float] = field(default_factory=list)


def _move(loop: Loop, number: int, times: FrameTimes) -> None:
    """Move the mouse along the way of a stroke, one point a frame."""
    loop.stats.reset()
    for point in _points(loop, number):
        _mouse("mousemove", *point)
        loop.draw_now()
    times.whole += loop.stats.whole
    times.python += loop.stats.python


def _points(loop: Loop, number: int) -> Iterator[tuple[int, int]]:
    """Yield the window pixels of a stroke: a wave across the frame."""
    left, top = loop.bench.canvas.position
    width, height = loop.bench.canvas.size
    for step in range(POINTS):
        share = step / POINTS
        wave = math.sin(6 * math.pi * share + number) * 0.3 + 0.5
        yield left + int(width * (0.1 + 0.8 * share)), top + int(height * wave)


def _mouse(*words: object) -> None:
    subprocess.run(("xdotool", *map(str, words)), check=True)
