"""The window at rest and under load: processor time and memory, frame times, cold start, click to screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from app.config.settings import APPLICATION
from app.imaging.masks import encode
from app.kiosk.gc_pauses import GcScheduler
from app.kiosk.kiosk_window import COMPLETE
from app.messages import events as ev
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.storage.demo.demo_sequence import DemoSequence, write_demo
from app.storage.logging.logs import LOG
from app.views.input.commands import AppServices
from app.views.loop import Loop, WindowOptions
from app.views.toolkit.display import Display
from tool.dev.bench.memory import tree_mebibytes, tree_seconds
from tool.dev.bench.report import heading, milliseconds, row

SIZE = (1920, 1080)
SECONDS = 15.0  # that frame times are measured for at most
CALM_SECONDS, IDLE_SECONDS = 8.0, 20.0
LATE = 0.05  # seconds between two frames that a person sees as a stutter: three at 60 a second
CLICKS = 12  # timed; enough for a median
PATIENCE = 120.0  # seconds until an answer counts as missing; far beyond the slowest one
SCREEN = "-screen 0 1920x1080x24"


def run(engine: str) -> None:
    """Measure a 1080p demo in a 1080p window; without a display on a virtual one."""
    if not os.environ.get("DISPLAY"):
        on_a_screen("window", "--engine", engine)
        return
    heading(f"window {SIZE[0]}x{SIZE[1]}, engine {engine}")
    with tempfile.TemporaryDirectory() as folder:
        demo = write_demo(Path(folder) / "demo", frames=200, width=SIZE[0], height=SIZE[1])
        starts = [start_seconds(demo.video, Path(folder) / f"start {number}") for number in range(2)]
        row("start to usable", f"{starts[-1]:.2f} s")
        with open_window(Path(folder) / "work", engine) as (loop, host):
            _measure(loop, host, demo)


def on_a_screen(*words: str) -> None:
    """Run the bench with these words on a virtual screen."""
    if shutil.which("xvfb-run") is None:
        row(words[0], "skipped: no display and no xvfb-run")
        return
    command = ["xvfb-run", "-a", "-s", SCREEN, sys.executable, "-m", "tool.dev.bench", *words]
    subprocess.run(command, check=True)


@contextmanager
def open_window(
    workspace: Path, engine: str, *, propagates: bool = False, checks_pictures: bool = True
) -> Iterator[tuple[Loop, PipelineHost]]:
    """A window with the program in it. propagates: by itself after each commit; checks_pictures: of exports."""
    options = Options(workspace, engine=engine, prefetch=propagates, check_pictures=checks_pictures)
    host = PipelineHost(options)
    with host, Display("Framewise bench", SIZE, fullscreen=False) as display, GcScheduler() as gc_scheduler:
        loop = Loop(display, host, WindowOptions(size=SIZE), AppServices(lambda: workspace))
        loop.on_idle = gc_scheduler.collect_when_idle
        yield loop, host


def rest(loop: Loop, host: PipelineHost, demo: DemoSequence) -> None:
    """Processor time and memory while the window is idle; the demo is open afterwards."""
    until(loop, lambda: bool(loop.snapshot.models.engine))
    _idle(loop, "nothing open")
    host.post(ev.SequenceRequested(str(demo.video)))
    until(loop, lambda: loop.snapshot.sequence.info is not None and loop.bench.canvas.frame is not None)
    _idle(loop, "a sequence open")


def _idle(loop: Loop, title: str) -> None:
    pass_time(loop, CALM_SECONDS)
    began, spent = time.perf_counter(), tree_seconds(os.getpid())
    pass_time(loop, IDLE_SECONDS)
    share = (tree_seconds(os.getpid()) - spent) / (time.perf_counter() - began)
    row(f"idle, {title}: processor, of one core", f"{100 * share:.1f} %")
    row(f"idle, {title}: memory of all processes (PSS)", f"{tree_mebibytes(os.getpid()):.0f} MiB")


def pass_time(loop: Loop, seconds: float) -> None:
    """Let the window run for some seconds."""
    ends = time.monotonic() + seconds
    loop.run(lambda: time.monotonic() > ends)


def _measure(loop: Loop, host: PipelineHost, demo: DemoSequence) -> None:
    rest(loop, host, demo)
    row("click to mask on screen", milliseconds([_click(loop, host, n) for n in range(CLICKS)]))
    host.post(ev.ClicksCleared())
    host.post(ev.LabelAdded("disc"))
    host.post(ev.ObjectAdded())
    until(loop, lambda: bool(loop.snapshot.sequence.objects))
    thing = loop.snapshot.sequence.objects[0].object_id
    host.post(ev.MaskSet(0, thing, encode(demo.true_labels(0) == 1)))
    host.post(ev.PropagationRequested())
    until(loop, lambda: loop.snapshot.propagation is not None and loop.snapshot.propagation.done > 1)
    for title, plays in (("propagating", False), ("propagating and playing", True)):
        _frames(loop, host, title, plays)


def _frames(loop: Loop, host: PipelineHost, title: str, plays: bool) -> None:
    """Frame times of the loop; while a film plays, every picture is sent to the card anew."""
    if plays:
        host.post(ev.PlayToggled())
    with frame_times(loop, title):
        ends = time.monotonic() + SECONDS
        loop.run(lambda: time.monotonic() > ends or loop.snapshot.propagation is None)


@contextmanager
def frame_times(loop: Loop, title: str) -> Iterator[None]:
    """Print what the frames of the block took, and how long other machines on the same host kept ours waiting."""
    loop.stats.reset()
    stolen = _stolen()
    yield
    stolen = _stolen() - stolen
    found = loop.stats.summary()
    late = sum(seconds > LATE for seconds in loop.stats.whole)
    row(f"{title}: frames drawn, over 50 ms", f"{found.frames}, {late}")
    row(
        f"{title}: Python time a frame", f"median {found.python_median:.2f} ms, max {found.python_max:.1f} ms"
    )
    row(f"{title}: whole frame", f"median {found.frame_median:.1f} ms, max {found.frame_max:.1f} ms")
    if stolen:
        row(f"{title}: taken away by the host of this machine", f"{1000 * stolen:.0f} ms")


def _stolen() -> float:
    """Processor seconds that a virtual machine wanted and did not get, all cores together."""
    return float(getattr(psutil.cpu_times(), "steal", 0.0))


def _click(loop: Loop, host: PipelineHost, number: int) -> float:
    """Seconds from a click on a fresh frame to its mask in the window."""
    host.post(ev.FrameRequested(number))
    until(loop, lambda: loop.bench.canvas.frame == number)
    began = time.perf_counter()
    host.post(ev.ClickAdded(number, SIZE[0] * 0.4, SIZE[1] * 0.5, True))
    until(loop, lambda: loop.snapshot.pending is not None and loop.snapshot.pending.mask is not None)
    loop.step()
    return time.perf_counter() - began


def start_seconds(film: Path, folder: Path) -> float:
    """Return the seconds from the start of the program to a drawn window with frame and engine ready.

    The program says so in its log. What it compiles is kept beside the folder, as an installed program has it: the
    first start of several is the slow one.
    """
    folder.mkdir()
    main, log = Path(__file__).parents[3] / "main.py", folder / "state" / APPLICATION / "log" / LOG
    words = [str(film), "--workspace", str(folder / "work"), "--settings", str(folder / "settings.toml")]
    words += ["--screenshot", str(folder / "shot.png"), "--size", f"{SIZE[0]}x{SIZE[1]}"]
    places = {"XDG_STATE_HOME": str(folder / "state"), "PYTHONPYCACHEPREFIX": str(folder.parent / "bytecode")}
    environment = {**os.environ, **places, "PYTHONDONTWRITEBYTECODE": ""}
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, str(main), *words], env=environment) as process:
        while (
            not _has_line(log, COMPLETE) and process.poll() is None and time.perf_counter() < began + PATIENCE
        ):
            time.sleep(0.005)
        taken = time.perf_counter() - began
    if process.returncode or not _has_line(log, COMPLETE):
        raise RuntimeError("The program did not show its window.")
    return taken


def _has_line(log: Path, words: str) -> bool:
    return log.exists() and words in log.read_text(encoding="utf-8")


def until(loop: Loop, condition: Callable[[], bool]) -> None:
    """Run the window until a condition holds. Raises TimeoutError."""
    ends = time.monotonic() + PATIENCE
    loop.run(lambda: condition() or time.monotonic() > ends)
    if not condition():
        raise TimeoutError("The window did not get there in time.")
