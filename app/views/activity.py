"""The panel of what goes on behind the window."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.activity import Activity, activities
from app.events import Event
from app.snapshot import Snapshot
from app.views.dialogs import Dialog, Dialogs
from app.views.palette import MUTED
from app.views.theme import Themes
from app.views.widgets import Memory, calling

MOST = 8


class ActivityPanel(Dialog):
    """A row for each piece of work, with a bar and a button that stops it; a digit stops it too."""

    def __init__(
        self, dialogs: Dialogs, themes: Themes, read: Callable[[], Snapshot], post: Callable[[Event], None]
    ) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Activity", (sizes(820), sizes(420)), themes)
        self._read, self._post = read, post
        self._memory = Memory()
        self._shown: tuple[Activity, ...] = ()
        self._body = int(dpg.add_child_window(parent=self.window, border=False, height=-sizes(40)))
        dpg.add_text("The digit stops what has one. Escape closes this.", parent=self.window, color=MUTED)

    def show(self) -> None:
        """Open the panel."""
        self._memory.forget()
        self.open()

    def on_key(self, key: str) -> None:
        """A digit stops the work of its row; Enter closes."""
        if key == "Enter":
            self.close()
        elif key.isdigit() and 0 < int(key) <= len(self._shown):
            self._stop(self._shown[int(key) - 1])

    def tick(self) -> None:
        """Show the work as it is now."""
        self._shown = activities(self._read())[:MOST]
        if self._memory.is_new("shown", self._shown):
            self._fill()

    def _fill(self) -> None:
        dpg.delete_item(self._body, children_only=True)
        if not self._shown:
            dpg.add_text("Nothing goes on at the moment.", parent=self._body, color=MUTED)
        for number, activity in enumerate(self._shown, 1):
            self._row(number, activity)

    def _row(self, number: int, activity: Activity) -> None:
        sizes = self._dialogs.sizes
        with dpg.group(parent=self._body, horizontal=True, xoffset=sizes(250)):
            dpg.add_text(activity.title)
            with dpg.group(horizontal=True, xoffset=sizes(330)):
                if activity.share is None:
                    dpg.add_text(activity.detail, color=MUTED)
                else:
                    words = f"{round(100 * activity.share)} %   {activity.detail}"
                    dpg.add_progress_bar(default_value=activity.share, overlay=words, width=sizes(310))
                if activity.cancel is not None:
                    dpg.add_button(
                        label=f"Stop   {number}", width=sizes(90), callback=calling(self._stopping(activity))
                    )
        dpg.add_spacer(height=sizes(6), parent=self._body)

    def _stopping(self, activity: Activity) -> Callable[[], None]:
        return lambda: self._stop(activity)

    def _stop(self, activity: Activity) -> None:
        if activity.cancel is not None:
            self._post(activity.cancel)
