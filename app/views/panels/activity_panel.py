"""The panel of background tasks, in a corner; it never takes the keyboard."""

from collections.abc import Callable, Mapping
from functools import partial

import dearpygui.dearpygui as dpg

from app.actions.background_tasks import Activity, activities
from app.messages.events import Event
from app.messages.snapshot import Snapshot
from app.views.toolkit.fonts import BODY, Fonts
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import MUTED, TEXT, Sizes
from app.views.toolkit.widgets import ChangeTracker, add_floating_window, bind_theme, callback, text_width
from app.views.worklist.worklist_texts import shorten_text

MOST = 6  # Rows; further tasks are not listed.
WIDTH, SIDE = 330, 76  # Unscaled pixels of text and of the stop button.


class ActivityPanel:
    """A row for each background task, with a progress bar and a stop button."""

    def __init__(
        self, sizes: Sizes, fonts: Fonts, themes: Themes, icon: int, post: Callable[[Event], None]
    ) -> None:
        self._sizes, self._post = sizes, post
        self._changes, self._snapshot = ChangeTracker(), Snapshot()
        self._shown: tuple[Activity, ...] = ()
        self.window = add_floating_window(themes.card)
        with dpg.table(
            parent=self.window,
            header_row=False,
            policy=dpg.mvTable_SizingFixedFit,
            width=sizes(WIDTH + SIDE + 20),
        ):
            dpg.add_table_column(width_fixed=True, init_width_or_weight=sizes(WIDTH))
            dpg.add_table_column(width_fixed=True, init_width_or_weight=sizes(SIDE))
            with dpg.table_row():
                title = dpg.add_text("ACTIVITY", color=MUTED)
                with dpg.group(horizontal=True):
                    dpg.add_spacer(width=sizes(SIDE - 32))
                    side = sizes(12)
                    close = dpg.add_image_button(
                        icon, width=side, height=side, callback=callback(self.toggle)
                    )
            self._rows = [_Row(sizes, partial(self._stop, index)) for index in range(MOST)]
        bind_theme(int(close), themes.flat)
        self._nothing = int(dpg.add_text("Nothing goes on at the moment.", parent=self.window))
        self._foot = int(dpg.add_text("", parent=self.window, color=MUTED))
        for item in (title, self._foot):
            if fonts.small:
                dpg.bind_item_font(item, fonts.small)

    @property
    def is_shown(self) -> bool:
        """Whether it is on the screen."""
        return bool(dpg.is_item_shown(self.window))

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Show the keys, by action id."""
        words = f"{keys['propagate.cancel']} stops the first   ·   {keys['activity.show']} hides this"
        dpg.set_value(self._foot, words)

    def toggle(self) -> None:
        """Show the panel, or hide it."""
        dpg.configure_item(self.window, show=not self.is_shown)
        self.refresh(self._snapshot)

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the tasks of a Snapshot."""
        self._snapshot = snapshot
        if not self.is_shown:
            return
        self._shown = activities(snapshot)[:MOST]
        if self._changes.is_new("shown", self._shown):
            dpg.configure_item(self._nothing, show=not self._shown)
            for index, row in enumerate(self._rows):
                row.show_activity(self._shown[index] if index < len(self._shown) else None)

    def anchor_to(self, right: int, bottom: int) -> int:
        """Put the panel into a corner, in window pixels; return the bottom of what is above it."""
        if not self.is_shown:
            return bottom
        width, height = dpg.get_item_rect_size(self.window)
        gap = self._sizes(8)
        top = bottom - int(height) - gap
        dpg.configure_item(self.window, pos=(right - int(width) - gap, top))
        return top

    def _stop(self, index: int) -> None:
        cancel = self._shown[index].cancel if index < len(self._shown) else None
        if cancel is not None:
            self._post(cancel)


class _Row:
    """Widgets of one task; they are reused, so that a click during an update still counts."""

    def __init__(self, sizes: Sizes, stop: Callable[[], None]) -> None:
        self._sizes = sizes
        with dpg.table_row(show=False) as self._row:
            with dpg.group():
                self._title = dpg.add_text("", color=TEXT)
                self._detail = dpg.add_text("", color=MUTED)
                self._bar = dpg.add_progress_bar(width=sizes(WIDTH - 8), height=sizes(6))
                dpg.add_spacer(height=sizes(4))
            self._stop = dpg.add_button(label="Stop", width=sizes(SIDE), callback=callback(stop))

    def show_activity(self, activity: Activity | None) -> None:
        """Show a task, None to hide the row."""
        dpg.configure_item(self._row, show=activity is not None)
        if activity is None:
            return
        share = activity.share
        done = "" if share is None else f"   {round(100 * share)} %"
        dpg.set_value(self._title, f"{activity.title}{done}")
        size = self._sizes(BODY)
        words = shorten_text(
            activity.detail, self._sizes(WIDTH - 8), lambda part: text_width(part, size, size)
        )
        dpg.set_value(self._detail, words)
        dpg.configure_item(self._detail, show=bool(activity.detail))
        dpg.configure_item(self._bar, show=share is not None)
        dpg.set_value(self._bar, share or 0.0)
        dpg.configure_item(self._stop, show=activity.cancel is not None)
