"""A list in the side panel that is as high as its rows up to a share of the panel, and scrolls beyond it."""

import dearpygui.dearpygui as dpg


class ScrollBox:
    """A parent item for a list. row: height of a row in pixels. share: largest, of the panel's height."""

    def __init__(self, parent: int, row: int, share: float) -> None:
        self.item = int(dpg.add_child_window(parent=parent, border=False, auto_resize_y=True))
        self._row, self._share = row, share
        self._limit = self._rows = 0

    def set_rows(self, rows: int) -> None:
        """Set the number of rows."""
        self._rows = rows
        self._resize()

    def set_column_height(self, column: int) -> None:
        """Set the height of the panel, in pixels."""
        self._limit = round(column * self._share)
        self._resize()

    def scroll_to_row(self, row: int) -> None:
        """Scroll as little as needed to show a row."""
        if not self._is_cut:
            return
        top = row * self._row
        now = dpg.get_y_scroll(self.item)
        wanted = min(max(now, top + self._row - self._limit), top)
        if wanted != now:
            dpg.set_y_scroll(self.item, wanted)

    @property
    def _is_cut(self) -> bool:
        return 0 < self._limit < self._rows * self._row

    def _resize(self) -> None:
        height = self._limit if self._is_cut else 0
        dpg.configure_item(self.item, auto_resize_y=not self._is_cut, height=height)
