"""The dialog that asks what to export, and where to."""

from collections.abc import Callable
from pathlib import Path

import dearpygui.dearpygui as dpg

from app.domain.annotation import SequenceInfo, Status
from app.domain.export_selection import ANNOTATED, ExportSelection
from app.storage.exporters.export_format import ExportFormat
from app.storage.exporters.export_registry import export_formats
from app.views.dialogs.dialogs import Dialog, Dialogs
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import MUTED, WARNING
from app.views.toolkit.widgets import add_tooltip, callback

Take = Callable[[tuple[str, ...], Path, ExportSelection], None]
"""Called with kinds, folder and frames."""

_KEYS = "1234567890ABCDEGHIJKLMNOPQRSTUVWXYZ"  # without F, which picks the folder
# Which frames are exported, by title. The first one leaves frames without annotations out, or marks them as void.
_FRAMES: dict[str, tuple[Status, ...] | None] = {
    "All frames; those not annotated are void": None,
    "Annotated frames only": ANNOTATED,
    "Frames whose masks a person made or verified": (Status.EDITED, Status.VERIFIED),
    "Verified frames only": (Status.VERIFIED,),
}
_NOTHING = "Tick what to write, or press the key before it."


class ExportDialog(Dialog):
    """Asks which kinds of files to export, and into which folder."""

    def __init__(self, dialogs: Dialogs, themes: Themes) -> None:
        sizes = dialogs.sizes
        #: The kinds that the open sequence can be exported as.
        self.offered: list[str] = []
        super().__init__(dialogs, "Export", (sizes(620), sizes(560)), themes)
        self._take: Take = lambda kinds, folder, selection: None
        self._range = range(0)  # the marked frames
        self._flagged = 0
        self._choose: Callable[[Path, Callable[[Path], None]], None] = lambda folder, take: None
        self._folder = Path.home()
        self._formats = export_formats()
        self._body = int(dpg.add_child_window(parent=self.window, border=False, height=-sizes(168)))
        self._headings: dict[str, int] = {}
        self._boxes = {row.kind: self._add(row) for row in self._formats.values()}
        self._hint = int(dpg.add_text("", parent=self.window, color=WARNING, show=False))
        choices = list(_FRAMES)
        self._frames = int(dpg.add_combo(choices, default_value=choices[0], parent=self.window, width=-1))
        add_tooltip(self._frames, "Left and Right choose. Frames are left out whole.")
        self._marked = int(dpg.add_checkbox(label="", parent=self.window, show=False))
        dpg.add_spacer(height=sizes(6), parent=self.window)
        self._where = int(dpg.add_text("", parent=self.window, color=MUTED, wrap=sizes(580)))
        with dpg.group(parent=self.window, horizontal=True) as row:
            dpg.add_button(label="Folder… (F)", width=sizes(160), callback=callback(self.browse))
        self.add_buttons(("Export", 160, self.accept), ("Cancel", 100, self.cancel), parent=int(row))
        self._keys: dict[str, int] = {}

    def ask_for_formats(
        self,
        folder: Path,
        info: SequenceInfo,
        marks: tuple[int | None, int | None],
        choose: Callable[[Path, Callable[[Path], None]], None],
        take: Take,
        flagged: int = 0,
    ) -> None:
        """Ask what to export. marks: the marked range. choose: asks for another folder. take: gets the answer.

        flagged: number of frames that are known to show text or faces.
        """
        self._take, self._choose, self._flagged = take, choose, flagged
        self._offer_range(info.frames, marks)
        usual = "nifti" if info.kind == "volume" else "png"
        self.offered = offered = [row.kind for row in self._formats.values() if row.fits(info)]
        self._keys = {key: self._boxes[kind] for key, kind in zip(_KEYS, offered, strict=False)}
        for key, kind in zip(_KEYS, offered, strict=False):
            dpg.set_item_label(self._boxes[kind], f"{key}  {self._formats[kind].title}")
        shown = {self._formats[kind].group for kind in offered}
        for group, heading in self._headings.items():
            dpg.configure_item(heading, show=group in shown)
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
        """Message about a choice that cannot be exported, else ""."""
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
        self._take(kinds, self._folder, self.selection)

    @property
    def selection(self) -> ExportSelection:
        """The frames that are chosen."""
        is_marked = dpg.is_item_shown(self._marked) and dpg.get_value(self._marked)
        frames = tuple(self._range) if is_marked else None
        return ExportSelection(frames, _FRAMES[str(dpg.get_value(self._frames))])

    def on_key(self, key: str) -> None:
        """Enter exports, F picks another folder, Left and Right the frames, the key before a kind ticks it or not."""
        if key == "Enter":
            self.accept()
        elif key == "F":
            self.browse()
        elif key in ("Left", "Right"):
            choices = list(_FRAMES)
            place = choices.index(str(dpg.get_value(self._frames))) + (1 if key == "Right" else -1)
            dpg.set_value(self._frames, choices[place % len(choices)])
        elif key == "Space" and dpg.is_item_shown(self._marked):
            dpg.set_value(self._marked, not dpg.get_value(self._marked))
        elif key in self._keys:
            dpg.set_value(self._keys[key], not dpg.get_value(self._keys[key]))

    def _add(self, row: ExportFormat) -> int:
        """Add the box of a format at the end of its group."""
        if row.group not in self._headings:
            group = self._headings[row.group] = int(dpg.add_group(parent=self._body))
            dpg.add_text(row.group, parent=group, color=MUTED)
        return int(dpg.add_checkbox(label=row.title, parent=self._headings[row.group]))

    def _offer_range(self, frames: int, marks: tuple[int | None, int | None]) -> None:
        start, stop = marks[0] or 0, frames if marks[1] is None else marks[1]
        self._range = range(start, stop)
        shown = 0 < len(self._range) < frames
        text = f"Space  Only the marked frames {start} to {stop - 1}"
        dpg.configure_item(self._marked, label=text, show=shown)
        dpg.set_value(self._marked, shown and bool(dpg.get_value(self._marked)))

    def _open_with(self, folder: Path) -> None:
        self._folder = folder
        frames = "1 frame shows" if self._flagged == 1 else f"{self._flagged} frames show"
        flags = f"\n{frames} text or people; pictures of them wait for your word." if self._flagged else ""
        dpg.set_value(self._where, f"Into {folder}{flags}")
        dpg.configure_item(self._hint, show=False)
        self.open()
