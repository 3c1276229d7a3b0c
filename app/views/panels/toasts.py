"""Toasts: messages that expire; errors and those that must be read stay until dismissed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import dearpygui.dearpygui as dpg

from app.messages.events import Event, ToastDismissed
from app.messages.snapshot import Snapshot, Toast
from app.views.toolkit.name_text import shape_text
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import LEVELS, TEXT, Sizes
from app.views.toolkit.widgets import AWAY, add_floating_window, bind_theme, callback

SECONDS = MappingProxyType({"info": 4.0, "warning": 9.0})  # Long enough to read them, chosen by hand.
MOST = 5  # Toasts at a time.
WRAP, BESIDE = 460, 60  # Unscaled pixels: of a line of text, and of what is beside it.


@dataclass(slots=True)
class _Card:
    window: int
    text: int
    close: int
    until: float | None
    is_seen: bool = True


class Toasts:
    """Small windows in a corner that take neither the keyboard nor, beside their buttons, the mouse."""

    def __init__(self, sizes: Sizes, themes: Themes, icon: int, post: Callable[[Event], None]) -> None:
        self._sizes, self._themes, self._icon, self._post = sizes, themes, icon, post
        self._cards: dict[int, _Card] = {}
        self._looked = 0.0
        self._wrap = sizes(WRAP)
        self._hints: Mapping[str, str] = {}

    def show_keys(self, hints: Mapping[str, str]) -> None:
        """Show these keys and titles of actions in messages that name one."""
        self._hints = hints

    def refresh(self, snapshot: Snapshot, now: float) -> None:
        """Show new toasts, remove dismissed ones. now: seconds of a monotonic clock."""
        shown = {toast.toast_id: toast for toast in snapshot.toasts[-MOST:]}
        for toast_id in [key for key in self._cards if key not in shown]:
            dpg.delete_item(self._cards.pop(toast_id).window)
        for toast_id, toast in shown.items():
            if toast_id not in self._cards:
                seconds = None if toast.stays else SECONDS.get(toast.level)
                until = now + seconds if seconds is not None else None
                self._cards[toast_id] = _Card(*self._card(toast), until)

    def expire(self, now: float) -> None:
        """Dismiss the toasts whose time is over; it does not run for those that have no room."""
        passed, self._looked = now - self._looked, now
        for toast_id, card in self._cards.items():
            if card.until is not None and not card.is_seen:
                card.until += passed
            if card.until is not None and now >= card.until:
                card.until = None
                self._post(ToastDismissed(toast_id))

    def stack_from(self, right: int, bottom: int, top: int = 0) -> None:
        """Stack the toasts upwards from a corner, in window pixels.

        top: where a dialog ends. Nothing may lie over that, so the newest are shown as far as there is room, on
        lines as long as the window is wide, and the others wait.
        """
        gap = self._sizes(8)
        self._wrap_lines(right - self._sizes(BESIDE) if top else self._sizes(WRAP))
        for card in reversed(self._cards.values()):
            width, height = dpg.get_item_rect_size(card.window)
            bottom -= int(height) + gap
            card.is_seen = bottom >= top
            position = (right - int(width) - gap, bottom) if card.is_seen else AWAY
            dpg.configure_item(card.window, pos=position)

    def _wrap_lines(self, wrap: int) -> None:
        """Set the width at which lines wrap, in pixels."""
        if wrap != self._wrap:
            self._wrap = wrap
            for card in self._cards.values():
                dpg.configure_item(card.text, wrap=wrap)

    def dismiss(self) -> bool:
        """Dismiss the newest toast; return whether there was one."""
        if not self._cards:
            return False
        self._post(ToastDismissed(list(self._cards)[-1]))
        return True

    @property
    def windows(self) -> tuple[int, ...]:
        """The items of the messages, the oldest first."""
        return tuple(card.window for card in self._cards.values())

    def let_mouse_through(self) -> bool:
        """Return whether the mouse is over a message and not over its button: a click is for what lies below."""
        return any(
            dpg.is_item_hovered(card.window) and not dpg.is_item_hovered(card.close)
            for card in self._cards.values()
        )

    def __len__(self) -> int:
        return len(self._cards)

    def _card(self, toast: Toast) -> tuple[int, int, int]:
        """Return a new window and its text and button."""
        sizes = self._sizes
        window = add_floating_window(self._themes.card, show=True)
        with dpg.group(horizontal=True, parent=window):
            dpg.add_color_button(
                (*LEVELS[toast.level], 255),
                width=sizes(6),
                height=sizes(22),
                no_tooltip=True,
                no_drag_drop=True,
            )
            words = "\n".join(filter(None, (toast.text, self._hints.get(toast.action))))
            text = dpg.add_text(shape_text(words), color=TEXT, wrap=self._wrap)
            close = dpg.add_image_button(self._icon, width=sizes(12), height=sizes(12))
            dpg.set_item_callback(
                bind_theme(int(close), self._themes.flat),
                callback(lambda: self._post(ToastDismissed(toast.toast_id))),
            )
        return window, int(text), int(close)
