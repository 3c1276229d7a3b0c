"""The key editor: choose an action, press a key. A clash is shown before anything changes."""

from collections.abc import Callable, Mapping

import dearpygui.dearpygui as dpg

from app.actions.action import PRESETS, Action
from app.actions.key_chords import parse_all
from app.actions.registry import chords_of
from app.domain.errors import UsageError
from app.views.dialogs import fuzzy
from app.views.dialogs.dialogs import Dialogs
from app.views.dialogs.list_dialog import ListDialog
from app.views.toolkit.keyboard import conflicts
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import MUTED, WARNING
from app.views.toolkit.virtual_list import Row, RowList
from app.views.toolkit.widgets import callback, value_callback

Save = Callable[[str, dict[str, str]], None]


class ShortcutEditor(ListDialog[str]):
    """A list of all actions with their keys. save: called at once with the preset and the changes to it."""

    VISIBLE = 15

    def __init__(
        self, dialogs: Dialogs, themes: Themes, fields: TextFields, actions: Mapping[str, Action], save: Save
    ) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Change keys", (sizes(820), sizes(700)), themes)
        self._actions, self._save = actions, save
        self._preset, self._changes = "eiseg", dict[str, str]()
        self._capturing: str | None = None
        self._query = ""
        with dpg.group(parent=self.window, horizontal=True):
            dpg.add_text("Keys in the manner of", color=MUTED)
            self._combo = int(
                dpg.add_combo(list(PRESETS), width=sizes(130), callback=value_callback(self.choose_preset))
            )
            dpg.add_button(label="Forget my changes", callback=callback(lambda: self._take(self._preset, {})))
        self._field = fields.add(
            dpg.add_input_text(
                parent=self.window, width=-1, hint="Find", callback=value_callback(self._filter)
            )
        )
        widths = (0, sizes(110), sizes(200), sizes(110))
        self._list = RowList(self.window, sizes, self.VISIBLE, widths, self.capture_chord)
        self._hint = int(dpg.add_text("", parent=self.window, color=MUTED, wrap=0))

    def show(self, preset: str, changes: Mapping[str, str]) -> None:
        """Open with the present keys."""
        self._preset, self._changes = preset, dict(changes)
        self._capturing, self._query = None, ""
        dpg.set_value(self._combo, preset)
        dpg.set_value(self._field, "")
        self._list_actions()
        self._advise()
        self.open(self._field)

    def capture_chord(self) -> None:
        """Give the next key to the chosen action."""
        self._capturing = self._list.value
        if self._capturing is not None:
            title = self._actions[self._capturing].title
            self._say(f"Press the key for “{title}”. Escape leaves it as it is, Delete takes the key away.")

    def on_key(self, key: str) -> None:
        """Give the key to an action, or move in the list."""
        if self._capturing is not None:
            self._assign(self._capturing, key)
        elif key == "Enter":
            self.capture_chord()
        elif key not in ("Home", "End"):
            self._list.on_key(key)

    def cancel(self) -> None:
        """Escape: leave the key as it is, or the dialog."""
        if self._capturing is not None:
            self._capturing = None
            self._advise()
        else:
            self.close()

    def _assign(self, identity: str, key: str) -> None:
        self._capturing = None
        text = "" if key == "Delete" else key
        if not _is_known(text):
            self._say(f"{text} cannot be used: choose another key.", is_warning=True)
            return
        clash = self._user(text, identity)
        if clash is not None:
            self._say(f"{text} is the key of “{clash.title}”. Give that another key first.", is_warning=True)
            return
        self._take(self._preset, {**self._changes, identity: text})

    def _user(self, text: str, but: str) -> Action | None:
        chords = chords_of(self._preset, self._changes)
        users = (identity for identity, words in chords.items() if text and text in words.split())
        return next((self._actions[identity] for identity in users if identity != but), None)

    def choose_preset(self, preset: str) -> None:
        self._take(preset, self._changes)

    def _take(self, preset: str, changes: dict[str, str]) -> None:
        self._preset, self._changes = preset, changes
        self._save(preset, changes)
        self._list_actions()
        self._advise()

    def _filter(self, text: str) -> None:
        self._query = text
        self._list_actions()

    def _list_actions(self) -> None:
        chords = chords_of(self._preset, self._changes)
        shared = {identity for users in conflicts(chords).values() for identity in users}
        chosen = self._list.value
        found = fuzzy.best_matches(self._query, self._actions.values(), lambda a: f"{a.title} {a.menu}")
        rows = [
            Row((a.title, a.menu, chords[a.id], self._remark(a.id, shared)), a.id, color=MUTED) for a in found
        ]
        place = next((n for n, row in enumerate(rows) if row.value == chosen), 0)
        self._list.set_rows(rows, place)

    def _remark(self, identity: str, shared: set[str]) -> str:
        if identity in shared:
            return "clash"
        return "yours" if identity in self._changes else ""

    def _advise(self) -> None:
        clashes = conflicts(chords_of(self._preset, self._changes))
        if clashes:
            chord, users = next(iter(clashes.items()))
            titles = " and ".join(f"“{self._actions[identity].title}”" for identity in users)
            self._say(f"{chord} is the key of {titles}.", is_warning=True)
        else:
            self._say("Enter or a double click on an action, then press its key. Changes are saved at once.")

    def _say(self, text: str, *, is_warning: bool = False) -> None:
        dpg.set_value(self._hint, text)
        dpg.configure_item(self._hint, color=WARNING if is_warning else MUTED)


def _is_known(text: str) -> bool:
    try:
        parse_all(text)
    except UsageError:
        return False
    return True
