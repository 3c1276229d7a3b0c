"""The hands of the operator robot: mouse and keys of the real window in a person's time, and where that time went."""

from __future__ import annotations

import math
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.domain.annotation import Point
from app.views.loop import Loop
from tool.dev.bench.operator_model import BUTTON, KEY, pointing_seconds, steering_seconds
from tool.dev.bench.window import until

UNANSWERED = 60.0  # seconds until a click or stroke counts as lost; far beyond the slowest answer
AT_REST = 0.05  # seconds that are waited out of any longer time in which the program has nothing to do


@dataclass(slots=True)
class OperatorTally:
    """What an operator did, and where the time went."""

    clicks: int = 0
    strokes: int = 0
    lost: int = 0  #: clicks and strokes that changed nothing
    touched: set[int] = field(default_factory=set)  #: frames
    #: by kind of work, as a person needs them, however slow the machine is
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    #: by what was waited for, by the clock
    waited: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


class OperatorHands:
    """Presses keys, points, clicks and draws by xdotool."""

    def __init__(self, loop: Loop, limit: float) -> None:
        """limit: seconds that the robot may work, by the clock."""
        self.tally = OperatorTally()
        self._stops = time.monotonic() + limit
        self._loop = loop
        self._mouse = (0, 0)

    def pass_time(self, what: str, seconds: float) -> None:
        """Let time pass, as a person does, while the program works on; of a program at rest little is waited out.

        Raises TimeoutError when the robot has worked for as long as it may.
        """
        if time.monotonic() > self._stops:
            raise TimeoutError("out of time")
        self.tally.seconds[what] += seconds
        began = time.monotonic()
        self._loop.run(lambda: time.monotonic() >= began + (AT_REST if self._is_at_rest() else seconds))

    def _is_at_rest(self) -> bool:
        snapshot = self._loop.snapshot
        is_answered = snapshot.pending is None or not snapshot.pending.awaiting
        return is_answered and snapshot.propagation is None and not snapshot.playback.playing

    def wait(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait for the program. Raises TimeoutError."""
        began = time.perf_counter()
        until(self._loop, condition)
        self.tally.waited[what] += time.perf_counter() - began

    def wait_for_change(self, condition: Callable[[], bool]) -> None:
        """Wait for what a click or stroke changes; where nothing comes it counts as lost."""
        ends = time.monotonic() + UNANSWERED
        self.wait("the mask", lambda: condition() or time.monotonic() > ends)
        self.tally.lost += not condition()

    def press(self, key: str) -> None:
        """Press a key, named as xdotool has it."""
        self.pass_time("keys", KEY)
        self._tool("key", key)

    def is_in_reach(self, point: Point) -> bool:
        """Whether a point of the picture is on the canvas."""
        view = self._loop.bench.canvas.interaction.view
        assert view is not None
        x, y = view.to_canvas(*point)
        return 0 <= x < view.width and 0 <= y < view.height

    def screen_pixels(self, width: float) -> float:
        """Return how many screen pixels a width of the picture has."""
        view = self._loop.bench.canvas.interaction.view
        assert view is not None
        return width * view.scale

    def click(self, point: Point, width: float, *, right: bool) -> None:
        """Point at what is so wide, both in pixels of the picture, and press a button."""
        self._point_at(point, width)
        self.tally.seconds["pointing"] += BUTTON
        self._tool("click", 3 if right else 1)
        self.tally.clicks += 1

    def draw(self, points: Sequence[Point], width: float, *, right: bool) -> None:
        """Draw a line with the brush, whose diameter is the width, all in pixels of the picture."""
        self._point_at(points[0], width)
        line = [self._on_screen(point) for point in points]
        length = sum(math.dist(a, b) for a, b in zip(line, line[1:], strict=False))
        button = 3 if right else 1
        self._tool("mousedown", button)
        self.pass_time("drawing", BUTTON + steering_seconds(length, self.screen_pixels(width)))
        for place in line[1:]:
            self._tool("mousemove", *place)
        self._tool("mouseup", button)
        self._mouse = line[-1]
        self.tally.strokes += 1

    def _point_at(self, point: Point, width: float) -> None:
        goal = self._on_screen(point)
        distance = math.dist(goal, self._mouse)
        self.pass_time("pointing", pointing_seconds(distance, self.screen_pixels(width)))
        self._tool("mousemove", *goal)
        self._mouse = goal

    def _on_screen(self, point: Point) -> tuple[int, int]:
        canvas = self._loop.bench.canvas
        assert canvas.interaction.view is not None
        x, y = canvas.interaction.view.to_canvas(*point)
        return int(x) + canvas.position[0], int(y) + canvas.position[1]

    def _tool(self, *words: object) -> None:
        subprocess.run(("xdotool", *map(str, words)), check=True)
        self._loop.draw_now()
        self._loop.draw_now()
