"""The main loop: polls the host, refreshes and draws the views, posts events. Main thread only."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from app.actions.registry import registry
from app.messages import events as e
from app.messages.events.night import PersonSeen
from app.messages.snapshot import Snapshot
from app.messages.view_update import ViewUpdate
from app.views.input.commands import AppServices, Commands
from app.views.input.dispatcher import InputDispatcher
from app.views.input.dpg_handlers import InputHandlers, mouse_position
from app.views.toolkit.answer_hold import AnswerHold
from app.views.toolkit.display import Display
from app.views.toolkit.frame_pacing import BLIND_INTERVAL, IDLE_INTERVAL, FramePacer
from app.views.toolkit.frame_stats import LoopStats
from app.views.toolkit.preferences import Preferences, PreferenceStore
from app.views.workbench import Workbench

# Seconds before the same failure is reported again; chosen so that one failing frame after frame is a single toast.
REPORT_SECONDS = 10.0
# Seconds between looks at the screen's size in kiosk mode: a new monitor is filled within two seconds, at no cost.
SCREEN_SECONDS = 2.0
# Seconds without input or news before on_idle may take a frame's time; chosen by hand.
IDLE_SECONDS = 1.0
# Seconds between two messages that a person is there; a job of the night ends within one second after that.
PERSON_SECONDS = 1.0
_log = logging.getLogger(__name__)


class Host(Protocol):
    """The side that owns the state; see app.pipeline.host."""

    def post(self, event: e.Event) -> None:
        """Send an event; never blocks."""

    def poll(self) -> ViewUpdate:
        """Return what is new since the last poll; never blocks."""

    def on_news(self, call: Callable[[], None]) -> None:
        """Call a function, in any thread, whenever there is something new to poll."""


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """The window at the start."""

    size: tuple[int, int] = (1600, 900)  #: Pixels.
    fullscreen: bool = False
    scale: float = 1.0  #: Of everything but the frame; 1.0 suits a 24-inch full-HD screen.
    locked: bool = False  #: Only an operator can leave, and the window follows the screen.
    preferences: Preferences = field(default_factory=Preferences)
    save: Callable[[Preferences], None] = lambda preferences: None  #: Saves preferences at once.


class Loop:
    """A window on a host. One call of step is one pass of the loop.

    on_idle: called from time to time while nothing happens; it may take as long as a frame.
    """

    def __init__(self, display: Display, host: Host, options: WindowOptions, services: AppServices) -> None:
        self.display, self._host = display, host
        self.pace = FramePacer(idle=BLIND_INTERVAL if display.graphics is None else IDLE_INTERVAL)
        self.stats = LoopStats()
        actions = registry()
        self.dispatcher = InputDispatcher(actions, self.post, self._note_input)
        self.bench = Workbench(display, actions, self.dispatcher.act, self.post, options.scale)
        self.dispatcher.bind_views(self.bench)
        preferences = PreferenceStore(options.preferences, options.save)
        self.commands = Commands(
            display, self.bench, self.dispatcher, preferences, services, is_locked=options.locked
        )
        self.on_idle: Callable[[], None] = lambda: None
        self._last_active = 0.0
        self._hold = AnswerHold()
        self._checked = 0.0
        self._person_at, self._mouse = -PERSON_SECONDS, (0, 0)
        self._unaccounted = 0.0
        self._reported: dict[str, float] = {}
        self._inputs = InputHandlers(self.dispatcher)
        display.on_error = self._report
        display.on_close = self.commands.close
        host.on_news(display.wake)

    @property
    def snapshot(self) -> Snapshot:
        """The Snapshot that is on the screen."""
        return self.bench.snapshot

    def post(self, event: e.Event) -> None:
        """Send an event to the Session."""
        self._hold.note_event(time.perf_counter())
        self._host.post(event)

    def run(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Run until the window is closed or a condition holds."""
        while self.display.is_open and not is_over():
            self.step()

    def step(self) -> bool:
        """Wait until a frame is due, at most a sixtieth of a second, and draw it; return whether one was."""
        now = time.perf_counter()
        if self.display.wait_for_input(self._seconds_to_wait(now)):
            self.pace.note_input()
            self._last_active = now
            for press in self.display.new_presses():
                self.dispatcher.expect_press(press.button, press.x, press.y)
            # Input is read by drawing; until a frame is due only news can come.
            self.display.wait_for_news(self._seconds_to_wait(time.perf_counter()))
        began = time.perf_counter()
        update = self._host.poll()
        if update:
            self.pace.note_news()
            self._hold.note_update(update, began)
            self._last_active = began
            self._guard(lambda: self.bench.refresh(update, began))
        if not self.pace.is_due(began) or began < self._held_until():
            self._unaccounted += time.perf_counter() - began
            return False
        self._frame(began)
        if began - self._last_active > IDLE_SECONDS:
            self.on_idle()
        return True

    def _seconds_to_wait(self, now: float) -> float:
        return max(self.pace.seconds_to_wait(now), self._held_until() - now)

    def _held_until(self) -> float:
        """Return until when a frame would show what was before an event whose answer will be here in a moment."""
        sequence, canvas = self.snapshot.sequence, self.bench.canvas
        lags = sequence.info is not None and sequence.frame != canvas.frame
        return self._hold.ends(lags=lags, drags=canvas.interaction.gesture is not None)

    def draw_now(self) -> None:
        """Draw a frame now."""
        self.pace.note_news()
        while self.display.is_open and not self.step():
            pass

    def _note_input(self) -> None:
        """Draw soon, and report that a person is there."""
        self.pace.note_input()
        now = time.perf_counter()
        if now - self._person_at >= PERSON_SECONDS:
            self._person_at = now
            self.post(PersonSeen())

    def _frame(self, began: float) -> None:
        if mouse_position() != self._mouse:
            self._mouse = mouse_position()
            self._note_input()
        self._guard(self.commands.tick)
        if self.commands.lock.is_on and began > self._checked:
            self._checked = began + SCREEN_SECONDS
            self.display.fill_screen()
            self.display.keep_awake()
        self._guard(lambda: self.bench.draw(*mouse_position(), began))
        drawing = time.perf_counter()
        jobs = self.display.draw_frame()
        drawn = time.perf_counter()
        self.bench.shown.note(time.monotonic(), self.bench.canvas.frame)
        self.bench.fields.update_focus()
        self.dispatcher.release_lost_keys()
        self.display.run_callbacks(jobs)
        self._inputs.release_lost_keys()
        ended = time.perf_counter()
        self.pace.note_drawn(began, ended)
        self._hold.note_drawn(began)
        earlier, self._unaccounted = self._unaccounted, 0.0
        self.stats.add(earlier + (drawing - began) + (ended - drawn), earlier + ended - began)

    def _guard(self, work: Callable[[], None]) -> None:
        """Call a function whose failure must not end the loop."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the edge to the annotator's eye
            _log.exception("the views failed")
            self._report(error)

    def _report(self, error: Exception) -> None:
        """Post an error as a toast, the same one at most every REPORT_SECONDS."""
        text, now = f"Something went wrong: {error} The log file has the details.", time.monotonic()
        if self._reported.get(text, 0.0) < now:
            self._reported[text] = now + REPORT_SECONDS
            self.post(e.Noticed("error", text))
