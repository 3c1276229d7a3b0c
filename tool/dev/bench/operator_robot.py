"""The robot of the operator bench: what a person looks at, notices, and does about it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from app.domain.annotation import Annotation, Click, Status
from app.domain.mask_operations import Stroke
from app.domain.tool import step_size
from app.imaging.masks import decode
from app.models.click_robot import choose_click, region_similarity
from app.models.engine import BoolMask
from app.pipeline.host import PipelineHost
from app.views.loop import Loop
from tool.dev.bench.operator_hands import OperatorHands
from tool.dev.bench.operator_model import DECISION, KEY, LOOK, REACTION, STOPPING, notice_chance
from tool.dev.evaluation.brush_robot import choose_stroke

MOST_CLICKS = 12  # on one frame in one round
MOST_STROKES = 12  # after them
GAIN = 0.01  # of IoU by the last two clicks, below which a person takes the brush
NARROW = 12.0  # screen pixels of an error below which a person zooms in first
MOST_ROUNDS = 4  # through the whole sequence
PLAY = "shift+space"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an operator works."""

    plays: bool = True  #: unseen frames, else all frames are gone through by the arrow key
    has_tools: bool = True  #: brush and zoom, else clicks alone
    propagates: bool = (
        False  #: by a key after each frame, and waits for it, else the program does so by itself
    )


RECIPES = {
    "play": Recipe(),
    "keys": Recipe(plays=False),
    "eiseg": Recipe(plays=False, has_tools=False, propagates=True),
}


@dataclass(frozen=True, slots=True)
class OperatorTask:
    """What an operator has to reach, and how."""

    goal: float  #: IoU that a mask must have
    limit: float  #: seconds by the clock after which the work ends
    recipe: str  #: a name of RECIPES


class OperatorRobot:
    """Annotates one object on all frames of the open sequence."""

    def __init__(
        self, loop: Loop, host: PipelineHost, truths: Mapping[int, BoolMask], task: OperatorTask
    ) -> None:
        """truths: by frame. The robot notices alike in each run."""
        self._hands = OperatorHands(loop, task.limit)
        self.tally = self._hands.tally
        self._loop, self._host, self._truths = loop, host, truths
        self._goal, self._recipe = task.goal, RECIPES[task.recipe]
        self._chance = random.Random(0)
        self._is_near = False  # zoomed in

    def annotate(self) -> None:
        """Go through the frames until nothing wrong is noticed, or the rounds are over.

        Raises TimeoutError when it has worked for as long as it may, or an answer does not come.
        """
        first = well_seen(self._truths)
        self._step_to(first)
        self._correct(first)
        look_over = self._play_over if self._recipe.plays else self._step_over
        for _ in range(MOST_ROUNDS):
            if not look_over():
                break
        self._hands.wait("propagation", lambda: self._loop.snapshot.propagation is None)

    def wrong_frames(self) -> int:
        """Return how many frames are wrong as they are kept."""
        return sum(not self._is_good(frame) for frame in self._truths)

    def _play_over(self) -> int:
        """Play the unseen frames and stop at what is noticed; return how many frames were corrected."""
        touched = 0
        shown = self._play()
        while self._is_playing():
            self._wait_for_other(shown)
            if not self._is_playing():
                break
            shown = self._frame
            self._count_look()
            if self._notices(shown, LOOK):
                self._hands.pass_time("looking", STOPPING)
                self._hands.press(PLAY)
                self._hands.wait("the window", lambda: not self._is_playing())
                self._step_to(shown)
                self._correct(shown)
                touched += 1
                shown = self._play()
        return touched

    def _wait_for_other(self, frame: int) -> None:
        """Wait until another frame is played, or none."""
        self._hands.wait("playing", lambda: self._frame != frame or not self._is_playing())

    def _count_look(self) -> None:
        """Count the time of a frame that is played as a look, and not as waiting."""
        self.tally.seconds["looking"] += LOOK
        self.tally.waited["playing"] = max(self.tally.waited["playing"] - LOOK, 0.0)

    def _play(self) -> int:
        """Begin to play what nobody has seen, if there is anything; return the frame that is shown."""
        self._hands.press(PLAY)
        self._hands.wait("the window", lambda: self._is_playing() or self._is_all_seen())
        return self._frame

    def _is_all_seen(self) -> bool:
        snapshot = self._loop.snapshot
        return not snapshot.edits.unreviewed and snapshot.propagation is None

    def _step_over(self) -> int:
        """Go through all frames by the arrow key; return how many were corrected."""
        touched = 0
        for frame in sorted(self._truths):
            self._step_to(frame)
            self._wait_for_mask(frame)
            self._hands.pass_time("looking", LOOK)
            if self._notices(frame, LOOK + KEY):
                self._correct(frame)
                touched += 1
        return touched

    def _notices(self, frame: int, seconds: float) -> bool:
        is_wrong = frame in self._truths and not self._is_good(frame)
        return is_wrong and self._chance.random() < notice_chance(seconds)

    def _correct(self, frame: int) -> None:
        """Click until the mask is good, finish it, and mend the rest by brush."""
        self.tally.touched.add(frame)
        self._hands.pass_time("deciding", DECISION)
        if not self._truths[frame].any():
            self._hands.press("Delete")
        else:
            self._click_until_good(frame)
            self._hands.press("space")
            self._hands.wait("the mask", lambda: self._loop.snapshot.pending is None)
            if self._recipe.has_tools and not self._is_good(frame):
                self._paint(frame)
            self._fit()
        if self._recipe.propagates:
            self._hands.press("g")
            self._hands.wait("propagation", lambda: self._loop.snapshot.propagation is None)

    def _click_until_good(self, frame: int) -> None:
        if self._loop.snapshot.sequence.mode == "edit":
            self._hands.press("space")
        truth, mask = self._truths[frame], self._mask(frame)
        reached = [region_similarity(mask, truth)]
        while len(reached) <= MOST_CLICKS and reached[-1] < self._goal:
            if self._recipe.has_tools and len(reached) > 4 and reached[-1] - reached[-3] < GAIN:
                return
            click = choose_click(mask, truth)
            if click is None:
                return
            self._click(click, truth ^ mask)
            mask = self._pending(frame, mask)
            reached.append(region_similarity(mask, truth))

    def _click(self, click: Click, wrong: BoolMask) -> None:
        """Point at the middle of an error and press the left button, or the right one for what is too much."""
        point = (click.x, click.y)
        depth = cv2.distanceTransform(np.pad(wrong, 1).astype(np.uint8), cv2.DIST_L2, 3)
        width = 2 * float(depth[round(click.y) + 1, round(click.x) + 1])
        self._come_near(point, width)
        self._hands.click(point, width, right=not click.positive)

    def _come_near(self, point: tuple[float, float], width: float) -> None:
        """Zoom in on the object where an error is narrow, and out again where it lies outside the canvas."""
        is_narrow = self._hands.screen_pixels(width) < NARROW
        if self._recipe.has_tools and is_narrow and not self._is_near:
            self._hands.press("z")
            self._is_near = True
        if not self._hands.is_in_reach(point):
            self._fit()

    def _fit(self) -> None:
        if self._is_near:
            self._hands.press("0")
            self._is_near = False

    def _paint(self, frame: int) -> None:
        """Paint and erase until the mask is good."""
        self._hands.press("b")
        for _ in range(MOST_STROKES):
            stroke = choose_stroke(self._mask(frame), self._truths[frame])
            if stroke is None or self._is_good(frame):
                break
            self._set_brush(2 * stroke.radius)
            self._draw(stroke)
        self._hands.press("a")

    def _set_brush(self, size: float) -> None:
        """Bring the brush to the step that is nearest to a diameter."""
        while True:
            now = self._loop.snapshot.tools.size
            step = 1 if size > now else -1
            after = step_size(now, step)
            if abs(after - size) >= abs(now - size):
                return
            self._hands.press("shift+equal" if step > 0 else "shift+minus")
            self._wait_for_brush(after)

    def _wait_for_brush(self, size: float) -> None:
        self._hands.wait("the window", lambda: self._loop.snapshot.tools.size == size)

    def _draw(self, stroke: Stroke) -> None:
        self._come_near(stroke.points[0], 2 * stroke.radius)
        before = self._cells(self._frame)
        self._hands.draw(stroke.points, 2 * stroke.radius, right=stroke.erase)
        self._hands.wait_for_change(lambda: self._cells(self._frame) != before)
        self._hands.pass_time("looking", REACTION)

    def _pending(self, frame: int, before: BoolMask) -> BoolMask:
        """Wait for the mask that answers a click; return the one before where the program does not take the click."""

        def is_answered() -> bool:
            pending = self._loop.snapshot.pending
            return pending is not None and pending.frame == frame and not pending.awaiting

        self._hands.wait_for_change(is_answered)
        self._hands.pass_time("looking", REACTION)
        pending = self._loop.snapshot.pending
        return before if pending is None or pending.mask is None else decode(pending.mask)

    def _step_to(self, frame: int) -> None:
        """Go to a frame by the arrow keys, ten frames at a time as far as that goes."""
        way = frame - self._loop.snapshot.sequence.frame
        key = "Right" if way > 0 else "Left"
        tens, ones = divmod(abs(way), 10)
        for pressed in (*(f"shift+{key}",) * tens, *(key,) * ones):
            self._hands.press(pressed)
        self._hands.wait("the window", lambda: self._frame == frame)

    def _wait_for_mask(self, frame: int) -> None:
        """Wait until the mask of a frame is there, or none comes any more."""

        def has_come() -> bool:
            snapshot = self._loop.snapshot
            status = snapshot.tracks[0].statuses[frame] if snapshot.tracks else Status.EMPTY
            return status != Status.EMPTY or snapshot.propagation is None

        self._hands.wait("propagation", has_come)

    @property
    def _frame(self) -> int:
        """The frame that is shown."""
        return self._loop.bench.canvas.frame or 0

    def _is_playing(self) -> bool:
        return self._loop.snapshot.playback.playing

    def _is_good(self, frame: int) -> bool:
        return region_similarity(self._mask(frame), self._truths[frame]) >= self._goal

    def _cells(self, frame: int) -> tuple[tuple[int, Annotation], ...]:
        """Return what is known on a frame, by object."""
        return self._host.read_session(lambda session: session.state.annotations_on(frame))

    def _mask(self, frame: int) -> BoolMask:
        """Return the mask as it is kept."""
        cells = self._cells(frame)
        return decode(cells[0][1].mask) if cells else np.zeros_like(self._truths[frame])


def well_seen(truths: Mapping[int, BoolMask]) -> int:
    """Return the frame that a person begins with: the first on which the object has half of its largest area."""
    areas = {frame: np.count_nonzero(truth) for frame, truth in truths.items()}
    return next(frame for frame in sorted(areas) if 2 * areas[frame] >= max(areas.values()))
