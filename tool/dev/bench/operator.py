"""An operator's speed in the real window: a robot annotates clips and volumes with truth, in a person's time.

It clicks, draws and presses keys by xdotool, and lets pass what a person needs to see, decide, point and press (see
operator_model); meanwhile the program goes on as it would. It looks the frames over as its recipe says, corrects each
whose wrong mask it notices, and begins anew until it notices none. A person's time does not depend on the machine; what
was waited for besides is told apart. The anchor is the data engine of SAM 2: 4.5 s a frame, 19 % of frames edited (Ravi
et al., 2024).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from app.headless import Annotator
from app.headless.readable_workspace import ReadableWorkspace
from app.imaging.masks import decode
from app.messages import events as ev
from app.models.engine import BoolMask
from app.pipeline.host import PipelineHost
from app.views.loop import Loop
from tool.dev.bench.operator_hands import OperatorTally
from tool.dev.bench.operator_robot import RECIPES, OperatorRobot, OperatorTask
from tool.dev.bench.report import heading, row
from tool.dev.bench.window import on_a_screen, open_window, until
from tool.dev.evaluation.datasets import FolderClip

Truths = Mapping[int, BoolMask]
"""Truth of one object by frame; a frame that is not there has none to judge by."""


def run(engines: Sequence[str], data: Path, clips: Sequence[str], task: OperatorTask) -> None:
    """Annotate clips of davis10, by name, and volumes, as FILE:LABELS:VALUE.

    Without a display, or with several engines, on a virtual one each: a process opens one window.
    """
    if len(engines) > 1 or not os.environ.get("DISPLAY"):
        limits = ("--goal", str(task.goal), "--limit", str(task.limit), "--recipe", task.recipe)
        for engine in engines:
            on_a_screen("operator", "--engines", engine, "--data", str(data), *limits, "--clips", *clips)
        return
    engine = engines[0]
    heading(f"operator, every frame to IoU {task.goal}, engine {engine}, recipe {task.recipe}")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work"
        sources = [_source(data.resolve(), name, Path(folder) / "truth") for name in clips]
        with open_window(work, engine, propagates=not RECIPES[task.recipe].propagates) as (loop, host):
            until(loop, lambda: bool(loop.snapshot.models.engine))
            for path, truths in sources:
                _open(loop, host, path)
                robot = OperatorRobot(loop, host, truths, task)
                try:
                    robot.annotate()
                except TimeoutError as error:
                    row(_name(path), f"not done: {error}")
                _tell(path, len(truths), robot.wrong_frames(), robot.tally)


def _source(data: Path, name: str, work: Path) -> tuple[Path, Truths]:
    """Return what to open, and the truth of the thing to annotate."""
    if ":" not in name:
        folder = data / "davis10" / name
        return folder / "frames", FolderClip(folder).whole_truths()
    image, labels, value = name.split(":")
    with Annotator(work, device="cpu", engine="classic") as annotator:
        info = annotator.open(image)
        annotator.import_labels(labels)
        thing = next(item.object_id for item in annotator.objects if item.label == int(value))
    sequence = next(one for one in ReadableWorkspace(work).sequences.values() if one.path == info.path)
    cells = {frame: sequence.annotations(frame).get(thing) for frame in range(info.frames)}
    nothing = np.zeros((info.height, info.width), bool)
    return Path(image), {
        frame: nothing if cell is None else decode(cell.mask) for frame, cell in cells.items()
    }


def _open(loop: Loop, host: PipelineHost, path: Path) -> None:
    host.post(ev.SequenceRequested(str(path)))
    until(loop, lambda: (info := loop.snapshot.sequence.info) is not None and info.path == str(path))
    until(loop, lambda: loop.bench.canvas.frame == loop.snapshot.sequence.frame)
    host.post(ev.LabelAdded("thing"))
    until(loop, lambda: bool(loop.snapshot.labels))


def _tell(path: Path, frames: int, left: int, tally: OperatorTally) -> None:
    total = sum(tally.seconds.values())
    done = (
        f"{100 * len(tally.touched) / frames:.0f} % touched, {tally.clicks} clicks, {tally.strokes} strokes"
        f", {tally.lost} of them lost"
    )
    row(_name(path), f"{total / frames:.2f} s a frame, {done}, {left} of {frames} stay wrong")
    row("", ", ".join(f"{what} {100 * taken / total:.0f} %" for what, taken in _longest(tally.seconds)))
    waits = ", ".join(f"{what} {taken:.1f} s" for what, taken in _longest(tally.waited))
    row("", f"besides {sum(tally.waited.values()) / frames:.2f} s a frame waited: {waits}")


def _name(path: Path) -> str:
    return path.parent.name if path.is_dir() else path.name


def _longest(seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=lambda item: -item[1])
