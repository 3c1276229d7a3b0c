"""Sliders and switches for how masks are made and drawn."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.events import Event, ViewChanged
from app.snapshot import Snapshot
from app.views.palette import MUTED, Sizes
from app.views.widgets import Memory, giving


class SettingsPanel:
    """The view settings of the Session."""

    def __init__(self, parent: int, sizes: Sizes, post: Callable[[Event], None]) -> None:
        self._memory = Memory()
        self._parent, self._width = parent, sizes(150)
        self._opacity = self._slider("Masks", lambda value: post(ViewChanged(opacity=round(value, 2))))
        self._threshold = self._slider(
            "Threshold", lambda value: post(ViewChanged(threshold=round(value, 2)))
        )
        with dpg.group(parent=parent, horizontal=True):
            self._radius = int(
                dpg.add_slider_int(
                    max_value=10,
                    no_input=True,
                    width=self._width,
                    callback=giving(lambda value: post(ViewChanged(click_radius=value))),
                )
            )
            dpg.add_text("Click marks", color=MUTED)
        self._visible = self._switch("Show masks", lambda on: post(ViewChanged(overlay_visible=on)))
        self._largest = self._switch("Largest piece only", lambda on: post(ViewChanged(largest_component=on)))
        self._prefetch = self._switch("Propagate by itself", lambda on: post(ViewChanged(prefetch=on)))

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the settings; a slider in the annotator's hand is left alone."""
        if not self._memory.is_new("view", snapshot.view):
            return
        view = snapshot.view
        values = {
            self._opacity: view.opacity,
            self._threshold: view.threshold,
            self._radius: view.click_radius,
            self._visible: view.overlay_visible,
            self._largest: view.largest_component,
            self._prefetch: view.prefetch,
        }
        for item, value in values.items():
            if not dpg.is_item_active(item):
                dpg.set_value(item, value)

    def _slider(self, name: str, change: Callable[[float], None]) -> int:
        with dpg.group(parent=self._parent, horizontal=True):
            item = dpg.add_slider_float(
                max_value=1.0, format="%.2f", no_input=True, width=self._width, callback=giving(change)
            )
            dpg.add_text(name, color=MUTED)
        return int(item)

    def _switch(self, name: str, change: Callable[[bool], None]) -> int:
        return int(dpg.add_checkbox(label=name, parent=self._parent, callback=giving(change)))
