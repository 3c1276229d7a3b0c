"""Marking by keys while a film plays: whether each press is there, and on which frame."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from app.domain.tier import Term, Tier
from app.messages import events as ev
from app.pipeline.host import PipelineHost
from app.views.loop import Loop
from tool.dev.bench.report import heading, row
from tool.dev.bench.window import on_a_screen, open_window, until

RATE = 25  # frames a second
PRESSES = 30  # a minute
# Points alone, so that each press is an interval of its own, and the order of keys plays no part.
TIERS = tuple(
    Tier(name, "points", tuple(Term(f"{name} {key}", key) for key in keys))
    for name, keys in (("phase", "123"), ("tool", "456"), ("mark", "789"))
)


def run(minutes: float) -> None:
    """Press keys of three tiers at random times while a film plays; without a display on a virtual one."""
    if not os.environ.get("DISPLAY"):
        on_a_screen("marking", "--minutes", str(minutes))
        return
    frames, presses = round(minutes * 60 * RATE), round(minutes * PRESSES)
    heading(f"marking: {presses} presses on {len(TIERS)} tiers, {frames} frames at {RATE} a second")
    with tempfile.TemporaryDirectory() as folder:
        film = write_film(Path(folder) / "film.mp4", frames)
        with open_window(Path(folder) / "work", "classic") as (loop, host):
            _measure(loop, host, film, presses)


def write_film(path: Path, frames: int) -> Path:
    """Write grey frames with a bar that moves, 320x240."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=Fraction(RATE))
        stream.width, stream.height = 320, 240
        for number in range(frames):
            image = np.full((240, 320, 3), 60, np.uint8)
            image[:, number % 320] = 220
            file.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        file.mux(stream.encode())
    return path


def _measure(loop: Loop, host: PipelineHost, film: Path, presses: int) -> None:
    host.post(ev.SequenceRequested(str(film)))
    until(loop, lambda: loop.snapshot.sequence.info is not None and loop.bench.canvas.frame is not None)
    for tier in TIERS:
        host.post(ev.TierAdded(tier))
    for event in (ev.MarkingToggled(), ev.LoopToggled(), ev.PlayToggled()):
        host.post(event)
    until(loop, lambda: loop.snapshot.playback.playing and (loop.bench.canvas.frame or 0) > 0)
    shown: list[tuple[float, int]] = []  # when a frame came to the screen, and which
    sent: list[tuple[float, str]] = []
    keys = threading.Thread(target=_press_keys, args=(sent, presses), daemon=True)
    keys.start()
    while loop.snapshot.playback.playing or keys.is_alive():
        if not loop.step():
            continue
        frame = loop.bench.canvas.frame
        if frame is not None and (not shown or shown[-1][1] != frame):
            shown.append((time.perf_counter(), frame))
    until(loop, lambda: loop.snapshot.edits.saved)
    _report(shown, sent, sorted((one.start, one.term[-1]) for one in loop.snapshot.sequence.tiers.intervals))


def _press_keys(sent: list[tuple[float, str]], presses: int) -> None:
    """Press keys over four fifths of the film, each noted with when it was sent."""
    chance, pause = random.Random(5), 60 / PRESSES * 0.8
    # One process for all: the start of one takes longer than a frame.
    with subprocess.Popen(("xdotool", "-"), stdin=subprocess.PIPE, text=True) as keyboard:
        assert keyboard.stdin is not None
        for _ in range(presses):
            time.sleep(pause * chance.uniform(0.5, 1.5))
            key = chance.choice("123456789")
            sent.append((time.perf_counter(), key))
            keyboard.stdin.write(f"key {key}\n")
            keyboard.stdin.flush()


def _report(
    shown: list[tuple[float, int]], sent: list[tuple[float, str]], marked: list[tuple[int, str]]
) -> None:
    row("pictures on the screen", str(len(shown)))
    row("presses, marks", f"{len(sent)}, {len(marked)}")
    frames = [frame for _, frame in shown]
    places, late = {frame: place for place, frame in enumerate(frames)}, []
    for (frame, key), (at, wanted) in zip(marked, sent, strict=False):
        if key != wanted:
            row("another key", f"{key} in place of {wanted} on frame {frame}")
        then = max((place for place, (when, _) in enumerate(shown) if when <= at), default=0)
        late.append((places.get(frame, -1) - then, frame - frames[then]))
    pictures, film = zip(*late, strict=True)
    row("marks on no picture that was shown", str(sum(frame not in places for frame, _ in marked)))
    row(
        "pictures after the one at the press",
        f"median {np.median(pictures):g}, {min(pictures)} to {max(pictures)}",
    )
    row("frames of the film after it", f"median {np.median(film):g}, {min(film)} to {max(film)}")
    row("within one picture", f"{sum(abs(late) <= 1 for late in pictures)} of {len(pictures)}")
