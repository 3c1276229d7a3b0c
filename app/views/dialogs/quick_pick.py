"""The quick pick: chooses one of many rows by typing, such as actions (command palette) or labels."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import dearpygui.dearpygui as dpg

from app.views.dialogs import fuzzy
from app.views.dialogs.dialogs import Dialogs
from app.views.dialogs.list_dialog import ListDialog
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.theme import Themes
from app.views.toolkit.virtual_list import Row, RowList
from app.views.toolkit.widgets import value_callback

T = TypeVar("T")


class QuickPick(ListDialog[Any]):
    """A text field and the rows that match, best first. Enter takes the chosen one."""

    VISIBLE = 12

    def __init__(self, dialogs: Dialogs, themes: Themes, fields: TextFields) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "", (sizes(640), sizes(470)), themes)
        self._search: Callable[[str], Sequence[Row[Any]]] = lambda text: ()
        self._take: Callable[[Any], None] = lambda value: None
        self._field = fields.add(
            dpg.add_input_text(parent=self.window, width=-1, callback=value_callback(self._filter))
        )
        dpg.add_spacer(height=sizes(4), parent=self.window)
        widths = (0, sizes(110), sizes(130))
        self._list = RowList(self.window, sizes, self.VISIBLE, widths, self.accept)

    def ask_for_choice(
        self, title: str, hint: str, rows: Sequence[Row[T]], take: Callable[[T], None]
    ) -> None:
        """Ask for a row. take: called with its value."""
        self.ask_for_match(title, hint, lambda text: _matching(text, rows), take)

    def ask_for_match(
        self, title: str, hint: str, search: Callable[[str], Sequence[Row[T]]], take: Callable[[T], None]
    ) -> None:
        """Ask for a row of those that a search finds for what is typed. take: called with its value."""
        self._search, self._take = search, take
        dpg.configure_item(self.window, label=title)
        dpg.configure_item(self._field, hint=hint)
        dpg.set_value(self._field, "")
        self._filter("")
        self.open(self._field)

    def accept(self) -> None:
        """Take the chosen row."""
        value = self._list.value
        self.close()
        if value is not None:
            self._take(value)

    def on_key(self, key: str) -> None:
        """Arrows choose, Enter takes."""
        if key not in ("Home", "End"):
            super().on_key(key)

    def _filter(self, text: str) -> None:
        self._list.set_rows(self._search(text))


def _matching(text: str, rows: Sequence[Row[T]]) -> list[Row[T]]:
    return fuzzy.best_matches(text, rows, lambda row: " ".join(row.texts[:2]))
