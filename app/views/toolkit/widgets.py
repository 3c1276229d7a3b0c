"""Helpers around Dear PyGui's widgets that every view uses."""

from collections.abc import Callable, Hashable
from typing import Any

import dearpygui.dearpygui as dpg

Callback = Callable[[Any, Any, Any], None]
# Position of a window before its first layout, in pixels: outside every screen.
AWAY = (-4000, -4000)


def callback(act: Callable[[], object]) -> Callback:
    """Return a callback that calls a function without arguments."""

    def call(_sender: Any, _data: Any, _user: Any) -> None:
        act()

    return call


def value_callback(act: Callable[[Any], object]) -> Callback:
    """Return a callback that calls a function with the widget's value."""

    def call(_sender: Any, data: Any, _user: Any) -> None:
        act(data)

    return call


class ChangeTracker:
    """Remembers values by name, so that widgets are changed only when their value has changed."""

    def __init__(self) -> None:
        self._seen: dict[str, Hashable] = {}

    def is_new(self, name: str, value: Hashable) -> bool:
        """Store a value and return whether it differs from the one before."""
        if name in self._seen and self._seen[name] == value:
            return False
        self._seen[name] = value
        return True

    def reset(self) -> None:
        """Forget all values, so that each is new."""
        self._seen.clear()


def add_tooltip(item: int, text: str) -> int:
    """Add a tooltip to an item; return the item of its text."""
    with dpg.tooltip(item, delay=0.4):
        return int(dpg.add_text(text))


def bind_theme(item: int, theme: int) -> int:
    """Bind a theme to an item and return the item."""
    dpg.bind_item_theme(item, theme)
    return item


def text_width(text: str, size: int, body: int) -> int:
    """Return the width of a text drawn at a size, in pixels. body: size of the default font."""
    measured = dpg.get_text_size(text)
    return round(measured[0] * size / body) if measured else round(len(text) * size * 0.5)


def is_pointed_at(item: int, sees_through: Callable[[], bool]) -> bool:
    """Return whether the mouse is over an item and nothing covers it, save what sees_through says it is over."""
    if dpg.is_item_hovered(item):
        return True
    if not dpg.is_item_visible(item) or not sees_through():
        return False
    places = zip(
        dpg.get_item_rect_min(item), dpg.get_mouse_pos(local=False), dpg.get_item_rect_max(item), strict=True
    )
    return all(first <= place < end for first, place, end in places)


def add_pane(parent: int, theme: int) -> int:
    """Add a part of the window that never scrolls and return it. See set_bounds."""
    item = dpg.add_child_window(
        parent=parent,
        border=False,
        no_scrollbar=True,
        no_scroll_with_mouse=True,
        always_use_window_padding=True,
    )
    return bind_theme(int(item), theme)


def add_floating_window(theme: int, *, show: bool = False) -> int:
    """Add a small window over the others that fits its content and never takes the keyboard; return it."""
    window = dpg.add_window(
        no_title_bar=True,
        no_move=True,
        no_resize=True,
        autosize=True,
        no_focus_on_appearing=True,
        no_saved_settings=True,
        min_size=(20, 20),
        pos=AWAY,
        show=show,
    )
    return bind_theme(int(window), theme)


def set_bounds(item: int, x: int, y: int, width: int, height: int) -> None:
    """Set the position and size of a pane in its window, in pixels."""
    dpg.configure_item(item, pos=(x, y), width=width, height=height)
