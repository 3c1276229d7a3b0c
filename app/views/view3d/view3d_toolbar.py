"""The toolbar of the 3D view: opacity, slice, close-up, reset, close."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.messages.events import Event, View3DChanged
from app.messages.snapshot import Snapshot
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import MUTED, Sizes
from app.views.toolkit.widgets import ChangeTracker, add_tooltip, bind_theme, callback, value_callback

_HOW = "Drag: turn\nMiddle drag: move\nWheel or right drag: zoom\nDouble click: as in the beginning"
# Widths from which texts and the slider have room beside the buttons, pixels of the design.
_WITH_TEXTS, _WITH_SLIDER = 380, 300
_LEAST = 10  # Percent: below that surfaces cannot be seen.


class View3DToolbar:
    """Widgets for the Session's settings of the 3D view.

    act: carries out an action by its id.
    """

    def __init__(
        self,
        parent: int,
        icons: dict[str, int],
        sizes: Sizes,
        themes: Themes,
        act: Callable[[str], None],
        post: Callable[[Event], None],
    ) -> None:
        self._icons, self._sizes, self._themes, self._act = icons, sizes, themes, act
        self._changes = ChangeTracker()
        self._hints: dict[str, int] = {}
        with dpg.group(parent=parent, horizontal=True, horizontal_spacing=sizes(6)):
            self._title = int(dpg.add_text("3D", color=MUTED))
            add_tooltip(self._title, _HOW)
            self._opacity = int(
                dpg.add_slider_int(
                    min_value=_LEAST,
                    max_value=100,
                    format="",
                    no_input=True,
                    width=sizes(90),
                    callback=value_callback(lambda percent: post(View3DChanged(opacity=percent / 100))),
                )
            )
            self._hints["solid.stronger"] = add_tooltip(self._opacity, "")
            self._percent = int(dpg.add_text("", color=MUTED))
            self._slice = int(dpg.add_checkbox(label="Slice"))
            dpg.set_item_callback(self._slice, callback(lambda: act("solid.slice")))
            self._hints["solid.slice"] = add_tooltip(self._slice, "")
        with dpg.group(parent=parent, horizontal=True, horizontal_spacing=sizes(2)) as right:
            self._close_up = self._button("solid.close", "close_up")
            self._button("solid.reset", "home")
            self._button("solid.toggle", "close")
        self._right = int(right)

    def resize(self, width: int) -> None:
        """Set the width; the buttons stay at the right end, and what has no room beside them is left out."""
        for item in (self._title, self._percent):
            dpg.configure_item(item, show=width >= self._sizes(_WITH_TEXTS))
        dpg.configure_item(self._opacity, show=width >= self._sizes(_WITH_SLIDER))
        across = 3 * self._sizes(30) + self._sizes(12)
        dpg.configure_item(self._right, pos=(width - across, self._sizes(6)))

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the settings; a slider that is being dragged is left alone."""
        solid, info = snapshot.view3d, snapshot.sequence.info
        is_film = info is not None and info.kind == "video"
        if not self._changes.is_new("solid", (solid.opacity, solid.slice_shown, solid.close, is_film)):
            return
        if not dpg.is_item_active(self._opacity):
            dpg.set_value(self._opacity, round(100 * solid.opacity))
        dpg.set_value(self._percent, f"{round(100 * solid.opacity)} %")
        dpg.set_item_label(self._slice, "Frame" if is_film else "Slice")
        dpg.set_value(self._slice, solid.slice_shown)
        bind_theme(self._close_up, self._themes.chosen if solid.close else self._themes.flat)

    def set_tooltips(self, hints: dict[str, str]) -> None:
        """Show what each widget does, with its key."""
        for action, item in self._hints.items():
            dpg.set_value(item, hints.get(action, ""))

    def _button(self, action: str, icon: str) -> int:
        side = self._sizes(16)
        item = int(dpg.add_image_button(self._icons[icon], width=side, height=side))
        dpg.set_item_callback(item, callback(lambda: self._act(action)))
        self._hints[action] = add_tooltip(bind_theme(item, self._themes.flat), "")
        return item
