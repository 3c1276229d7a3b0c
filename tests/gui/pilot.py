"""The pilot of a window: moves the mouse, presses keys, and reads the screen."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from app.messages.events import Event
from app.messages.snapshot import Snapshot
from app.pipeline.host import PipelineHost
from app.views.dialogs.dialogs import Dialog
from app.views.loop import Loop

D = TypeVar("D", bound=Dialog)
FRAMES, WIDTH, HEIGHT = 40, 320, 240
PATIENCE = 150.0  # Seconds, less than the limit of a test: an engine that is made on a busy machine took more than 90.


class Pilot:
    """Drives a window from outside, and runs its loop in between."""

    def __init__(self, loop: Loop, posted: list[Event], shots: Path, host: PipelineHost) -> None:
        self.loop, self.posted, self._shots, self.host = loop, posted, shots, host
        self.bench = loop.bench

    @property
    def snapshot(self) -> Snapshot:
        """The state on the screen."""
        return self.loop.snapshot

    def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Run the loop until a condition holds."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"waited in vain {what}: {self.snapshot}"[:2000]
            self.loop.step()

    def dialog(self, kind: type[D]) -> D:
        """Wait until a kind of dialog is open and drawn; return it."""
        self.until(lambda: isinstance(self.bench.dialogs.current, kind), f"for {kind.__name__}")
        self.frames(6)
        found = self.bench.dialogs.current
        assert isinstance(found, kind)
        return found

    def no_dialog(self) -> None:
        """Wait until no dialog is open."""
        self.until(lambda: self.bench.dialogs.current is None, "for the dialog to close")

    def wait_for_sequence(self, name: str) -> None:
        """Wait until the first frame of a file is shown."""
        self.until(
            lambda: self.snapshot.sequence.info and self.snapshot.sequence.info.path.endswith(name),
            f"for {name}",
        )
        self.until(lambda: self.bench.canvas.frame == self.snapshot.sequence.frame, f"for a frame of {name}")

    def wait_for_label(self, value: int) -> None:
        """Wait until a label is the current one."""
        self.until(lambda: self.snapshot.label == value, f"for label {value}")

    def wait_for_mask(self, clicks: int) -> None:
        """Wait until the mask of so many clicks is there."""
        self.until(
            lambda: (now := self.snapshot.pending) and len(now.prompts) == clicks and not now.awaiting,
            f"for the mask of {clicks} clicks",
        )

    def wait_for_objects(self, count: int) -> None:
        """Wait until there are so many objects."""
        self.until(lambda: len(self.snapshot.sequence.objects) == count, f"for {count} objects")

    def frames(self, count: int = 4) -> None:
        """Draw some frames."""
        for _ in range(count):
            self.loop.draw_now()

    def tool(self, *words: object) -> None:
        """Call xdotool, and let the window take in what it did."""
        subprocess.run(("xdotool", *map(str, words)), check=True)
        self.frames()

    def key(self, *names: str) -> None:
        """Press and release keys, one after the other."""
        for name in names:
            self.tool("key", name)

    def write(self, text: str) -> None:
        """Type a text into the item that has the keyboard."""
        self.tool("type", text)
        self.frames(len(text) + 4)

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Return the screen pixel of an image point."""
        canvas = self.bench.canvas
        assert canvas.interaction.view is not None
        left, top = canvas.interaction.view.to_canvas(x, y)
        return int(left) + canvas.position[0], int(top) + canvas.position[1]

    def point(self, x: float, y: float) -> None:
        """Move the mouse to an image point."""
        self.tool("mousemove", *self.at(x, y))

    def click(self, x: float, y: float, button: int = 1, times: int = 1) -> None:
        """Click an image point, once or more often in quick succession."""
        self.point(x, y)
        self.tool("click", "--repeat", times, "--delay", 40, button)

    def drag(self, start: tuple[float, float], end: tuple[float, float], button: int = 1) -> None:
        """Press at one image point, move, and let go at another."""
        self.point(*start)
        goal = self.at(*end)
        self.tool("mousedown", button)
        self.tool("mousemove", *goal)
        self.tool("mouseup", button)

    def count(self, kind: type[Event]) -> int:
        """How many events of a kind were posted."""
        return sum(isinstance(event, kind) for event in self.posted)

    def last(self, kind: type[Event]) -> Event:
        """Return the newest event of a kind."""
        found = [event for event in self.posted if isinstance(event, kind)]
        assert found, f"no {kind.__name__} among {self.posted}"
        return found[-1]

    def shot(self, name: str) -> Path:
        """Keep a picture of the window."""
        self._shots.mkdir(parents=True, exist_ok=True)
        path = self._shots / f"{name}.png"
        path.unlink(missing_ok=True)
        self.frames()
        self.loop.display.save_screenshot(path)
        self.until(path.exists)
        self.frames()
        return path


def film(path: Path, seed: int, frames: int = FRAMES) -> Path:
    """Make a clip of a bright disc that moves to and fro over dark noise."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (WIDTH, HEIGHT))
    noise = np.random.default_rng(seed).integers(20, 60, (HEIGHT, WIDTH, 3), np.uint8)
    for index in range(frames):
        frame = noise.copy()
        cv2.circle(frame, (220 - abs(2 * index % 240 - 120), 120), 36, (60, 160, 230), -1)
        writer.write(frame)
    writer.release()
    return path
