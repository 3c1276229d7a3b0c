"""Felt latency in the real window: from a key to the picture that a person waits for. Run it on a quiet machine."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from app.domain.annotation import Mask
from app.imaging.masks import encode
from app.messages import events as ev
from app.pipeline.host import PipelineHost
from app.storage.demo.demo_sequence import write_demo
from app.views.loop import Loop
from tool.dev.bench.pointer import Pointer
from tool.dev.bench.report import heading, milliseconds, row
from tool.dev.bench.window import (
    PATIENCE,
    SIZE,
    on_a_screen,
    open_window,
    pass_time,
    start_seconds,
    until,
)

STEPS = 12  # timed of each kind; enough for a median
SETTLE_SECONDS = 0.6  # between two of them, so that reading ahead and repainting are over
STARTS = 3  # timed, after one that compiles the program; each takes seconds
#: Seconds that the pointer rests before the press. People take up to half of the time of a selection between the end
#: of the movement and the press (An Investigation of Dwell Time in Cursor Positioning Movements, HFES).
CLICKS = {"button to mask, pressed at once": 0.0, "button to mask, after 150 ms of rest": 0.15}
BALL = 60  # voxels, radius of the object that is edited with its 3D view open
SCAN = (40, 256, 256)  # voxels (z, y, x)


def run(engine: str) -> None:
    """Measure a 1080p film and a scan in a 1080p window; without a display on a virtual one."""
    if not os.environ.get("DISPLAY"):
        on_a_screen("felt", "--engine", engine)
        return
    heading(f"felt latency, window {SIZE[0]}x{SIZE[1]}, engine {engine}")
    with tempfile.TemporaryDirectory() as folder:
        demo = write_demo(Path(folder) / "demo", frames=60, width=SIZE[0], height=SIZE[1])
        with open_window(Path(folder) / "work", engine) as (loop, host):
            until(loop, lambda: bool(loop.snapshot.models.engine))
            _open(loop, host, demo.video)
            row("arrow to the next 1080p frame", milliseconds([_step(loop) for _ in range(STEPS)]))
            for name, rest in CLICKS.items():
                row(name, milliseconds([_click(loop, host, n, rest) for n in range(STEPS)]))
            row("Space to outline", milliseconds([_outline(loop, host, n) for n in range(STEPS)]))
            _open(loop, host, _write_scan(Path(folder) / "scan.nii.gz"))
            row("turning a scan", milliseconds([_turn(loop, n) for n in range(STEPS)]))
            _show_ball(loop, host)
            row("3D after an edit", milliseconds([_edit(loop, host, n) for n in range(STEPS)]))
        starts = [start_seconds(demo.video, Path(folder) / f"start {n}") for n in range(1 + STARTS)]
        row("start to usable, frame shown and engine loaded", milliseconds(starts[1:]))


def _open(loop: Loop, host: PipelineHost, path: Path) -> None:
    host.post(ev.SequenceRequested(str(path)))
    until(
        loop,
        lambda: loop.snapshot.sequence.info is not None and loop.snapshot.sequence.info.path == str(path),
    )
    until(loop, lambda: loop.bench.canvas.frame is not None)


def _write_scan(path: Path) -> Path:
    noise = np.random.default_rng(0).normal(0, 30, SCAN).astype(np.int16)
    sitk.WriteImage(sitk.GetImageFromArray(noise), str(path))
    return path


def _timed(
    loop: Loop, act: Callable[[], None], is_done: Callable[[], object], settle: float = SETTLE_SECONDS
) -> float:
    """Return the seconds from an act to the drawn frame that shows its effect. settle: seconds before it."""
    pass_time(loop, settle)
    began = time.perf_counter()
    act()
    loop.pace.note_input()
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        is_drawn = loop.step()
        if is_done():
            if not is_drawn:
                loop.draw_now()
            return time.perf_counter() - began
    raise TimeoutError("The window did not get there in time.")


def _step(loop: Loop) -> float:
    wanted = loop.snapshot.sequence.frame + 1
    return _timed(loop, lambda: loop.dispatcher.act("frame.next"), lambda: loop.bench.canvas.frame == wanted)


def _click(loop: Loop, host: PipelineHost, number: int, rest: float) -> float:
    """Press after a movement and a rest of some seconds; return the seconds from the button to the mask."""
    x, y = SIZE[0] * (0.3 + 0.02 * number), SIZE[1] * 0.5

    def is_answered() -> bool:
        pending, picture = loop.snapshot.pending, loop.bench.canvas.picture
        is_new = pending is not None and len(pending.prompts) == 1 and not pending.awaiting
        return is_new and picture is not None and picture.overlay is not None

    host.post(ev.ClicksCleared())
    until(loop, lambda: loop.snapshot.pending is None)
    pass_time(loop, SETTLE_SECONDS)
    pointer = Pointer(loop)
    pointer.move((x, y))
    try:
        return _timed(loop, pointer.press, is_answered, rest)
    finally:
        pointer.release()


def _outline(loop: Loop, host: PipelineHost, number: int) -> float:
    host.post(ev.FrameRequested(number))
    until(loop, lambda: loop.bench.canvas.frame == number)
    host.post(ev.ClickAdded(number, SIZE[0] * 0.4, SIZE[1] * 0.5, True))
    until(loop, lambda: loop.snapshot.pending is not None and loop.snapshot.pending.mask is not None)
    return _timed(loop, lambda: loop.dispatcher.act("mask.finish"), lambda: loop.snapshot.polygons)


def _show_ball(loop: Loop, host: PipelineHost) -> None:
    """Annotate a ball in all slices and open the 3D view."""
    host.post(ev.LabelAdded("ball"))
    host.post(ev.ObjectAdded())
    until(loop, lambda: bool(loop.snapshot.sequence.objects))
    for frame in range(SCAN[0]):
        host.post(ev.MaskSet(frame, loop.snapshot.sequence.objects[-1].object_id, _ball(frame, BALL)))
    host.post(ev.View3DChanged(shown=True))
    until(loop, lambda: loop.bench.view3d.picture is not None and loop.bench.view3d.picture.is_fine)


def _ball(frame: int, radius: float) -> Mask:
    """Return a slice of a ball in the middle of the scan, whose slices are as thick as two pixels."""
    down, right = np.ogrid[: SCAN[1], : SCAN[2]]
    high = 2 * (frame - SCAN[0] / 2)
    return encode((down - SCAN[1] / 2) ** 2 + (right - SCAN[2] / 2) ** 2 + high**2 <= radius**2)


def _edit(loop: Loop, host: PipelineHost, number: int) -> float:
    """Change the mask of a slice through the ball, as a stroke does, and wait for the first new picture."""
    until(loop, lambda: loop.bench.view3d.picture is not None and loop.bench.view3d.picture.is_fine)
    frame, thing = SCAN[0] // 2 - 6 + number, loop.snapshot.sequence.objects[-1].object_id
    host.post(ev.FrameRequested(frame))
    until(loop, lambda: loop.bench.canvas.frame == frame)
    before = [loop.bench.view3d.picture]

    def act() -> None:
        before[0] = loop.bench.view3d.picture
        host.post(ev.MaskSet(frame, thing, _ball(frame, BALL + 8)))

    return _timed(loop, act, lambda: loop.bench.view3d.picture is not before[0])


def _turn(loop: Loop, number: int) -> float:
    wanted = ("coronal", "sagittal", "axial")[number % 3]

    def is_turned() -> bool:
        picture = loop.bench.canvas.picture
        return picture is not None and picture.orientation == wanted

    return _timed(loop, lambda: loop.dispatcher.act(f"scan.{wanted}"), is_turned)
