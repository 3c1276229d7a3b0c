"""A text that becomes a text field when it is clicked, and a text again when typing ends.

The field is hidden the rest of the time, because Tab would otherwise jump into it.
"""

from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg

from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.widgets import callback


class InlineText:
    """A button with a text, and the hidden field. commit: called with the typed text, on Enter."""

    def __init__(
        self,
        parent: int,
        fields: TextFields,
        width: int,
        commit: Callable[[str], None],
    ) -> None:
        self._commit = commit
        self._text = ""
        with dpg.group(parent=parent, horizontal=True):
            self.button = int(dpg.add_button(label="", width=width, callback=callback(self.start_typing)))
            self._field = int(
                dpg.add_input_text(
                    width=width,
                    show=False,
                    on_enter=True,
                    auto_select_all=True,
                    callback=self._entered,
                )
            )
        self._fields = fields
        fields.add(self._field)
        with dpg.item_handler_registry() as self._handlers:
            dpg.add_item_deactivated_handler(callback=callback(self.stop_typing))
        dpg.bind_item_handler_registry(self._field, self._handlers)

    def show(self, label: str, text: str) -> None:
        """Show a label. text: the field begins with it."""
        dpg.set_item_label(self.button, label)
        self._text = text

    def set_width(self, width: int) -> None:
        """Set the width of text and field, in pixels."""
        for item in (self.button, self._field):
            dpg.set_item_width(item, width)

    def start_typing(self) -> None:
        """Show the field in place of the button."""
        dpg.set_value(self._field, self._text)
        dpg.hide_item(self.button)
        dpg.show_item(self._field)
        dpg.focus_item(self._field)

    def stop_typing(self) -> None:
        """Show the button in place of the field."""
        dpg.hide_item(self._field)
        dpg.show_item(self.button)

    def discard(self) -> None:
        """Delete the handlers, which deleting the parent does not delete."""
        self._fields.discard(self._field)
        dpg.delete_item(self._handlers)

    def _entered(self, _sender: Any, text: str, _user: Any) -> None:
        self.stop_typing()
        self._commit(text.strip())
