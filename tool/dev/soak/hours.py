"""Many hours of work as fast as it goes: what the program holds on to, and whether that grows."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.storage.demo.demo_sequence import write_demo
from app.views.input.commands import AppServices
from app.views.loop import Loop, WindowOptions
from app.views.toolkit.display import Display
from tool.dev.bench.report import row
from tool.dev.soak.day import Count, Day
from tool.dev.soak.holdings import Sample, sample, warm
from tool.dev.soak.trend import trend

SIZE = (1280, 800)
# A gesture every three seconds, without a pause.
GESTURES_AN_HOUR = 1125
# Until then caches fill, and libraries take what they keep.
WARM_HOURS = 2.0
# A growth an hour below which it does not matter: 16 MiB in a day of eight hours, or two handles.
MEBIBYTES, COUNTS = 2.0, 0.25
SIZES = ((320, 240), (480, 270), (256, 400), (640, 360))
SEQUENCES = len(SIZES)
FRAMES = 30  # of the shortest sequence


@contextmanager
def program(workspace: Path, in_window: bool, engine: str) -> Iterator[tuple[PipelineHost, Loop | None]]:
    """A pipeline, with or without a window in front of it."""
    with ExitStack() as stack:
        options = Options(workspace, engine=engine, prefetch=False, threads=1)
        host = stack.enter_context(PipelineHost(options))
        if not in_window:
            yield host, None
            return
        display = stack.enter_context(Display("Framewise soak", SIZE))
        yield host, Loop(display, host, WindowOptions(size=SIZE), AppServices(lambda: workspace))


def work(
    folder: Path,
    in_window: bool,
    seed: int,
    is_over: Callable[[Count], bool],
    engine: str = "classic",
    note: Callable[[Sample], None] = lambda found: None,
) -> tuple[list[Sample], Count]:
    """Work on one sequence after the other until it is over; return what was held after each, and the count.

    note: called after each sequence.
    """
    films = [write_demo(folder / str(n), FRAMES + n, *size).video for n, size in enumerate(SIZES)]
    found: list[Sample] = []
    with program(folder / "work", in_window, engine) as (host, loop):
        day = Day(host, loop, random.Random(seed), folder / "exports")
        day.until(lambda: day.now.models.engine)
        warm(host)
        while not is_over(day.count):
            day.sequence(films[len(found) % SEQUENCES])
            day.settle()
            found.append(sample(host, day.count.gestures, loop.display.items if loop is not None else 0))
            note(found[-1])
    return found, day.count


def report(folder: Path, hours: float, seed: int, engine: str, log: Path | None) -> None:
    """Work for some simulated hours, in a window where there is a display, and print what has grown."""
    began, in_window = time.monotonic(), bool(os.environ.get("DISPLAY"))

    def note(found: Sample) -> None:
        if log is not None:
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(found)) + "\n")

    found, count = work(
        folder,
        in_window,
        seed,
        lambda so_far: so_far.gestures >= hours * GESTURES_AN_HOUR,
        engine,
        note,
    )
    row("in a window", "yes" if in_window else "no")
    row("gestures, masks committed, sequences", f"{count.gestures}, {count.commits}, {count.sequences}")
    row("took", f"{(time.monotonic() - began) / 60:.0f} minutes")
    row("grown after the first hours", ", ".join(grown(found)) or "nothing")


def grown(found: list[Sample]) -> list[str]:
    """Print what was held once the program was warm, with its growth an hour; return the names of what grew."""
    late = [one for one in found if one.gestures >= WARM_HOURS * GESTURES_AN_HOUR] or found
    hours = [one.gestures / GESTURES_AN_HOUR for one in late]
    names = []
    for name, (values, bound) in _series(late).items():
        slope = trend(hours, values)
        row(f"{name}: least, most, growth an hour", f"{min(values):.0f}, {max(values):.0f}, {slope}")
        if slope.is_above(bound):
            names.append(name)
    return names


def _series(found: list[Sample]) -> dict[str, tuple[list[float], float]]:
    """What was measured by name, each with the growth that does not matter."""
    processes = sorted({name for one in found for name in one.memory})
    series = {
        f"MiB of the {name}": ([one.memory.get(name, 0.0) for one in found], MEBIBYTES) for name in processes
    }
    series["MiB of all"] = ([sum(one.memory.values()) for one in found], MEBIBYTES)
    for name in found[0].held if found else ():
        series[name] = ([float(one.held[name]) for one in found], COUNTS)
    return series
