"""The list of warnings and errors since the start."""

import time
from collections.abc import Callable, Sequence

import dearpygui.dearpygui as dpg

from app.messages.events import Event, Noticed
from app.messages.log_line import LogLine
from app.views.dialogs.dialogs import Dialogs
from app.views.dialogs.list_dialog import Keys, ListDialog
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import LEVELS
from app.views.toolkit.virtual_list import Row, RowList
from app.views.toolkit.widgets import ChangeTracker

NOTHING = "There were no warnings and no errors since the start."


class MessagesDialog(ListDialog[LogLine]):
    """A list, newest first, with the full text of the chosen message below it. Ctrl+C copies all of them.

    The copy holds no names of files and people, so that it can be sent to support.
    """

    VISIBLE = 12

    def __init__(
        self,
        dialogs: Dialogs,
        themes: Themes,
        read: Callable[[], Sequence[LogLine]],
        post: Callable[[Event], None],
    ) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Messages", (sizes(1000), sizes(620)), themes)
        self._read, self._post = read, post
        self._changes = ChangeTracker()
        widths = (sizes(90), sizes(90), 0)
        self._list = RowList(self.window, sizes, self.VISIBLE, widths, self.copy_text, chosen=self._explain)
        with dpg.child_window(parent=self.window, border=False, height=-sizes(44)):
            self._text = int(dpg.add_text("", wrap=0))
        self.add_buttons(("Copy all   Ctrl+C", 180, self.copy_text), ("Close", 100, self.close))

    def show(self) -> None:
        """Open the list."""
        self._changes.reset()
        self.tick()
        self.open()

    @property
    def rows(self) -> Sequence[Row[LogLine]]:
        """The messages that are shown, the newest first."""
        return self._list.rows

    def copy_text(self) -> None:
        """Copy all messages to the clipboard, without names."""
        lines = self._read()
        dpg.set_clipboard_text("\n".join(line.private for line in lines))
        self._post(Noticed("info", f"{len(lines)} messages copied, without names."))

    @property
    def keys(self) -> Keys:
        return {"Ctrl+C": self.copy_text, "Enter": self.close}

    def tick(self) -> None:
        """Show new messages."""
        lines = self._read()
        if self._changes.is_new("count", (len(lines), lines[-1].at if lines else 0.0)):
            self._list.set_rows([_row(line) for line in reversed(lines)])
            self._list.set_shown(bool(lines))

    def _explain(self) -> None:
        line = self._list.value
        dpg.set_value(self._text, line.text if line is not None else NOTHING)


def _row(line: LogLine) -> Row[LogLine]:
    clock = time.strftime("%H:%M:%S", time.localtime(line.at))
    return Row((clock, line.level, line.text.split("\n", 1)[0]), line, LEVELS[line.level])
