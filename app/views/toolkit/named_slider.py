"""A slider with its name before it and its value behind it."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.views.toolkit.theme_colors import MUTED, Sizes
from app.views.toolkit.widgets import value_callback

# Unscaled pixels: of the names, of a slider and at least, of what is beside them (number and margins).
NAMES, SLIDER, LEAST, AROUND = 80, 128, 24, 84


class NamedSlider:
    """A row of a panel."""

    def __init__(
        self,
        parent: int,
        sizes: Sizes,
        name: str,
        limits: tuple[float, float],
        change: Callable[[float], None],
    ) -> None:
        self._sizes = sizes
        with dpg.group(parent=parent, horizontal=True, xoffset=sizes(NAMES)):
            dpg.add_text(name, color=MUTED)
            with dpg.group(horizontal=True):
                self.item = int(
                    dpg.add_slider_float(
                        min_value=limits[0],
                        max_value=limits[1],
                        format="",
                        no_input=True,
                        width=sizes(SLIDER),
                        callback=value_callback(change),
                    )
                )
                self._words = int(dpg.add_text("", color=MUTED))

    def show(self, value: float, words: str) -> None:
        """Show a value; a slider that is being dragged is left alone."""
        if not dpg.is_item_active(self.item):
            dpg.set_value(self.item, value)
        dpg.set_value(self._words, words)

    def fit_width(self, width: int) -> None:
        """Set the width of the panel, in pixels; the slider shrinks so that its number fits."""
        left = width - self._sizes(NAMES + AROUND)
        dpg.set_item_width(self.item, max(min(left, self._sizes(SLIDER)), self._sizes(LEAST)))
