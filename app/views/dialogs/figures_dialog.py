"""A dialog of figures about the open sequence that can be saved as a table."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.messages.events import Event
from app.messages.snapshot import Snapshot
from app.views.dialogs.dialogs import Dialog, Dialogs
from app.views.toolkit.theme import Themes
from app.views.toolkit.widgets import ChangeTracker


class FiguresDialog(Dialog):
    """Figures to read; Enter saves them as CSV. export: writes files of some kinds beside the other exports."""

    title: str
    kind: str  #: of the export
    request: Event  #: asks for the figures

    def __init__(
        self,
        dialogs: Dialogs,
        themes: Themes,
        read: Callable[[], Snapshot],
        post: Callable[[Event], None],
        export: Callable[[tuple[str, ...]], None],
    ) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, self.title, (sizes(960), sizes(520)), themes)
        self._read, self._post, self._export = read, post, export
        self._changes = ChangeTracker()
        self._body = int(dpg.add_child_window(parent=self.window, border=False, height=-sizes(50)))
        self.add_buttons(("Save as CSV   Enter", 200, self.accept), ("Close", 100, self.close))

    def show_figures(self) -> None:
        """Open the dialog and request its figures."""
        self._changes.reset()
        self._post(self.request)
        self.open()

    def accept(self) -> None:
        """Save the figures as CSV."""
        self.close()
        self._export((self.kind,))
