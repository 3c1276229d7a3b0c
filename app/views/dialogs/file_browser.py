"""The dialog that asks for a file or folder, by mouse, arrows or typing a part of the name."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import dearpygui.dearpygui as dpg

from app.views.dialogs import fuzzy
from app.views.dialogs.dialogs import Dialogs
from app.views.dialogs.file_access import FileAccess, expand_home, with_suffix
from app.views.dialogs.folder_listing import (
    FolderContents,
    FolderEntry,
    FolderReader,
    filter_entries,
    format_size,
)
from app.views.dialogs.list_dialog import ListDialog
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import ACCENT, ERROR, MUTED
from app.views.toolkit.virtual_list import Row, RowList, list_height
from app.views.toolkit.widgets import bind_theme, callback, value_callback

Kind = Literal["file", "folder", "any", "save"]
_VERBS = {"file": "Open", "folder": "Use this folder", "any": "Use this folder", "save": "Save"}


@dataclass(frozen=True, slots=True)
class DialogRequest:
    """A request to the dialog."""

    title: str
    kind: Kind  #: "any": a file or a folder; "save": a name to save under
    start: Path  #: folder to begin with
    suffixes: frozenset[str] = frozenset()  #: of files to show, lower case with dot; all when empty
    name: str = ""  #: proposed to save under


class FileBrowser(ListDialog[FolderEntry]):
    """Asks for a file or folder. access: returns the rules; outside their folders nothing is shown or answered."""

    VISIBLE = 14

    def __init__(
        self, dialogs: Dialogs, themes: Themes, fields: TextFields, access: Callable[[], FileAccess]
    ) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "", (sizes(940), sizes(640)), themes)
        self._read_access, self._access = access, FileAccess()
        self._request = DialogRequest("", "file", Path.home())
        self._take: Callable[[Path], None] = lambda path: None
        self._folder_reader = FolderReader()
        self._contents = FolderContents(Path.home())
        self._typed = ""
        with dpg.group(parent=self.window, horizontal=True):
            dpg.add_button(label="Up", callback=callback(self.show_parent))
            self._path = int(dpg.add_text("", color=MUTED))
        self._field = fields.add(
            dpg.add_input_text(parent=self.window, width=-1, callback=value_callback(self._filter))
        )
        dpg.configure_item(self._field, hint="Type a part of the name, or a path")
        with dpg.group(parent=self.window, horizontal=True):
            with dpg.child_window(
                width=sizes(190), height=list_height(sizes, self.VISIBLE), border=False
            ) as places:
                self._places = int(places)
            with dpg.group() as right:
                widths = (0, sizes(80), sizes(150))
                self._list = RowList(int(right), sizes, self.VISIBLE, widths, self.accept)
        with dpg.group(parent=self.window, horizontal=True):
            self._name = fields.add(dpg.add_input_text(width=sizes(400), hint="File name", show=False))
            self._all = int(
                dpg.add_checkbox(label="All files", callback=value_callback(lambda _: self._show()))
            )
            self._button = int(dpg.add_button(label="Open", width=sizes(150), callback=callback(self.finish)))
            bind_theme(self._button, themes.primary)
            dpg.add_button(label="Cancel", width=sizes(100), callback=callback(self.cancel))

    def ask_for_path(self, request: DialogRequest, recent: list[Path], take: Callable[[Path], None]) -> None:
        """Ask for a file or folder. recent: folders to list at the left."""
        self._request, self._take, self._access = request, take, self._read_access()
        dpg.configure_item(self.window, label=request.title)
        dpg.configure_item(self._name, show=request.kind == "save")
        dpg.configure_item(self._all, show=bool(request.suffixes) and not self._access.roots)
        dpg.set_item_label(self._button, _VERBS[request.kind])
        dpg.set_value(self._name, request.name)
        dpg.set_value(self._all, False)
        self._list_places(recent)
        self.show_folder(self._access.first_folder(request.start))
        self.open(self._field)

    @property
    def folder(self) -> Path:
        """The folder that is shown."""
        return self._contents.folder

    @property
    def rows(self) -> Sequence[Row[FolderEntry]]:
        """The entries that are shown."""
        return self._list.rows

    def show_folder(self, folder: Path) -> None:
        """Show another folder, where that is allowed."""
        if not self._access.allows_path(folder):
            self._refuse(folder)
            return
        self._folder_reader.start_reading(folder)
        self._contents = FolderContents(folder)
        self._typed = ""
        dpg.set_value(self._field, "")
        dpg.set_value(self._path, str(folder))
        self._list.set_rows([Row(("Reading…", "", ""), color=MUTED)])

    def show_parent(self) -> None:
        """Show the folder around this one."""
        self.show_folder(self._contents.folder.parent)

    def accept(self) -> None:
        """Enter the chosen folder, or take the chosen file."""
        entry = self._list.value
        if entry is not None and entry.is_folder:
            self.show_folder(entry.path)
        elif entry is not None and self._request.kind == "save":
            dpg.set_value(self._name, entry.name)
        elif entry is not None:
            self._answer(entry.path)
        else:
            self.finish()

    def finish(self) -> None:
        """Take what the dialog is for: a file, this folder, or a name in it."""
        entry, name = self._list.value, str(dpg.get_value(self._name)).strip()
        if self._request.kind in ("folder", "any"):
            self._answer(self._contents.folder)
        elif self._request.kind == "save" and name and "/" not in name:
            self._answer(self._contents.folder / with_suffix(name, self._request.suffixes))
        elif self._request.kind == "file" and entry is not None:
            self.accept()

    def on_key(self, key: str) -> None:
        """Arrows choose, Enter takes, Backspace goes up while nothing is typed."""
        if key == "Enter" and dpg.is_item_focused(self._name) and self._request.kind == "save":
            self.finish()
        elif key == "Enter":
            self.accept()
        elif key == "Ctrl+Enter":
            self.finish()
        elif key in ("Alt+Up", "Backspace") and not self._typed and not dpg.is_item_focused(self._name):
            self.show_parent()
        elif key not in ("Home", "End"):
            self._list.on_key(key)
        self._typed = str(dpg.get_value(self._field))

    def shrink(self, missing: int) -> None:
        """Show fewer rows and places."""
        super().shrink(missing)
        dpg.set_item_height(self._places, self._list.height)

    def tick(self) -> None:
        """Show the folder once it is read."""
        contents = self._folder_reader.poll()
        if contents is not None:
            self._contents = contents
            self._show()

    def _refuse(self, path: Path) -> None:
        """Say in the list that a path is outside the allowed folders."""
        text = f"{path.name or path} is outside the folders that may be used here."
        self._contents = replace(self._contents, error=text)
        self._show()

    def _answer(self, path: Path) -> None:
        if not self._access.allows_path(path):
            self._refuse(path)
            return
        self.close()
        self._take(path)

    def _filter(self, text: str) -> None:
        self._typed = text
        head, slash, _ = text.rpartition("/")
        typed = expand_home(head + slash) if text[:1] in ("/", "~") and slash else None
        if typed is not None and typed != self._contents.folder and typed.is_dir():
            self.show_folder(typed)
        else:
            self._show()

    def _show(self) -> None:
        """List what matches what was typed."""
        request = self._request
        suffixes = frozenset[str]() if dpg.get_value(self._all) else request.suffixes
        entries = filter_entries(self._contents.entries, suffixes)
        if request.kind == "folder":
            entries = [entry for entry in entries if entry.is_folder]
        sought = self._typed.rpartition("/")[2] if self._typed[:1] in ("/", "~") else self._typed
        found = fuzzy.best_matches(sought, entries, lambda entry: entry.name)
        rows = [*self._first_row(len(self._contents.entries)), *(_row(entry) for entry in found)]
        self._list.set_rows(rows or [Row(("Nothing here that can be opened", "", ""), color=MUTED)])

    def _first_row(self, count: int) -> list[Row[FolderEntry]]:
        if self._contents.error:
            return [Row((self._contents.error, "", ""), color=ERROR)]
        if self._request.kind in ("folder", "any") and not self._typed:
            return [Row((f"Use this folder ({count} entries)", "", ""), color=ACCENT)]
        return []

    def _list_places(self, recent: list[Path]) -> None:
        dpg.delete_item(self._places, children_only=True)
        drives = [*sorted(Path("/media").glob("*/*")), *sorted(Path("/mnt").glob("*"))]
        places = list(self._access.roots) or [Path.home(), *drives, Path("/")]
        known = [folder for folder in recent if self._access.allows_path(folder)]
        for title, folders in (("PLACES", places), ("RECENT", known)):
            if folders:
                dpg.add_text(title, parent=self._places, color=MUTED)
            for folder in folders:
                item = dpg.add_selectable(label=folder.name or str(folder), parent=self._places)
                dpg.set_item_callback(item, callback(_going(self, folder)))


def _going(browser: FileBrowser, folder: Path) -> Callable[[], None]:
    return lambda: browser.show_folder(folder)


def _row(entry: FolderEntry) -> Row[FolderEntry]:
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.modified))
    size = "" if entry.is_folder else format_size(entry.size)
    name = f"{entry.name}/" if entry.is_folder else entry.name
    return Row((name, size, day), entry)
