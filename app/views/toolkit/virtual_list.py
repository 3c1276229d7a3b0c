"""A list of any length in which only the visible rows exist as widgets."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color
from app.views.toolkit.name_text import shape_text
from app.views.toolkit.theme import CELL_PADDING, row_height
from app.views.toolkit.theme_colors import MUTED, Sizes
from app.views.toolkit.widgets import callback

T = TypeVar("T")
FEWEST = 3  # rows of a list on the lowest screens


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """A row of a list."""

    texts: tuple[str, ...]  #: one for each column
    value: T | None = None  #: given back when the row is chosen
    color: Color = MUTED  #: of the last text


@dataclass(slots=True)
class VisibleRows:
    """The range of visible rows and the chosen row. Pure."""

    visible: int  #: how many rows are seen at once
    count: int = 0
    first: int = 0
    chosen: int = 0

    def set_count(self, count: int, chosen: int = 0) -> None:
        """Set the number of rows."""
        self.count = count
        self.choose_row(chosen)

    def choose_row(self, row: int) -> None:
        """Choose a row, clamped to those there are, and scroll it into view."""
        self.chosen = min(max(row, 0), max(self.count - 1, 0))
        self.scroll(min(max(self.first, self.chosen - self.visible + 1), self.chosen) - self.first)

    def scroll(self, rows: int) -> None:
        """Scroll without choosing."""
        self.first = min(max(self.first + rows, 0), max(self.count - self.visible, 0))


class RowList(Generic[T]):
    """A list that arrows, PageUp, PageDown, Home and End move in; a double click activates a row.

    widths: of the columns in pixels, 0 for the one that takes the rest. chosen: called after every choice.
    """

    def __init__(
        self,
        parent: int,
        sizes: Sizes,
        visible: int,
        widths: Sequence[int],
        activate: Callable[[], None],
        chosen: Callable[[], None] = lambda: None,
    ) -> None:
        self._window = VisibleRows(visible)
        self._rows: Sequence[Row[T]] = ()
        self._cells: list[list[int]] = []
        self._table_rows: list[int] = []
        self._activate, self._chosen = activate, chosen
        with dpg.item_handler_registry() as self._handlers:
            dpg.add_item_double_clicked_handler(
                button=dpg.mvMouseButton_Left, callback=callback(self._activate)
            )
        height = list_height(sizes, visible)
        with dpg.group(parent=parent, horizontal=True):
            with dpg.child_window(height=height, width=-sizes(14), border=False, no_scrollbar=True) as box:
                self._build(box, sizes, visible, widths)
            self._bar = int(dpg.add_drawlist(sizes(6), height))
        self._sizes, self._box = sizes, int(box)
        self._bar_height = height
        self._grab = int(
            dpg.draw_rectangle((0, 0), (6, 10), fill=MUTED, color=MUTED, rounding=3, parent=self._bar)
        )

    @property
    def value(self) -> T | None:
        """The value of the chosen row, None when there is none."""
        return self._rows[self._window.chosen].value if self._rows else None

    @property
    def height(self) -> int:
        """The height in pixels."""
        return self._bar_height

    @property
    def rows(self) -> Sequence[Row[T]]:
        """All rows."""
        return self._rows

    def set_rows(self, rows: Sequence[Row[T]], chosen: int = 0) -> None:
        """Show other rows."""
        self._rows = rows
        self._window.first = 0
        self._window.set_count(len(rows), chosen)
        self._show()
        self._chosen()

    def set_shown(self, is_shown: bool) -> None:
        """Show the list, or leave its place to what follows."""
        for item in (self._box, self._bar):
            dpg.configure_item(item, show=is_shown)

    def on_key(self, key: str) -> bool:
        """Move the choice; return whether the list handles the key."""
        window = self._window
        steps = {"Up": -1, "Down": 1, "PageUp": -window.visible, "PageDown": window.visible}
        ends = {"Home": 0, "End": window.count - 1}
        if key not in steps and key not in ends:
            return False
        self.choose_row(window.chosen + steps[key] if key in steps else ends[key])
        return True

    def on_wheel(self, notches: float) -> None:
        """Scroll."""
        self._window.scroll(round(-3 * notches))
        self._show()

    def shrink(self, missing: int) -> None:
        """Show fewer rows, so that `missing` pixels are saved; three at least."""
        row = list_height(self._sizes, 1)
        visible = max(len(self._cells) - math.ceil(missing / row), min(FEWEST, len(self._cells)))
        if visible == self._window.visible:
            return
        self._window.visible, self._bar_height = visible, visible * row
        for item in (self._box, self._bar):
            dpg.set_item_height(item, self._bar_height)
        self._window.choose_row(self._window.chosen)
        self._show()

    def choose_row(self, row: int) -> None:
        """Choose a row by its number."""
        self._window.choose_row(row)
        self._show()
        self._chosen()

    def _build(self, box: int, sizes: Sizes, visible: int, widths: Sequence[int]) -> None:
        with dpg.table(parent=box, header_row=False, policy=dpg.mvTable_SizingFixedFit):
            for width in widths:
                if width:
                    dpg.add_table_column(width_fixed=True, init_width_or_weight=width)
                else:
                    dpg.add_table_column(width_stretch=True)
            for position in range(visible):
                with dpg.table_row() as row:
                    self._table_rows.append(int(row))
                    self._cells.append(self._build_row(position, sizes, len(widths)))

    def _build_row(self, position: int, sizes: Sizes, columns: int) -> list[int]:
        first = dpg.add_selectable(label="", span_columns=True, height=row_height(sizes))
        dpg.set_item_callback(first, callback(lambda: self.choose_row(self._window.first + position)))
        dpg.bind_item_handler_registry(first, self._handlers)
        return [int(first), *(int(dpg.add_text("", color=MUTED)) for _ in range(columns - 1))]

    def _show(self) -> None:
        window = self._window
        for position, cells in enumerate(self._cells):
            index = window.first + position
            is_there = position < window.visible and index < window.count
            dpg.configure_item(self._table_rows[position], show=is_there)
            if not is_there:
                continue
            row = self._rows[index]
            dpg.set_item_label(cells[0], shape_text(row.texts[0]))
            dpg.set_value(cells[0], index == window.chosen)
            texts = (*row.texts[1:], *[""] * len(cells))
            for cell, text in zip(cells[1:], texts, strict=False):
                dpg.set_value(cell, shape_text(text))
            if len(cells) > 1:
                dpg.configure_item(cells[-1], color=row.color)
        self._show_bar()

    def _show_bar(self) -> None:
        window = self._window
        share = window.visible / max(window.count, 1)
        dpg.configure_item(self._grab, show=share < 1)
        if share < 1:
            length = max(self._bar_height * share, 24)
            top = (self._bar_height - length) * window.first / max(window.count - window.visible, 1)
            dpg.configure_item(self._grab, pmin=(0, top), pmax=(6, top + length))


def list_height(sizes: Sizes, visible: int) -> int:
    """Return the height in pixels of a list with this many visible rows."""
    return visible * (row_height(sizes) + 2 * sizes(CELL_PADDING))
