"""Sliders and check boxes for how masks are made and drawn."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.messages.events import Event, ViewChanged
from app.messages.snapshot import Snapshot
from app.views.toolkit.named_slider import NamedSlider
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import ChangeTracker, value_callback


class MaskSettingsPanel:
    """Widgets for the view settings of the Session."""

    def __init__(self, parent: int, sizes: Sizes, post: Callable[[Event], None]) -> None:
        self._changes, self._parent = ChangeTracker(), parent
        unit = (0.0, 1.0)
        self._opacity = NamedSlider(
            parent, sizes, "Strength", unit, lambda value: post(ViewChanged(opacity=round(value, 2)))
        )
        self._threshold = NamedSlider(
            parent, sizes, "Threshold", unit, lambda value: post(ViewChanged(threshold=round(value, 2)))
        )
        self._radius = NamedSlider(
            parent, sizes, "Click marks", (0, 10), lambda value: post(ViewChanged(click_radius=round(value)))
        )
        self._visible = self._switch("Show masks", lambda on: post(ViewChanged(overlay_visible=on)))
        self._largest = self._switch("Largest piece only", lambda on: post(ViewChanged(largest_component=on)))
        self._tidy = self._switch(
            "Fill small holes, drop small pieces", lambda on: post(ViewChanged(tidy=on))
        )
        self._prefetch = self._switch("Propagate by itself", lambda on: post(ViewChanged(prefetch=on)))

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the settings."""
        view = snapshot.view
        if not self._changes.is_new("view", view):
            return
        self._opacity.show(view.opacity, f"{round(100 * view.opacity)} %")
        self._threshold.show(view.threshold, f"{view.threshold:.2f}")
        self._radius.show(view.click_radius, f"{view.click_radius} px")
        values = {
            self._visible: view.overlay_visible,
            self._largest: view.largest_component,
            self._tidy: view.tidy,
            self._prefetch: view.prefetch,
        }
        for item, value in values.items():
            dpg.set_value(item, value)

    def fit_width(self, width: int) -> None:
        """Set the width of the column, in pixels; sliders shrink so that their numbers fit."""
        for slider in (self._opacity, self._threshold, self._radius):
            slider.fit_width(width)

    def _switch(self, name: str, change: Callable[[bool], None]) -> int:
        return int(dpg.add_checkbox(label=name, parent=self._parent, callback=value_callback(change)))
