"""The playback controls above the timeline: frame, time, speed, loop, progress."""

from collections.abc import Callable, Mapping

import dearpygui.dearpygui as dpg

from app.actions.frame_actions import SPEEDS
from app.domain.annotation import SequenceInfo
from app.domain.frame_times import frame_time
from app.messages.events import Event, FrameRequested, SpeedChosen
from app.messages.snapshot import Snapshot
from app.views.timeline.frame_text import frame_text, typed_frame, typed_text
from app.views.toolkit.fonts import BODY
from app.views.toolkit.inline_edit import InlineText
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.time_format import format_remaining, format_time
from app.views.toolkit.widgets import (
    ChangeTracker,
    add_tooltip,
    bind_theme,
    callback,
    text_width,
    value_callback,
)

_STEPS = (
    "frame.first",
    "frame.back",
    "frame.previous",
    "play.toggle",
    "frame.next",
    "frame.forward",
    "frame.last",
)
_ICONS = ("first", "back", "previous", "play", "next", "forward", "last")
# Unscaled pixels: around the row, between parts, of a button and its padding; widths of frame box, speed and progress.
MARGIN, SPACING, SIDE, PAD = 12, 4, 20, 6
BOX, SPEED, LEAST_PROGRESS = 130, 84, 180
# Where the row is too narrow these go, one after the other: each has a key, or can be read elsewhere.
_HIDING_ORDER = (
    ("frame.back", "frame.forward"),
    ("frame.first", "frame.last"),
    ("loop", "speed"),
    ("clock",),
)


class Transport:
    """Buttons, frame box, time, speed, loop, progress.

    act: carries out an action by its id. hint: the text that explains an action and its key.
    """

    def __init__(
        self,
        parent: int,
        icons: dict[str, int],
        sizes: Sizes,
        themes: Themes,
        fields: TextFields,
        act: Callable[[str], None],
        post: Callable[[Event], None],
    ) -> None:
        self._post, self._icons, self._changes = post, icons, ChangeTracker()
        self._hints: dict[str, int] = {}
        self._sizes, self._width = sizes, 0
        self._words: tuple[str, ...] = ()
        self._shown: tuple[SequenceInfo, int] | None = None
        side = sizes(SIDE)
        with dpg.group(parent=parent, horizontal=True, horizontal_spacing=sizes(SPACING)) as self._row:
            self._buttons = {
                action: self._button(action, icons[icon], side, themes, act)
                for action, icon in zip(_STEPS, _ICONS, strict=True)
            }
            dpg.add_spacer(width=sizes(8))
            self._box = InlineText(self._row, fields, sizes(BOX), self._go)
            self._box_width = BOX
            self._box_tip = add_tooltip(self._box.button, "")
            self._time = int(dpg.add_text(""))
            dpg.add_spacer(width=sizes(8))
            self._speed = int(
                dpg.add_combo(
                    [_speed(speed) for speed in SPEEDS],
                    default_value=_speed(1.0),
                    width=sizes(SPEED),
                    callback=value_callback(lambda text: post(SpeedChosen(float(text.rstrip("×"))))),
                )
            )
            self._loop = self._button("play.loop", icons["loop"], side, themes, act)
            dpg.add_spacer(width=sizes(16))
            self._stop = self._button("propagate.cancel", icons["stop"], side, themes, act)
            self._progress = int(dpg.add_progress_bar(width=-1, show=False))
        dpg.hide_item(self._stop)
        self._parts = {**self._buttons, "clock": self._time, "speed": self._speed, "loop": self._loop}

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the Snapshot."""
        info = snapshot.sequence.info
        if self._changes.is_new("position", (info, snapshot.sequence.frame)):
            self._show_frame(info, snapshot.sequence.frame)
            dpg.set_value(self._time, self._clock(snapshot))
        if self._changes.is_new("playing", snapshot.playback.playing):
            icon = self._icons["pause" if snapshot.playback.playing else "play"]
            dpg.configure_item(self._buttons["play.toggle"], texture_tag=icon)
        if self._changes.is_new("speed", snapshot.playback.speed):
            dpg.set_value(self._speed, _speed(snapshot.playback.speed))
        if self._changes.is_new("loop", snapshot.playback.loop):
            dpg.configure_item(self._loop, tint_color=(255, 255, 255, 255 if snapshot.playback.loop else 90))
        self._show_progress(snapshot)
        self._fit()

    def resize(self, width: int) -> None:
        """Set the width, in pixels."""
        self._width = width
        self._fit()

    def set_tooltips(self, hints: dict[str, str]) -> None:
        """Show what each button does, with its key."""
        for action, item in self._hints.items():
            dpg.set_value(item, hints.get(action, ""))

    def go_to_frame(self) -> None:
        """Begin to edit the frame number."""
        self._box.start_typing()

    def _show_frame(self, info: SequenceInfo | None, frame: int) -> None:
        self._shown = None if info is None else (info, frame)
        if info is None:
            self._box.show("–", "")
            return
        self._box.show(frame_text(info, frame), typed_text(info, frame))
        if self._changes.is_new("box", info):
            longest = self._breadth(frame_text(info, info.frames - 1))
            self._box_width = max(BOX, longest + 2 * PAD + SPACING)
            self._box.set_width(self._sizes(self._box_width))
            kind = "time point and slice" if info.time_points > 1 else "number"
            dpg.set_value(self._box_tip, f"Frame. Click to type a {kind}.")

    def _go(self, text: str) -> None:
        frame = typed_frame(*self._shown, text) if self._shown is not None else None
        if frame is not None:
            self._post(FrameRequested(frame))

    def _clock(self, snapshot: Snapshot) -> str:
        info = snapshot.sequence.info
        seconds = frame_time(info, snapshot.sequence.frame) if info else None
        end = frame_time(info, info.frames - 1) if info else None
        return (
            f"{format_time(seconds)} / {format_time(end)}" if seconds is not None and end is not None else ""
        )

    def _show_progress(self, snapshot: Snapshot) -> None:
        running, export = snapshot.propagation, snapshot.tasks.export
        if not self._changes.is_new("progress", (running, export)):
            return
        self._words = ()
        for item in (self._progress, self._stop):
            dpg.configure_item(item, show=bool(running or export))
        if running is not None:
            name = "Propagating by itself" if running.prefetch else "Propagating"
            left = format_remaining(running.remaining) if running.done else "getting ready"
            self._fill(name, running.done, running.total, left)
        elif export is not None:
            self._fill(f"Exporting {export.kind}", export.done, export.total, "")

    def _fit(self) -> None:
        """Show the parts that fit."""
        button = SIDE + 2 * PAD + SPACING
        widths = dict.fromkeys(self._parts, button)
        widths |= {"clock": self._breadth(dpg.get_value(self._time)) + SPACING, "speed": SPEED + SPACING}
        is_busy = bool(self._words)
        stop = 2 * SPACING + 16 + button if is_busy else 0
        room = self._width / self._sizes.scale - self._box_width - 2 * (8 + SPACING) - 2 * MARGIN - stop
        gone = hidden_parts(room - LEAST_PROGRESS * is_busy, widths)
        if self._changes.is_new("gone", gone):
            for name, item in self._parts.items():
                dpg.configure_item(item, show=name not in gone)
        if is_busy:
            bar = room - sum(width for name, width in widths.items() if name not in gone) - 2 * PAD
            fitting = next((words for words in self._words if self._breadth(words) <= bar), self._words[-1])
            dpg.configure_item(self._progress, overlay=fitting)

    def _breadth(self, text: str) -> int:
        """Return the width of a text, in unscaled pixels."""
        return round(text_width(text, BODY, self._sizes(BODY)))

    def _fill(self, name: str, done: int, total: int, left: str) -> None:
        dpg.set_value(self._progress, done / max(total, 1))
        count = f"{done} / {total}"
        words = f"{name} {count}"
        self._words = (f"{words}, {left}" if left else words, words, count)

    def _button(self, action: str, icon: int, side: int, themes: Themes, act: Callable[[str], None]) -> int:
        item = int(
            dpg.add_image_button(icon, width=side, height=side, callback=callback(lambda: act(action)))
        )
        self._hints[action] = add_tooltip(item, "")
        return bind_theme(item, themes.flat)


def hidden_parts(room: float, widths: Mapping[str, int]) -> frozenset[str]:
    """Return the parts to hide so that the others fit into a width. widths: of all parts."""
    gone: frozenset[str] = frozenset()
    for group in _HIDING_ORDER:
        if sum(width for name, width in widths.items() if name not in gone) <= room:
            break
        gone |= frozenset(group)
    return gone


def _speed(speed: float) -> str:
    return f"{speed:g}×"
