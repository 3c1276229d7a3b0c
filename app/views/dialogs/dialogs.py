"""The base class of dialogs, and the stack of at most one that is open."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.actions.key_chords import chord_of_key, is_modifier
from app.views.toolkit.keyboard import Modifiers
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import bind_theme, callback

# Kept free below every dialog, in pixels of the design: room for a message of one line.
BELOW = 58
# Kept free at the other edges: Dear ImGui moves what lies nearer than 3 pixels, which would then be cut on the right.
BESIDE = 4
# Frames after a dialog appears in which its height is found, since texts are measured a frame late and what wraps
# follows a frame later; after them it moves no more, so that it does not jump while one reads or types in it.
SETTLE_FRAMES = 6
Button = tuple[str, int, Callable[[], object]]
"""The label of a button, its width in pixels of the design, 0 for that of the label, and what it does."""
PAD = 16  # Below the last widget, pixels of the design; that of the theme.


class Dialogs:
    """Knows which dialog is open."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.current: Dialog | None = None
        self._waiting: Dialog | None = None
        self._has_closed = False

    def on_key(self, key: int, modifiers: Modifiers) -> bool:
        """Give a key to the open dialog; return whether there is one."""
        dialog = self.current
        if dialog is None:
            return False
        if is_modifier(key):
            return True
        name = str(chord_of_key(key, modifiers))
        if name == "Escape":
            dialog.cancel()
        else:
            dialog.on_key(name)
        return True

    @property
    def bottom(self) -> int:
        """The lower edge of the open dialog in window pixels, 0 without one."""
        return self.current.bottom if self.current is not None else 0

    def on_wheel(self, notches: float) -> bool:
        """Give a turn of the wheel to the open dialog; return whether there is one."""
        if self.current is None:
            return False
        self.current.on_wheel(notches)
        return True

    def tick(self) -> None:
        """Update the open dialog; called before each frame."""
        if self._has_closed:
            self._has_closed = False
        elif self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            if waiting is self.current:
                waiting.appear()
        elif self.current is not None:
            self.current.recentre()
        if self.current is not None:
            self.current.tick()
            self.current.fit_height()

    def note_closed(self) -> None:
        """Take in that a dialog was hidden: Dear PyGui would hide another one that is shown in the same frame."""
        self._has_closed = True

    def appear(self, dialog: Dialog) -> None:
        """Show a dialog as soon as that can be done."""
        if self._has_closed:
            self._waiting = dialog
        else:
            dialog.appear()


class Dialog:
    """A window over all others. Subclasses put widgets into self.window."""

    def __init__(self, dialogs: Dialogs, title: str, size: tuple[int, int], themes: Themes) -> None:
        self._dialogs = dialogs
        self._size = size
        self._field_to_focus = 0
        self._around = (0, 0)
        self._unsettled, self._is_moved = 0, False
        self.bottom = 0
        self.window = int(
            dpg.add_window(
                label=title,
                show=False,
                modal=True,
                width=size[0],
                height=size[1],
                no_resize=True,
                no_move=True,
                no_collapse=True,
                no_scrollbar=True,
                no_scroll_with_mouse=True,
                on_close=callback(self._closed),
            )
        )
        bind_theme(self.window, themes.dialog)
        self._primary = themes.primary

    @property
    def is_open(self) -> bool:
        """Whether the dialog is the one that has the keyboard."""
        return self._dialogs.current is self

    def open(self, field: int = 0) -> None:
        """Show the dialog, in place of another one. field: item that gets the keyboard, 0 for none."""
        if self._dialogs.current is not None and not self.is_open:
            self._dialogs.current.cancel()
        self._field_to_focus = field
        self._dialogs.current = self
        self._dialogs.appear(self)

    def appear(self) -> None:
        """Show the window, in the middle."""
        dpg.configure_item(self.window, show=True)
        self._centre()
        if self._field_to_focus:
            dpg.focus_item(self._field_to_focus)

    def recentre(self) -> None:
        """Move back to the middle when the size of the window has changed."""
        if self._around != (dpg.get_viewport_client_width(), dpg.get_viewport_client_height()):
            self._centre()

    def _centre(self) -> None:
        width, height = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        self._around, self._unsettled, self._is_moved = (width, height), SETTLE_FRAMES, True
        across = min(self._size[0], width - 2 * self._dialogs.sizes(BESIDE))
        down = min(self._size[1], self._room)
        place = ((width - across) // 2, self._top_of(down))
        dpg.configure_item(self.window, pos=place, width=across, height=down)
        self.bottom = place[1] + down
        self.shrink(self._size[1] - down)

    @property
    def _room(self) -> int:
        """The largest height of a dialog, in pixels."""
        return max(self._around[1] - self._dialogs.sizes(BELOW) - self._dialogs.sizes(BESIDE), 1)

    def _top_of(self, height: int) -> int:
        """Return where a dialog of a height begins, in window pixels: above the middle, whole on the screen."""
        return min((self._around[1] - height) // 3, self._lowest_top(height))

    def _lowest_top(self, height: int) -> int:
        return self._dialogs.sizes(BESIDE) + max(self._room - height, 0)

    def fit_height(self) -> None:
        """Make the window as high as what it shows, at most as high as it was made, and move it to the middle.

        One with a part that takes the height that is left stays as it is: the two would shrink each other to nothing.
        """
        if self._is_moved:  # What is known of its widgets is where they were.
            self._is_moved = False
            return
        shown = [item for item in dpg.get_item_children(self.window, 1) if dpg.is_item_shown(item)]
        if any((dpg.get_item_configuration(item).get("height") or 0) < 0 for item in shown):
            return
        states = [dpg.get_item_state(item) for item in shown]  # Of a spacer nothing is known.
        ends = [state["rect_min"][1] + state["rect_size"][1] for state in states if "rect_min" in state]
        top, height = dpg.get_item_pos(self.window)[1], dpg.get_item_height(self.window)
        needed = int(max(ends, default=0)) - int(top) + self._dialogs.sizes(PAD)
        wanted = min(needed, self._size[1], self._room)
        if max(ends, default=0) <= top:
            return
        left, place = dpg.get_item_pos(self.window)[0], min(int(top), self._lowest_top(wanted))
        if self._unsettled:
            self._unsettled, place = self._unsettled - 1, self._top_of(wanted)
        if (place, wanted) != (top, height):
            dpg.configure_item(self.window, pos=(left, place), height=wanted)
            self.bottom, self._is_moved = place + wanted, place != top

    def close(self) -> None:
        """Hide the dialog."""
        dpg.configure_item(self.window, show=False)
        self._dialogs.note_closed()
        self._closed()

    def cancel(self) -> None:
        """Leave without doing anything."""
        self.close()

    def accept(self) -> None:
        """Do what the dialog is for."""

    def on_key(self, key: str) -> None:
        """Handle a key, a text such as "Ctrl+C", while the dialog is open: Enter accepts."""
        if key == "Enter":
            self.accept()

    def on_wheel(self, notches: float) -> None:
        """Handle a turn of the wheel while the dialog is open."""

    def tick(self) -> None:
        """Update what is shown; called before each frame while the dialog is open."""

    def shrink(self, missing: int) -> None:
        """Fit into a screen that is `missing` pixels lower than the dialog."""

    def add_buttons(self, *buttons: Button, parent: int = 0) -> int:
        """Add buttons in a row, the first of which stands out; return that."""
        sizes, items = self._dialogs.sizes, []
        with dpg.group(parent=parent or self.window, horizontal=True):
            for label, width, act in buttons:
                items.append(int(dpg.add_button(label=label, width=sizes(width), callback=callback(act))))
        return bind_theme(items[0], self._primary)

    def _closed(self) -> None:
        if self.is_open:
            self._dialogs.current = None
