"""Small dialogs: for a line of text, and for a yes or no."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.views.dialogs.dialogs import Dialog, Dialogs
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.theme import Themes


class LinePrompt(Dialog):
    """Asks for a line of text. secret: it is hidden while it is typed."""

    def __init__(self, dialogs: Dialogs, themes: Themes, fields: TextFields, *, secret: bool = False) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "", (sizes(460), sizes(130)), themes)
        self._take: Callable[[str], None] = lambda text: None
        self._may_be_empty = False
        self._field = fields.add(dpg.add_input_text(parent=self.window, width=-1, password=secret))
        self.add_buttons(("Use it", -1, self.accept))

    def ask_for_text(
        self, title: str, text: str, take: Callable[[str], None], *, may_be_empty: bool = False
    ) -> None:
        """Ask for a line, beginning with a text. take: called with it, stripped."""
        self._take, self._may_be_empty = take, may_be_empty
        dpg.configure_item(self.window, label=title)
        dpg.set_value(self._field, text)
        self.open(self._field)

    def accept(self) -> None:
        """Take what was typed."""
        text = str(dpg.get_value(self._field)).strip()
        self.close()
        if text or self._may_be_empty:
            self._take(text)


class Question(Dialog):
    """Asks for a yes or no; Escape is no."""

    def __init__(self, dialogs: Dialogs, themes: Themes) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "", (sizes(480), sizes(160)), themes)
        self._yes: Callable[[], None] = lambda: None
        self._text = int(dpg.add_text("", parent=self.window, wrap=sizes(440)))
        self._button = self.add_buttons(("", 210, self.accept), ("Cancel", 210, self.cancel))

    def ask_question(self, title: str, text: str, button: str, yes: Callable[[], None]) -> None:
        """Ask. yes: called when the annotator agrees. button: its label."""
        self._yes = yes
        dpg.configure_item(self.window, label=title)
        dpg.set_value(self._text, text)
        dpg.set_item_label(self._button, button)
        self.open()

    def accept(self) -> None:
        """Answer with yes."""
        self.close()
        self._yes()
