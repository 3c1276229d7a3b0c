"""Small dialogs: for a line of text, for a yes or no, and for an export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import dearpygui.dearpygui as dpg

from app.domain.annotation import SequenceInfo
from app.messages.events import ExportKind
from app.views.dialogs.dialogs import Dialog, Dialogs
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import MUTED, WARNING
from app.views.toolkit.widgets import bind_theme, callback

_KINDS: dict[str, str] = {
    "png": "Index masks, one PNG a frame",
    "overlay": "Frames with their masks, one PNG a frame",
    "mp4": "Video with the masks on it",
    "coco": "COCO JSON",
    "nifti": "NIfTI label volume",
    "nrrd": "NRRD label volume",
    "dicom-seg": "DICOM SEG",
    "stl": "Surfaces as STL",
    "obj": "Surfaces as OBJ",
    "csv": "Measurements as CSV",
    "effort": "Effort: clicks, seconds and frames of each object, as CSV",
}
_VOLUME = ("nifti", "nrrd", "dicom-seg", "stl", "obj")
_KEYS = "123456789AB"
_NOTHING = "Tick what to write, or press the key before it."


class LinePrompt(Dialog):
    """Asks for a line of text. secret: it is hidden while it is typed."""

    def __init__(self, dialogs: Dialogs, themes: Themes, fields: TextFields, *, secret: bool = False) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "", (sizes(460), sizes(130)), themes)
        self._take: Callable[[str], None] = lambda text: None
        self._may_be_empty = False
        field = dpg.add_input_text(parent=self.window, width=-1, password=secret)
        self._field = fields.add(int(field))
        button = dpg.add_button(label="Use it", parent=self.window, width=-1, callback=callback(self.accept))
        bind_theme(int(button), themes.primary)

    def ask(self, title: str, text: str, take: Callable[[str], None], *, may_be_empty: bool = False) -> None:
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

    def on_key(self, key: str) -> None:
        """Enter takes it."""
        if key == "Enter":
            self.accept()


class Question(Dialog):
    """Asks for a yes or no; Escape is no."""

    def __init__(self, dialogs: Dialogs, themes: Themes) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "", (sizes(480), sizes(160)), themes)
        self._yes: Callable[[], None] = lambda: None
        self._text = int(dpg.add_text("", parent=self.window, wrap=sizes(440)))
        with dpg.group(parent=self.window, horizontal=True):
            self._button = int(dpg.add_button(label="", width=sizes(210), callback=callback(self.accept)))
            bind_theme(self._button, themes.primary)
            dpg.add_button(label="Cancel", width=sizes(210), callback=callback(self.cancel))

    def ask(self, title: str, text: str, button: str, yes: Callable[[], None]) -> None:
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

    def on_key(self, key: str) -> None:
        """Enter agrees."""
        if key == "Enter":
            self.accept()


class ExportDialog(Dialog):
    """Asks which kinds of files to export, and into which folder."""

    def __init__(self, dialogs: Dialogs, themes: Themes) -> None:
        sizes = dialogs.sizes
        #: The kinds that the open sequence can be exported as.
        self.offered: list[ExportKind] = []
        super().__init__(dialogs, "Export", (sizes(560), sizes(520)), themes)
        self._take: Callable[[tuple[ExportKind, ...], Path], None] = lambda kinds, folder: None
        self._choose: Callable[[Path, Callable[[Path], None]], None] = lambda folder, take: None
        self._folder = Path.home()
        self._boxes = {
            kind: int(dpg.add_checkbox(label=_KINDS[kind], parent=self.window))
            for kind in get_args(ExportKind)
        }
        self._hint = int(dpg.add_text("", parent=self.window, color=WARNING, show=False))
        dpg.add_spacer(height=sizes(6), parent=self.window)
        self._where = int(dpg.add_text("", parent=self.window, color=MUTED, wrap=sizes(520)))
        with dpg.group(parent=self.window, horizontal=True):
            dpg.add_button(label="Folder… (F)", width=sizes(160), callback=callback(self.browse))
            button = dpg.add_button(label="Export", width=sizes(160), callback=callback(self.accept))
            bind_theme(int(button), themes.primary)
            dpg.add_button(label="Cancel", width=sizes(100), callback=callback(self.cancel))
        self._keys: dict[str, int] = {}

    def ask(
        self,
        folder: Path,
        info: SequenceInfo,
        choose: Callable[[Path, Callable[[Path], None]], None],
        take: Callable[[tuple[ExportKind, ...], Path], None],
    ) -> None:
        """Ask what to export. choose: asks for another folder. take: called with kinds and folder."""
        self._take, self._choose = take, choose
        usual = "nifti" if info.kind == "volume" else "png"
        self.offered = offered = [kind for kind in get_args(ExportKind) if is_offered(kind, info)]
        self._keys = {key: self._boxes[kind] for key, kind in zip(_KEYS, offered, strict=False)}
        for key, kind in zip(_KEYS, offered, strict=False):
            dpg.set_item_label(self._boxes[kind], f"{key}  {_KINDS[kind]}")
        for kind, box in self._boxes.items():
            dpg.configure_item(box, show=kind in offered)
            dpg.set_value(box, kind == usual or bool(dpg.get_value(box)))
        self._open_with(folder)

    @property
    def ticks(self) -> dict[str, bool]:
        """Whether each kind that is offered is ticked, by its key."""
        return {key: bool(dpg.get_value(box)) for key, box in self._keys.items()}

    @property
    def hint(self) -> str:
        """What is said about a choice that cannot be exported, else ""."""
        return str(dpg.get_value(self._hint)) if dpg.is_item_shown(self._hint) else ""

    def browse(self) -> None:
        """Ask for another folder and come back."""
        self._choose(self._folder, self._open_with)

    def accept(self) -> None:
        """Export the ticked kinds; say so where there are none."""
        kinds = tuple(kind for kind in self.offered if dpg.get_value(self._boxes[kind]))
        if not kinds:
            dpg.configure_item(self._hint, default_value=_NOTHING, show=True)
            return
        self.close()
        self._take(kinds, self._folder)

    def on_key(self, key: str) -> None:
        """Enter exports, F picks another folder, the key before a kind ticks it or not."""
        if key == "Enter":
            self.accept()
        elif key == "F":
            self.browse()
        elif key in self._keys:
            dpg.set_value(self._keys[key], not dpg.get_value(self._keys[key]))

    def _open_with(self, folder: Path) -> None:
        self._folder = folder
        dpg.set_value(self._where, f"Into {folder}")
        dpg.configure_item(self._hint, show=False)
        self.open()


def is_offered(kind: ExportKind, info: SequenceInfo) -> bool:
    """Whether a sequence can be exported so: volumes of scans only, DICOM SEG of DICOM series only."""
    if kind == "dicom-seg":
        return info.kind == "volume" and bool(info.modality)
    return info.kind == "volume" or kind not in _VOLUME
