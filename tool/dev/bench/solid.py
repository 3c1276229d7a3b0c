"""The 3D view in the window: from a changed label to its picture, and the window's frames meanwhile."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from app.domain.annotation import Label
from app.imaging.masks import encode
from app.messages import events as ev
from app.pipeline.host import PipelineHost
from app.views.loop import Loop
from tool.dev.bench import volumes
from tool.dev.bench.report import heading, milliseconds, row
from tool.dev.bench.window import SIZE, frame_times, on_a_screen, open_window, until

EDITS = 15  # timed; enough for a median
TURNS = 40  # timed; enough for a median
FRAMES = 100  # timed; enough for a median
SERIES = 500  # slices, as of a thin-sliced CT
SETTLED = 2.0  # seconds of drawing until the window is at rest


def run() -> None:
    """Measure in a 1080p window; without a display on a virtual one."""
    if not os.environ.get("DISPLAY"):
        on_a_screen("solid")
        return
    heading(f"3D view in a window {SIZE[0]}x{SIZE[1]}: {'x'.join(map(str, volumes.SHAPE[::-1]))}, 3 labels")
    with tempfile.TemporaryDirectory() as name, open_window(Path(name) / "work", "classic") as (loop, host):
        folder = Path(name)
        _view(loop, host, folder)
        heading(f"window while a DICOM series of 512x512x{SERIES} loads, 3D view open")
        _load(loop, host, folder / "series")


def _view(loop: Loop, host: PipelineHost, folder: Path) -> None:
    labels = volumes.three_labels()
    _open(loop, host, _scan(folder))
    _annotate(loop, host, labels)
    began = time.perf_counter()
    host.post(ev.View3DChanged(shown=True))
    _until_fine(loop)
    row("shown to fine picture, worker's start included", f"{time.perf_counter() - began:.2f} s")
    _rest(loop)
    with frame_times(loop, "while nothing is going on"):
        for _ in range(FRAMES):
            loop.draw_now()
    times: dict[str, list[float]] = {"coarse": [], "full": []}
    with frame_times(loop, "while it re-renders"):
        for number in range(EDITS):
            frame, changed = volumes.edited(labels, number)
            _edit(loop, host, frame, changed, times)
    for quality, seconds in times.items():
        row(f"changed label to {quality} picture in the window", milliseconds(seconds))
    with frame_times(loop, "while it is turned"):
        turns = [_turn(loop, host) for _ in range(TURNS)]
    row("turned, camera to picture in the window", milliseconds(turns))


def _load(loop: Loop, host: PipelineHost, folder: Path) -> None:
    folder.mkdir()
    volumes.write_series(folder, SERIES)
    with frame_times(loop, "while it loads"):
        began = time.perf_counter()
        _open(loop, host, folder)
        row("open to first slice in the window", f"{time.perf_counter() - began:.2f} s")
        for frame in range(0, SERIES, 5):
            host.post(ev.FrameRequested(frame))
            until(loop, lambda wanted=frame: loop.bench.canvas.frame == wanted)  # type: ignore[misc]
        row("then every fifth slice, the last after", f"{time.perf_counter() - began:.2f} s")


def _scan(folder: Path) -> Path:
    """A volume of noise of the labels' size."""
    voxels = np.random.default_rng(0).integers(-200, 200, volumes.SHAPE, np.int16)
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(volumes.SPACING[::-1])
    path = folder / "noise.nrrd"
    sitk.WriteImage(image, str(path))
    return path


def _open(loop: Loop, host: PipelineHost, path: Path) -> None:
    host.post(ev.SequenceRequested(str(path)))
    until(loop, lambda: _is_open(loop, path))


def _is_open(loop: Loop, path: Path) -> bool:
    sequence = loop.snapshot.sequence.info
    return sequence is not None and sequence.path == str(path) and loop.bench.canvas.frame is not None


def _annotate(loop: Loop, host: PipelineHost, labels: volumes.Labels) -> None:
    named = tuple(Label(value, f"label {value}", color) for value, color in volumes.COLORS.items())
    host.post(ev.LabelsReplaced(named))
    for value in volumes.COLORS:
        host.post(ev.LabelChosen(value))
        host.post(ev.ObjectAdded())
        until(loop, lambda wanted=value: len(loop.snapshot.sequence.objects) == wanted)  # type: ignore[misc]
        for frame, picture in enumerate(labels):
            host.post(
                ev.MaskSet(frame, loop.snapshot.sequence.objects[-1].object_id, encode(picture == value))
            )
    until(
        loop, lambda: loop.snapshot.edits.saved and not any(track.is_empty for track in loop.snapshot.tracks)
    )


def _edit(
    loop: Loop, host: PipelineHost, frame: int, labels: volumes.Labels, times: dict[str, list[float]]
) -> None:
    """Change the third label of a slice; note when the first new picture and when the fine one is there."""
    host.post(ev.FrameRequested(frame))
    until(loop, lambda: loop.bench.canvas.frame == frame)
    _rest(loop)
    before, mask = loop.bench.view3d.picture, encode(labels == 3)
    began = time.perf_counter()
    host.post(ev.MaskSet(frame, loop.snapshot.sequence.objects[2].object_id, mask))
    until(loop, lambda: loop.bench.view3d.picture is not before)
    loop.draw_now()
    times["coarse"].append(time.perf_counter() - began)
    _until_fine(loop)
    loop.draw_now()
    times["full"].append(time.perf_counter() - began)


def _turn(loop: Loop, host: PipelineHost) -> float:
    before, began = loop.bench.view3d.picture, time.perf_counter()
    host.post(ev.View3DChanged(camera=loop.snapshot.view3d.camera.turned(4, 0)))
    until(loop, lambda: loop.bench.view3d.picture is not before)
    loop.draw_now()
    return time.perf_counter() - began


def _until_fine(loop: Loop) -> None:
    until(loop, lambda: loop.bench.view3d.picture is not None and loop.bench.view3d.picture.is_fine)


def _rest(loop: Loop) -> None:
    """Let everything come to rest, so that an edit is what comes next."""
    ends = time.monotonic() + SETTLED
    loop.run(lambda: time.monotonic() > ends)
