"""The window while a data set is exported: frame times and the time from a key to its picture, beside those without.

A film plays and is stepped through in a 1080p window; the data set is one of other films of the same workspace. The
export is cancelled and gone on with, as a person would. Run it on a quiet machine.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.domain.export_selection import DataSetChoice
from app.messages import events as ev
from app.pipeline.host import PipelineHost
from app.storage.demo.demo_sequence import write_demo
from app.storage.workspace.stored_sequence import find_sequences
from app.views.loop import Loop
from tool.dev.bench.data_sets import FRAMES, write_films
from tool.dev.bench.report import heading, milliseconds, percentile, row
from tool.dev.bench.window import CALM_SECONDS, LATE, SIZE, on_a_screen, open_window, until

TURNS: Final = 3  # with and without an export by turns, since other programs share the machine
STEPS: Final = 20  # arrow keys that are timed in a turn
SETTLE_SECONDS: Final = 0.15  # between two of them
PLAY_SECONDS: Final = 4.0  # that frame times are measured for in a turn
LONGEST_SECONDS: Final = 3600.0  # of the whole export
SHOWN: Final = 60  # frames of the film in the window
KIND: Final = "davis"


@dataclass(slots=True)
class Seen:
    """What a person saw, in seconds."""

    steps: list[float] = field(default_factory=list)  #: from an arrow key to its picture
    frames: list[float] = field(default_factory=list)  #: of each frame of the window while the film plays


def run(engine: str, films: int, *, checks_pictures: bool) -> None:
    """Measure with and without an export of so many films; without a display on a virtual one."""
    if not os.environ.get("DISPLAY"):
        unchecked = () if checks_pictures else ("--unchecked-pictures",)
        on_a_screen("data-set-window", "--engine", engine, "--films", str(films), *unchecked)
        return
    looked = "looked over and exported" if checks_pictures else "exported"
    heading(f"window {SIZE[0]}x{SIZE[1]} while {films * FRAMES:,} frames are {looked} ({KIND})")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_films(folder, films)
        chosen = DataSetChoice(tuple(found.record.fingerprint for found in find_sequences(folder / "work")))
        demo = write_demo(folder / "demo", frames=SHOWN, width=SIZE[0], height=SIZE[1])
        with open_window(folder / "work", engine, checks_pictures=checks_pictures) as (loop, host):
            until(loop, lambda: bool(loop.snapshot.models.engine))
            host.post(ev.SequenceRequested(str(demo.video)))
            until(
                loop, lambda: loop.snapshot.sequence.info is not None and loop.bench.canvas.frame is not None
            )
            _pass_time(loop, CALM_SECONDS)
            _compare(loop, host, ev.DataSetRequested(KIND, str(folder / "out"), chosen))


def _compare(loop: Loop, host: PipelineHost, request: ev.DataSetRequested) -> None:
    """Measure without an export and during one that is cancelled and gone on with, turn by turn; then let it end."""
    without, during, cancels, reached = Seen(), Seen(), [], 0
    for _ in range(TURNS):
        _measure(loop, host, without)
        host.post(request)
        until(loop, lambda: _done(loop) > 0)
        _measure(loop, host, during)
        reached = _done(loop)
        if not reached:
            raise RuntimeError("The export was over before the window was measured: take more films.")
        began = time.monotonic()
        loop.dispatcher.act("propagate.cancel")
        until(loop, lambda: loop.snapshot.tasks.export is None)
        cancels.append(time.monotonic() - began)
    for title, seen in (("no export", without), ("export", during)):
        _tell(title, seen)
    for what, share in (("median", 50), ("p99", 99)):
        steps, frames = (
            percentile(with_it, share) / percentile(alone, share)
            for with_it, alone in ((during.steps, without.steps), (during.frames, without.frames))
        )
        row(f"export in times of none, {what}", f"key to picture {steps:.2f}, frame {frames:.2f}")
    row("cancelled after", f"{max(cancels):.2f} s at most, at {reached:,} frames in the end")
    host.post(request)
    began = time.monotonic()
    _wait(loop, lambda: _done(loop) > reached)
    row("gone on with, and where it was after", f"{time.monotonic() - began:.1f} s")
    _wait(loop, lambda: loop.snapshot.tasks.export is None)
    row("whole after", f"{time.monotonic() - began:.1f} s")
    if not list(Path(request.folder).glob("*/manifest.json")):
        raise RuntimeError("The export did not end.")


def _tell(title: str, seen: Seen) -> None:
    row(f"{title}: arrow key to picture", milliseconds(seen.steps))
    p50, p99 = (1e3 * percentile(seen.frames, share) for share in (50, 99))
    late = sum(seconds > LATE for seconds in seen.frames)
    row(
        f"{title}: frame while it plays",
        f"median {p50:.1f} ms, p99 {p99:.1f} ms, {late} of {len(seen.frames)} over 50 ms",
    )


def _done(loop: Loop) -> int:
    found = loop.snapshot.tasks.export
    return 0 if found is None else found.done


def _measure(loop: Loop, host: PipelineHost, seen: Seen) -> None:
    seen.steps += [_step(loop) for _ in range(STEPS)]
    host.post(ev.PlayToggled())
    until(loop, lambda: loop.snapshot.playback.playing)
    loop.stats.reset()
    _pass_time(loop, PLAY_SECONDS)
    seen.frames += loop.stats.whole
    host.post(ev.PlayToggled())
    until(loop, lambda: not loop.snapshot.playback.playing)


def _step(loop: Loop) -> float:
    """Return the seconds from an arrow key to the drawn frame that it asks for."""
    _pass_time(loop, SETTLE_SECONDS)
    frame = loop.snapshot.sequence.frame
    action, wanted = ("frame.next", frame + 1) if frame < SHOWN - 1 else ("frame.first", 0)
    began = time.perf_counter()
    loop.dispatcher.act(action)
    loop.pace.note_input()
    _until_drawn(loop, lambda: loop.bench.canvas.frame == wanted)
    return time.perf_counter() - began


def _until_drawn(loop: Loop, is_there: Callable[[], bool]) -> None:
    is_drawn = loop.step()
    while not is_there():
        is_drawn = loop.step()
    if not is_drawn:
        loop.draw_now()


def _pass_time(loop: Loop, seconds: float) -> None:
    ends = time.monotonic() + seconds
    loop.run(lambda: time.monotonic() > ends)


def _wait(loop: Loop, condition: Callable[[], bool]) -> None:
    """Run the window until a condition holds. Raises TimeoutError."""
    ends = time.monotonic() + LONGEST_SECONDS
    loop.run(lambda: condition() or time.monotonic() > ends)
    if not condition():
        raise TimeoutError("The export did not end in time.")
