"""Work beside busy programs: whether it is done, and how much longer it takes than the program needs for itself.

python -m tool.dev.soak busy --loops 4 --only propagate
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from app.domain.errors import FramewiseError
from app.headless import Annotator
from app.storage.demo.demo_sequence import write_demo
from tool.dev.bench.film import repeat
from tool.dev.bench.report import row
from tool.dev.soak.processes import processor_seconds, workers

ENDLESS: Final = "while True: pass"
FRAMES: Final = 13  # of the clip: its first is clicked, twelve are propagated
SIZE: Final = (320, 240)
RATE, HOURS = 25, 3
EXPORT: Final = Path(__file__).parents[2] / "export_model.py"
MIDDLE: Final = (SIZE[0] // 2, SIZE[1] // 2)


@dataclass(frozen=True)
class Place:
    """Where a task finds its inputs. clip: FRAMES long."""

    folder: Path
    clip: Path

    @property
    def click_model(self) -> Path:
        """A click model of EISeg's layout."""
        return self.folder / "light.pdiparams"

    @property
    def propagation_model(self) -> Path:
        """A propagation model of EISeg's layout."""
        return self.folder / "propagation"

    @property
    def film(self) -> Path:
        """A film of HOURS."""
        return self.folder / "film.mp4"

    def prepare(self, task: str) -> None:
        """Make the inputs of a task; models have random weights."""
        self.folder.mkdir()
        if task == "film":
            repeat(self.clip, self.film, HOURS * 3600 * RATE)
        if task == "eiseg":
            for words in (
                ("hrnet18s", self.click_model.with_suffix("")),
                ("propagation", self.propagation_model),
            ):
                subprocess.run((sys.executable, EXPORT, *words), check=True, stdout=subprocess.DEVNULL)


Task = Callable[[Place], str]


def start(place: Place) -> str:
    """Start the program with its default engine."""
    with _annotator(place) as a:
        return a.engine


def click(place: Place) -> str:
    """Click an object and finish its mask."""
    with _annotator(place) as a:
        return f"{_click(a, place)} pixels"


def propagate(place: Place) -> str:
    """Propagate a mask through the clip."""
    with _annotator(place) as a:
        _click(a, place)
        return _propagate(a)


def eiseg(place: Place) -> str:
    """Click and propagate with networks of EISeg's layout, which are prepared first."""
    with _annotator(place, str(place.click_model), str(place.propagation_model)) as a:
        a.open(place.clip)
        a.click(0, *MIDDLE)
        a.clear()
        mask = np.zeros(SIZE[::-1], bool)
        mask[: SIZE[1] // 2] = True
        a.set_mask(0, a.add_object(a.add_label("thing")), mask)
        return _propagate(a)


def film(place: Place) -> str:
    """Open a film of three hours and show a frame near its end."""
    with _annotator(place) as a:
        frames = a.open(place.film).frames
        a.frame(frames - RATE)
        return f"{frames} frames"


TASKS: Final[dict[str, Task]] = {task.__name__: task for task in (start, click, propagate, eiseg, film)}


def run(folder: Path, loops: int, names: Sequence[str]) -> int:
    """Run tasks, print a line for each that begins with ok or DIFF, and return how many are not done."""
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")  # the first start prepares its networks
    demo = write_demo(folder / "demo", FRAMES, *SIZE)
    failed = 0
    for name in names:
        place = Place(folder / name, demo.video)
        place.prepare(name)
        with busy_loops(loops):
            verdict, words = _attempt(TASKS[name], place)
        failed += verdict != "ok"
        row(f"{verdict}  {name}", words)
    return failed


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Run endless loops of the usual priority meanwhile."""
    loops = [subprocess.Popen((sys.executable, "-c", ENDLESS)) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def _attempt(task: Task, place: Place) -> tuple[str, str]:
    began = time.monotonic()
    try:
        verdict, found = "ok", task(place)
    except FramewiseError as error:
        verdict, found = "DIFF", str(error)
    return verdict, f"{found} ({time.monotonic() - began:.0f} s)"


def _annotator(place: Place, engine: str = "best", propagation: str = "") -> Annotator:
    return Annotator(place.folder / "work", device="cpu", engine=engine, propagation=propagation)


def _click(a: Annotator, place: Place) -> int:
    a.open(place.clip)
    found = int(a.click(0, *MIDDLE).sum())
    a.finish(a.add_label("thing"))
    return found


def _propagate(a: Annotator) -> str:
    """Return what a propagation took, for its processes and by the clock."""
    began, before = time.monotonic(), processor_seconds(workers(os.getpid())["propagator"])
    done = sum(1 for _ in a.propagate(over_cuts=True))
    used = processor_seconds(workers(os.getpid())["propagator"]) - before
    if done != FRAMES - 1:
        raise FramewiseError(f"{done} of {FRAMES - 1} frames were propagated.")
    return f"{done} frames, {used:.1f} s of processor time in {time.monotonic() - began:.0f} s"
