"""The dialog that asks which sequences and masks go into a data set."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from app.domain.annotation import Status
from app.domain.export_selection import ANNOTATED, DataSetChoice
from app.domain.worklist.entry import WorklistEntry
from app.views.dialogs.dialogs import Dialog, Dialogs
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import MUTED
from app.views.toolkit.widgets import callback

Take = Callable[[DataSetChoice], None]
Groups = Mapping[
    str, Sequence[WorklistEntry] | None
]  # by what is said of them, None for all that are annotated
_STATUSES: Final = {
    "All masks": ANNOTATED,
    "Masks that a person made or verified": (Status.EDITED, Status.VERIFIED),
    "Verified masks only": (Status.VERIFIED,),
}
_SCORES: Final = {"Any": 0.0, "0.5": 0.5, "0.7": 0.7, "0.8": 0.8, "0.9": 0.9, "0.95": 0.95}
_ALL_LABELS: Final = "All labels"
_LINES: Final = (
    ("S", "Sequences", "Mark some in the worklist with Space to choose them."),
    ("M", "Masks", "Other masks become void pixels, which nothing is learned from."),
    ("C", "Least score", "Of masks that no person made."),
    ("L", "Label", "Other labels are left out."),
)


class DataSetDialog(Dialog):
    """Four choices, each with a key that takes the next one, and with Shift the one before."""

    def __init__(self, dialogs: Dialogs, themes: Themes) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Export a data set", (sizes(560), sizes(420)), themes)
        self._take: Take = lambda choice: None
        self._groups: Groups = {}
        self._combos: dict[str, int] = {}
        for key, title, help_text in _LINES:
            self._combos[key] = self._add_line(key, title, help_text)
        dpg.add_spacer(height=sizes(6), parent=self.window)
        self._told = int(dpg.add_text("", parent=self.window, color=MUTED, wrap=sizes(520)))
        self.add_buttons(("Export into…   Enter", 200, self.accept), ("Cancel   Esc", 140, self.cancel))

    def ask_for_choice(self, title: str, groups: Groups, labels: Sequence[str], take: Take) -> None:
        """Ask what goes into a data set. groups: the usual one first. take: gets the answer."""
        self._take, self._groups = take, groups
        dpg.configure_item(self.window, label=title)
        options = (list(groups), list(_STATUSES), list(_SCORES), [_ALL_LABELS, *labels])
        for combo, items in zip(self._combos.values(), options, strict=True):
            dpg.configure_item(combo, items=items)
            if dpg.get_value(combo) not in items or combo == self._combos["S"]:
                dpg.set_value(combo, items[0])
        self._tell()
        self.open()

    @property
    def choice(self) -> DataSetChoice:
        """What is chosen."""
        label = str(dpg.get_value(self._combos["L"]))
        return DataSetChoice(
            None if self._entries is None else tuple(entry.fingerprint for entry in self._entries),
            _STATUSES[str(dpg.get_value(self._combos["M"]))],
            _SCORES[str(dpg.get_value(self._combos["C"]))],
            "" if label == _ALL_LABELS else label,
        )

    def accept(self) -> None:
        """Take what is chosen."""
        self.close()
        self._take(self.choice)

    def on_key(self, key: str) -> None:
        """Enter exports; the key of a line takes its next choice, with Shift the one before."""
        super().on_key(key)
        name = key.removeprefix("Shift+")
        if name in self._combos:
            self._step(self._combos[name], 1 if name == key else -1)

    @property
    def _entries(self) -> Sequence[WorklistEntry] | None:
        return self._groups[str(dpg.get_value(self._combos["S"]))]

    def _step(self, combo: int, direction: int) -> None:
        items = list(dpg.get_item_configuration(combo)["items"])
        place = items.index(dpg.get_value(combo)) + direction
        dpg.set_value(combo, items[place % len(items)])
        self._tell()

    def _add_line(self, key: str, title: str, help_text: str) -> int:
        sizes = self._dialogs.sizes
        with dpg.group(parent=self.window, horizontal=True, xoffset=sizes(150)):
            dpg.add_text(f"{key}   {title}")
            combo = dpg.add_combo([], width=sizes(370), callback=callback(self._tell))
        dpg.add_text(help_text, parent=self.window, color=MUTED, indent=sizes(150))
        return int(combo)

    def _tell(self) -> None:
        """Say how much is chosen, and how it is divided."""
        entries, told = self._entries, ""
        if entries is not None:
            told = f"{len(entries)} with {sum(entry.frames for entry in entries)} frames. "
        told += "80 % of the frames with masks go to train, 10 % to val and 10 % to test, "
        dpg.set_value(self._told, told + "no patient on two sides.")
