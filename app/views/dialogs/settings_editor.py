"""The list of settings that are not changed elsewhere in the window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import dearpygui.dearpygui as dpg

from app.views.dialogs import fuzzy
from app.views.dialogs.dialogs import Dialogs
from app.views.dialogs.file_browser import DialogRequest
from app.views.dialogs.list_dialog import ListDialog
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import MUTED, WARNING
from app.views.toolkit.virtual_list import Row, RowList
from app.views.toolkit.widgets import callback, value_callback

Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting."""

    name: str
    text: str  #: what it is for
    value: Value
    choices: tuple[str, ...] = ()  #: its possible values, () for any of its type
    is_live: bool = False  #: whether a change counts at once
    group: str = ""  #: under which it is listed
    label: str = ""  #: what it is called, "" for its name
    default: Value | None = None  #: None where there is no way back to it
    picks: Literal["", "file", "folder"] = ""  #: chosen in the file browser, "" for what is no path

    @property
    def title(self) -> str:
        """The name as a text for people."""
        return self.label or self.name.replace("_", " ").capitalize()

    def parse_value(self, text: str) -> Value:
        """Return the value of a typed text. Raises ValueError for a text that is none."""
        if isinstance(self.value, int):
            return int(text)
        return float(text) if isinstance(self.value, float) else text

    def next_value(self) -> Value | None:
        """Return the next possible value, None where one has to be typed."""
        if isinstance(self.value, bool):
            return not self.value
        if not self.choices:
            return None
        place = self.choices.index(str(self.value)) if self.value in self.choices else -1
        return self.choices[(place + 1) % len(self.choices)]


class SettingsEditor(ListDialog[SettingRow]):
    """A list of settings; Enter or a double click changes one.

    read: returns the settings. change: saves one and returns what is wrong with the value, "" for nothing.
    browse: asks for a file or a folder.
    """

    VISIBLE = 18

    def __init__(
        self,
        dialogs: Dialogs,
        themes: Themes,
        fields: TextFields,
        read: Callable[[], Sequence[SettingRow]],
        change: Callable[[str, Value], str],
        browse: Callable[[DialogRequest, Callable[[Path], None]], None],
    ) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Settings", (sizes(860), sizes(820)), themes)
        self._read, self._change, self._browse = read, change, browse
        self._query = ""
        self._editing: SettingRow | None = None
        self._find = fields.add(
            dpg.add_input_text(
                parent=self.window, width=-1, hint="Find", callback=value_callback(self._filter)
            )
        )
        self._list = RowList(
            self.window, sizes, self.VISIBLE, (sizes(200), 0), self.edit_setting, chosen=self._explain
        )
        self._text = int(dpg.add_text("", parent=self.window, color=MUTED, wrap=0))
        self._field = fields.add(dpg.add_input_text(parent=self.window, width=-1, show=False))
        dpg.add_text("Enter changes   ·   Delete goes back to the standard", parent=self.window, color=MUTED)
        dpg.add_button(label="Done", parent=self.window, width=sizes(120), callback=callback(self.close))

    def show(self) -> None:
        """Open with the present settings."""
        self._query = ""
        dpg.set_value(self._find, "")
        self._end_typing()
        self._list_options()
        self.open(self._find)

    def edit_setting(self) -> None:
        """Change the chosen setting: to its next value, or by typing."""
        option = self._list.value
        if option is None:
            return
        following = option.next_value()
        if following is not None:
            self._take(option, following)
            return
        if option.picks:
            self._pick(option)
            return
        self._editing = option
        dpg.set_value(self._field, str(option.value))
        dpg.show_item(self._field)
        dpg.focus_item(self._field)

    def on_key(self, key: str) -> None:
        """Enter changes or takes what was typed; arrows choose."""
        if key == "Enter" and self._editing is not None:
            self._typed(self._editing)
        elif key == "Enter":
            self.edit_setting()
        elif key == "Delete" and self._editing is None and not self._query:
            self._reset()
        elif self._editing is None and key not in ("Home", "End"):
            self._list.on_key(key)

    def cancel(self) -> None:
        """Escape: leave the value as it is, or the dialog."""
        if self._editing is not None:
            self._end_typing()
        else:
            self.close()

    def _pick(self, option: SettingRow) -> None:
        """Choose a path in the file browser, which takes the place of this dialog for the time."""
        path = Path(str(option.value) or Path.home()).expanduser()
        start = path if path.is_dir() else path.parent if path.parent.is_dir() else Path.home()

        def take(chosen: Path) -> None:
            self.show()
            self._take(option, str(chosen))

        self._browse(DialogRequest(option.title, option.picks or "folder", start), take)

    def _reset(self) -> None:
        option = self._list.value
        if option is not None and option.default is not None:
            self._take(option, option.default)

    def _typed(self, option: SettingRow) -> None:
        text = str(dpg.get_value(self._field)).strip()
        self._end_typing()
        try:
            self._take(option, option.parse_value(text))
        except ValueError:
            self._say(f"“{text}” is not what {option.title.lower()} can be.", is_warning=True)

    def _take(self, option: SettingRow, value: Value) -> None:
        wrong = self._change(option.name, value)
        self._list_options(option.name)
        self._say(
            wrong or ("Saved." if option.is_live else "Saved. It counts from the next start."),
            is_warning=bool(wrong),
        )

    def _end_typing(self) -> None:
        self._editing = None
        dpg.hide_item(self._field)
        dpg.focus_item(self._find)

    def _filter(self, text: str) -> None:
        self._query = text
        self._list_options()

    def _list_options(self, chosen: str = "") -> None:
        found = matching_rows(self._query, self._read())
        rows: list[Row[SettingRow]] = []
        for option in found:
            if not self._query and option.group and option.group not in {r.texts[0] for r in rows}:
                rows.append(Row((option.group, "")))
            rows.append(
                Row((f"    {option.title}" if not self._query else option.title, _value(option)), option)
            )
        names = [row.value.name if row.value is not None else "" for row in rows]
        first = next((place for place, name in enumerate(names) if name), 0)
        self._list.set_rows(rows, names.index(chosen) if chosen and chosen in names else first)

    def _explain(self) -> None:
        option = self._list.value
        self._say(option.text if option is not None else "")

    def _say(self, text: str, *, is_warning: bool = False) -> None:
        dpg.set_value(self._text, text)
        dpg.configure_item(self._text, color=WARNING if is_warning else MUTED)


def matching_rows(query: str, options: Sequence[SettingRow]) -> list[SettingRow]:
    """Return the options whose names match, best first, then those whose explanations have the words."""
    named = fuzzy.best_matches(query, options, lambda option: f"{option.title} {option.name}")
    words = query.casefold().split()
    explained = [option for option in options if all(word in option.text.casefold() for word in words)]
    return [*named, *(option for option in explained if option not in named)]


def _value(option: SettingRow) -> str:
    """Return the value of a setting as a text for people: what stands for the program's own choice says so."""
    is_own_choice = option.value in ("", 0) and not isinstance(option.value, bool)
    return "standard" if is_own_choice and option.value == option.default else value_text(option.value)


def value_text(value: Value) -> str:
    """Return a value as a text for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "–"
