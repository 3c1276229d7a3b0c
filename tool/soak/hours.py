"""Many hours of work in minutes: what the program holds on to, early and late."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.storage.demo import write_demo
from app.views.commands import Outside
from app.views.display import Display
from app.views.loop import Look, Loop
from tool.benches.report import row
from tool.soak.day import Count, Day
from tool.soak.holdings import Holdings, Range, held, range_of, warm

SIZE = (1280, 800)
SEQUENCES = 3
FRAMES, WIDTH, HEIGHT = 30, 320, 240


@contextmanager
def program(workspace: Path, in_window: bool) -> Iterator[tuple[PipelineHost, Loop | None]]:
    """A pipeline, with or without a window in front of it."""
    with ExitStack() as stack:
        options = Options(workspace, engine="classic", prefetch=False, threads=1)
        host = stack.enter_context(PipelineHost(options))
        if not in_window:
            yield host, None
            return
        display = stack.enter_context(Display("Framewise soak", SIZE))
        yield host, Loop(display, host, Look(size=SIZE), Outside(lambda: workspace))


def work(
    folder: Path, in_window: bool, seed: int, is_over: Callable[[int], bool]
) -> tuple[list[Holdings], Count]:
    """Work on one sequence after the other until it is over; return what was held after each, and the count."""
    films = [write_demo(folder / str(n), FRAMES + n, WIDTH, HEIGHT).video for n in range(SEQUENCES)]
    found: list[Holdings] = []
    with program(folder / "work", in_window) as (host, loop):
        day = Day(host, loop, random.Random(seed), folder / "exports")
        day.until(lambda: day.now.engine)
        warm(host)
        while not is_over(len(found)):
            day.sequence(films[len(found) % SEQUENCES])
            day.settle()
            found.append(held(host, loop.display.items if loop is not None else 0))
    return found, day.count


def report(folder: Path, minutes: float, seed: int) -> None:
    """Work for some minutes, in a window where there is a display, and print what was held early and late."""
    ends = time.monotonic() + 60 * minutes
    in_window = bool(os.environ.get("DISPLAY"))
    found, count = work(folder, in_window, seed, lambda _: time.monotonic() > ends)
    row("in a window", "yes" if in_window else "no display")
    row("gestures, masks committed, sequences", f"{count.gestures}, {count.commits}, {count.sequences}")
    third = max(len(found) // 3, 1)
    early, late = range_of(found[third : 2 * third]), range_of(found[-third:])
    for name in early.least.counted:
        row(f"{name}: early, late", f"{_span(early, name)}, {_span(late, name)}")
    memory = [sum(one.memory for one in part) / third for part in (found[third : 2 * third], found[-third:])]
    row("memory of all processes (PSS): early, late", f"{memory[0]:.0f} MiB, {memory[1]:.0f} MiB")
    row("growth a sequence", f"{(memory[1] - memory[0]) / third:+.2f} MiB")
    row("grown", ", ".join(late.grown_since(early)) or "nothing")


def _span(found: Range, name: str) -> str:
    low, high = found.least.counted[name], found.most.counted[name]
    return str(low) if low == high else f"{low} to {high}"
