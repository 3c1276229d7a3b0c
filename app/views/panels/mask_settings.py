"""Sliders and check boxes for how masks are made and drawn."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.messages.events import Event, ViewChanged
from app.messages.snapshot import Snapshot
from app.views.toolkit.theme_colors import MUTED, Sizes
from app.views.toolkit.widgets import ChangeTracker, value_callback

# Unscaled pixels: of the names, of a slider and at least, of what is beside them (number and margins).
_NAMES, _SLIDER, _LEAST, _AROUND = 80, 128, 24, 84


class MaskSettingsPanel:
    """Widgets for the view settings of the Session."""

    def __init__(self, parent: int, sizes: Sizes, post: Callable[[Event], None]) -> None:
        self._changes = ChangeTracker()
        self._parent, self._sizes = parent, sizes
        self._words: dict[int, int] = {}
        self._opacity = self._slider(
            "Strength", 1.0, lambda value: post(ViewChanged(opacity=round(value, 2)))
        )
        self._threshold = self._slider(
            "Threshold", 1.0, lambda value: post(ViewChanged(threshold=round(value, 2)))
        )
        self._radius = self._slider(
            "Click marks", 10.0, lambda value: post(ViewChanged(click_radius=round(value)))
        )
        self._visible = self._switch("Show masks", lambda on: post(ViewChanged(overlay_visible=on)))
        self._largest = self._switch("Largest piece only", lambda on: post(ViewChanged(largest_component=on)))
        self._tidy = self._switch(
            "Fill small holes, drop small pieces", lambda on: post(ViewChanged(tidy=on))
        )
        self._prefetch = self._switch("Propagate by itself", lambda on: post(ViewChanged(prefetch=on)))

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the settings; a slider that is being dragged is left alone."""
        if not self._changes.is_new("view", snapshot.view):
            return
        view = snapshot.view
        values = {
            self._opacity: view.opacity,
            self._threshold: view.threshold,
            self._radius: view.click_radius,
            self._visible: view.overlay_visible,
            self._largest: view.largest_component,
            self._tidy: view.tidy,
            self._prefetch: view.prefetch,
        }
        for item, value in values.items():
            if not dpg.is_item_active(item):
                dpg.set_value(item, value)
        for item, word in (
            (self._opacity, f"{round(100 * view.opacity)} %"),
            (self._threshold, f"{view.threshold:.2f}"),
            (self._radius, f"{view.click_radius} px"),
        ):
            dpg.set_value(self._words[item], word)

    def fit_width(self, width: int) -> None:
        """Set the width of the column, in pixels; sliders shrink so that their numbers fit."""
        left = width - self._sizes(_NAMES + _AROUND)
        for item in self._words:
            dpg.set_item_width(item, max(min(left, self._sizes(_SLIDER)), self._sizes(_LEAST)))

    def _slider(self, name: str, most: float, change: Callable[[float], None]) -> int:
        sizes = self._sizes
        with dpg.group(parent=self._parent, horizontal=True, xoffset=sizes(_NAMES)):
            dpg.add_text(name, color=MUTED)
            with dpg.group(horizontal=True):
                item = dpg.add_slider_float(
                    max_value=most,
                    format="",
                    no_input=True,
                    width=sizes(_SLIDER),
                    callback=value_callback(change),
                )
                self._words[int(item)] = int(dpg.add_text("", color=MUTED))
        return int(item)

    def _switch(self, name: str, change: Callable[[bool], None]) -> int:
        return int(dpg.add_checkbox(label=name, parent=self._parent, callback=value_callback(change)))
