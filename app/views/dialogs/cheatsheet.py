"""The sheet of all keys."""

from collections.abc import Mapping

import dearpygui.dearpygui as dpg

from app.actions.action import Action
from app.actions.registry import MENUS
from app.views.dialogs.dialogs import Dialog, Dialogs
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import ACCENT, MUTED, TEXT
from app.views.toolkit.widgets import bind_theme

MOST_COLUMNS = 5  # chosen by hand for wide screens
COLUMN_WIDTH = 250  # least, in pixels of the design; chosen by hand so that a title and two chords fit
SCROLLS = {"Up": -60, "Down": 60, "PageUp": -600, "PageDown": 600}
_FIRST_DIGIT = "label.1"
_DIGITS = frozenset(f"label.{digit}" for digit in range(2, 10))


class CheatSheet(Dialog):
    """A dialog that any key closes except those that scroll it."""

    def __init__(
        self, dialogs: Dialogs, themes: Themes, actions: Mapping[str, Action], font: int, strong: int
    ) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Keys", (sizes(1640), sizes(940)), themes)
        self._actions, self._font, self._strong = actions, font, strong
        self._body = bind_theme(int(dpg.add_child_window(parent=self.window, border=False)), themes.dense)

    def show(self, chords: Mapping[str, str]) -> None:
        """Open the sheet with these keys."""
        dpg.delete_item(self._body, children_only=True)
        with dpg.table(parent=self._body, header_row=False):
            count = self._columns()
            for _ in range(count):
                dpg.add_table_column()
            with dpg.table_row():
                for menus in columns(self._actions, count):
                    with dpg.table_cell():
                        for menu in menus:
                            self._write(menu, chords)
        self.open()

    def on_key(self, key: str) -> None:
        """Up, Down, PageUp and PageDown scroll, any other key closes the sheet."""
        if key in SCROLLS:
            step = self._dialogs.sizes(SCROLLS[key])
            dpg.set_y_scroll(self._body, min(max(dpg.get_y_scroll(self._body) + step, 0), self._end()))
        else:
            self.close()

    def _columns(self) -> int:
        width = min(self._size[0], int(dpg.get_viewport_client_width()))
        return min(max(width // self._dialogs.sizes(COLUMN_WIDTH), 1), MOST_COLUMNS)

    def _end(self) -> float:
        return float(dpg.get_y_scroll_max(self._body))

    def _write(self, menu: str, chords: Mapping[str, str]) -> None:
        title = dpg.add_text(menu, color=ACCENT)
        if self._strong:
            dpg.bind_item_font(title, self._strong)
        with dpg.group() as lines:
            for action in self._actions.values():
                if action.menu == menu and action.id not in _DIGITS:
                    with dpg.group(horizontal=True, xoffset=self._dialogs.sizes(160)):
                        more = ", …" if action.id == _FIRST_DIGIT else ""
                        dpg.add_text(action.title + more, color=TEXT)
                        dpg.add_text(" or ".join(chords.get(action.id, "").split()) + more, color=MUTED)
        if self._font:
            dpg.bind_item_font(lines, self._font)
        dpg.add_spacer(height=self._dialogs.sizes(10))


def columns(actions: Mapping[str, Action], count: int) -> list[list[str]]:
    """Divide the menus among columns, in order, each about as long as the others."""
    written = [action for action in actions.values() if action.id not in _DIGITS]
    lengths = {menu: 2 + sum(action.menu == menu for action in written) for menu in MENUS}
    share = sum(lengths.values()) / count
    shared: list[list[str]] = [[] for _ in range(count)]
    used = 0
    for menu, length in lengths.items():
        shared[min(int((used + length / 2) / share), count - 1)].append(menu)
        used += length
    return shared
