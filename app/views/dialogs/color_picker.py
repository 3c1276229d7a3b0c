"""The dialog that asks for a colour."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color
from app.views.dialogs.dialogs import Dialog, Dialogs
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import Sizes


class ColorDialog(Dialog):
    """Asks for a colour and answers once, when it is accepted."""

    def __init__(self, dialogs: Dialogs, sizes: Sizes, themes: Themes, fields: TextFields) -> None:
        super().__init__(dialogs, "Colour", (sizes(300), sizes(380)), themes)
        self._take: Callable[[Color], None] = lambda color: None
        self._picker = fields.add(
            dpg.add_color_picker(
                parent=self.window, no_alpha=True, no_side_preview=True, width=-1, display_hex=True
            )
        )
        self.add_buttons(("Use this colour", -1, self.accept))

    def ask_for_color(self, color: Color, take: Callable[[Color], None]) -> None:
        """Ask for a colour, beginning with `color`."""
        self._take = take
        dpg.set_value(self._picker, (*color, 255))
        self.open()

    def accept(self) -> None:
        """Answer with the colour shown."""
        red, green, blue = (round(channel) for channel in dpg.get_value(self._picker)[:3])
        self.close()
        self._take((red, green, blue))
