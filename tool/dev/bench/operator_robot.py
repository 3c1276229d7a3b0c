"""The robot of the operator bench: eyes, mouse and keys of a person, in a person's time."""

from __future__ import annotations

import math
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from app.domain.annotation import Click, Status
from app.headless.readable_workspace import ReadableWorkspace
from app.imaging.masks import decode
from app.models.click_robot import choose_click, region_similarity
from app.models.engine import BoolMask
from app.views.loop import Loop
from tool.dev.bench.operator_model import BUTTON, DECISION, KEY, LOOK, REACTION, pointing_seconds
from tool.dev.bench.window import until

MOST_CLICKS = 12  # on one frame in one round; what is not good then is left to the next round
MOST_ROUNDS = 4  # through the whole sequence


@dataclass(slots=True)
class OperatorTally:
    """What an operator did, and where the time went."""

    clicks: int = 0
    touched: set[int] = field(default_factory=set)  #: frames
    #: by kind of work
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


class OperatorRobot:
    """Annotates one object on all frames of the open sequence."""

    def __init__(self, loop: Loop, work: Path, truths: Mapping[int, BoolMask], goal: float) -> None:
        """work: folder of the workspaces; truths: by frame; goal: IoU that a mask must have."""
        self.tally = OperatorTally()
        self._loop, self._truths, self._goal = loop, truths, goal
        info = loop.snapshot.sequence.info
        assert info is not None
        self._path, self._work = info.path, work
        self._mouse = (0, 0)

    def annotate(self) -> int:
        """Go through the frames until all are good, or the rounds are over; return how many are not."""
        first = next(frame for frame in sorted(self._truths) if self._truths[frame].any())
        self._go_to(first)
        self._correct(first)
        for _ in range(MOST_ROUNDS):
            touched = 0
            for frame in sorted(self._truths):
                self._go_to(frame)
                with self._time("waiting for propagation"):
                    self._wait_for_frame(frame)
                with self._time("looking"):
                    self._pass(LOOK)
                if not self._is_good(frame):
                    self._correct(frame)
                    touched += 1
            if not touched:
                break
        until(self._loop, lambda: self._loop.snapshot.propagation is None)
        return sum(not self._is_good(frame) for frame in self._truths)

    def _correct(self, frame: int) -> None:
        """Click until the mask is good, and finish it."""
        self.tally.touched.add(frame)
        with self._time("deciding"):
            self._pass(DECISION)
        truth, mask, made = self._truths[frame], self._mask(frame), 0
        if not truth.any():
            self._press("Delete")
            return
        while made < MOST_CLICKS and region_similarity(mask, truth) < self._goal:
            click = choose_click(mask, truth)
            if click is None:
                break
            self._click(click, truth ^ mask)
            made += 1
            mask = self._pending(frame, mask)
        self._press("space")
        with self._time("waiting for the mask"):
            until(self._loop, lambda: self._loop.snapshot.pending is None)

    def _click(self, click: Click, wrong: BoolMask) -> None:
        """Point at the middle of an error and press the left button, or the right one for what is too much."""
        view = self._loop.bench.canvas.interaction.view
        assert view is not None
        left, top = view.to_canvas(click.x, click.y)
        origin = self._loop.bench.canvas.position
        goal = (int(left) + origin[0], int(top) + origin[1])
        depth = cv2.distanceTransform(np.pad(wrong, 1).astype(np.uint8), cv2.DIST_L2, 3)
        width = 2 * float(depth[round(click.y) + 1, round(click.x) + 1]) * view.steps[0]
        with self._time("pointing"):
            self._pass(pointing_seconds(math.dist(goal, self._mouse), width) + BUTTON)
            self._tool("mousemove", *goal)
            self._tool("click", 1 if click.positive else 3)
        self._mouse = goal
        self.tally.clicks += 1

    def _pending(self, frame: int, before: BoolMask) -> BoolMask:
        """Wait for the mask that answers a click; return the one before where the program does not take the click."""

        def is_answered() -> bool:
            pending = self._loop.snapshot.pending
            return pending is not None and pending.frame == frame and not pending.awaiting

        with self._time("waiting for the mask"):
            until(self._loop, is_answered)
        pending = self._loop.snapshot.pending
        with self._time("looking"):
            self._pass(REACTION)
        return before if pending is None or pending.mask is None else decode(pending.mask)

    def _go_to(self, frame: int) -> None:
        now = self._loop.snapshot.sequence.frame
        for _ in range(abs(frame - now)):
            self._press("Right" if frame > now else "Left")

    def _wait_for_frame(self, frame: int) -> None:
        """Wait until the frame is shown, and its mask is there or none comes any more."""

        def is_there() -> bool:
            snapshot = self._loop.snapshot
            status = snapshot.tracks[0].statuses[frame] if snapshot.tracks else Status.EMPTY
            has_come = status != Status.EMPTY or snapshot.propagation is None
            return self._loop.bench.canvas.frame == frame and has_come

        until(self._loop, is_there)

    def _is_good(self, frame: int) -> bool:
        return region_similarity(self._mask(frame), self._truths[frame]) >= self._goal

    def _mask(self, frame: int) -> BoolMask:
        """Return the mask as it is kept."""
        sequence = next(
            one for one in ReadableWorkspace(self._work).sequences.values() if one.path == self._path
        )
        cells = list(sequence.annotations(frame).values())
        return decode(cells[0].mask) if cells else np.zeros_like(self._truths[frame])

    def _press(self, key: str) -> None:
        with self._time("keys"):
            self._pass(KEY)
            self._tool("key", key)

    def _tool(self, *words: object) -> None:
        subprocess.run(("xdotool", *map(str, words)), check=True)
        self._loop.draw_now()
        self._loop.draw_now()

    def _pass(self, seconds: float) -> None:
        """Let time pass, as a person does; the program works on."""
        ends = time.monotonic() + seconds
        self._loop.run(lambda: time.monotonic() >= ends)

    @contextmanager
    def _time(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.tally.seconds[what] += time.perf_counter() - began
