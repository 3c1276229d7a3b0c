"""Sliders for brightness, contrast and gamma of a picture that is no scan, and its channels."""

from collections.abc import Callable
from dataclasses import replace

import dearpygui.dearpygui as dpg

from app.domain.adjustment import CHANNELS, Adjustment
from app.messages.events import Event, ViewChanged
from app.messages.snapshot import Snapshot
from app.views.toolkit.named_slider import NAMES, NamedSlider
from app.views.toolkit.theme_colors import MUTED, Sizes
from app.views.toolkit.widgets import ChangeTracker, value_callback

WIDTH = 128  # Of the list of channels, pixels of the design.


class PictureSettingsPanel:
    """Widgets for the adjustment of the picture; a scan has its intensity window instead."""

    def __init__(self, parent: int, sizes: Sizes, post: Callable[[Event], None]) -> None:
        self._post, self._changes, self._now = post, ChangeTracker(), Adjustment()
        self._brightness = NamedSlider(
            parent, sizes, "Brightness", (-1, 1), lambda value: self._change(brightness=round(value, 2))
        )
        self._contrast = NamedSlider(
            parent, sizes, "Contrast", (0.2, 3), lambda value: self._change(contrast=round(value, 2))
        )
        self._gamma = NamedSlider(
            parent, sizes, "Gamma", (0.2, 3), lambda value: self._change(gamma=round(value, 2))
        )
        with dpg.group(parent=parent, horizontal=True, xoffset=sizes(NAMES)):
            dpg.add_text("Channel", color=MUTED)
            self._channel = int(
                dpg.add_combo(
                    CHANNELS,
                    width=sizes(WIDTH),
                    callback=value_callback(lambda name: self._change(channel=name)),
                )
            )

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the adjustment."""
        self._now = now = snapshot.view.adjustment
        if self._changes.is_new("adjustment", now):
            self._brightness.show(now.brightness, f"{100 * now.brightness:+.0f} %".replace("-", "−"))
            self._contrast.show(now.contrast, f"{now.contrast:.2f}")
            self._gamma.show(now.gamma, f"{now.gamma:.2f}")
            dpg.set_value(self._channel, now.channel)

    def fit_width(self, width: int) -> None:
        """Set the width of the column, in pixels."""
        for slider in (self._brightness, self._contrast, self._gamma):
            slider.fit_width(width)

    def _change(self, **fields: float | str) -> None:
        self._post(ViewChanged(adjustment=replace(self._now, **fields)))  # type: ignore[arg-type]
