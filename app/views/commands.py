"""The commands that open a dialog or touch the window itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from app import events as e
from app.actions import Action, chords_of
from app.snapshot import Snapshot
from app.views.browser import Browser, Wish
from app.views.cheatsheet import CheatSheet
from app.views.controls import Controls
from app.views.display import Display
from app.views.finder import Finder
from app.views.listing import matching, read
from app.views.palette import ACCENT
from app.views.prompts import ExportDialog, LinePrompt, Question
from app.views.rowlist import Row
from app.views.shortcuts import ShortcutEditor
from app.views.workbench import Workbench

T = TypeVar("T")

_LABEL_FILES = frozenset({".txt"})
_MASK_FILES = frozenset({".json", ".png", ".nii", ".nii.gz", ".nrrd", ".dcm"})
_MODEL_FILES = frozenset({".pdiparams", ".pdmodel", ".npz"})
_MOST_RECENT = 15
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the annotator chose and the next start should know.

    chords: what differs from the preset, by action id. recent: sequences, newest first; models likewise.
    """

    preset: str = "eiseg"
    chords: Mapping[str, str] = field(default_factory=dict)
    recent: tuple[Path, ...] = ()
    models: tuple[str, ...] = ()
    autosave: bool = False
    export_folder: Path | None = None


class Commands:
    """Opens dialogs and turns their answers into events.

    save: keeps preferences at once. demo: makes the demo sequence and returns its path; runs in a thread.
    media: suffixes of files that can be opened.
    """

    def __init__(
        self,
        display: Display,
        bench: Workbench,
        controls: Controls,
        preferences: Preferences,
        save: Callable[[Preferences], None],
        demo: Callable[[], Path],
        media: frozenset[str],
    ) -> None:
        self._display, self._bench, self._controls = display, bench, controls
        self.preferences, self._save, self._demo, self._media = preferences, save, demo, media
        self._post = bench.post
        self._finished: SimpleQueue[Callable[[], None]] = SimpleQueue()
        parts = (bench.dialogs, bench.themes, bench.fields)
        self._browser, self._finder, self._line = Browser(*parts), Finder(*parts), LinePrompt(*parts)
        self._question, self._export = Question(*parts[:2]), ExportDialog(*parts[:2])
        self._editor = ShortcutEditor(*parts, bench.actions, self._keys_changed)
        self._sheet = CheatSheet(*parts[:2], bench.actions, bench.fonts.small, bench.fonts.strong)
        controls.commands.update(self._table())
        self._bind()
        bench.menus.tick("file.autosave", preferences.autosave)

    def open(self, path: Path) -> None:
        """Open a sequence, and remember it."""
        self._post(e.SequenceRequested(str(path)))
        others = tuple(known for known in self.preferences.recent if known != path)
        self._keep(replace(self.preferences, recent=(path, *others)[:_MOST_RECENT]))

    def open_demo(self) -> None:
        """Make the demo, which may take a second, and open it."""
        self._in_background(self._demo, lambda path: self._post(e.SequenceRequested(str(path))))

    def tick(self) -> None:
        """Take up what the background has finished; call once a frame."""
        while not self._finished.empty():
            self._finished.get()()

    def quit(self) -> None:
        """End the program, unless an edit would be lost."""
        if self._snapshot.saved:
            self._display.close()
            return
        text = "An edit could not be written to the disk yet. If you quit now, it is lost."
        self._question.ask("Not saved yet", text, "Quit and lose it", self._display.close)

    # -- inside ------------------------------------------------------------------------------------

    @property
    def _snapshot(self) -> Snapshot:
        return self._bench.snapshot

    def _table(self) -> dict[str, Callable[[], object]]:
        return {
            "file.open": self._open_file,
            "file.open_folder": self._open_folder,
            "file.demo": self.open_demo,
            "sequence.previous": lambda: self._neighbour(-1),
            "sequence.next": lambda: self._neighbour(1),
            "file.export": self._ask_export,
            "file.import_masks": self._import_masks,
            "file.autosave": self._toggle_autosave,
            "model.open": self._choose_model,
            "operator.choose": self._choose_operator,
            "app.fullscreen": self._display.toggle_fullscreen,
            "app.quit": self.quit,
            "label.find": self._find_label,
            "label.load": self._load_labels,
            "label.save": self._save_labels,
            "help.palette": self._find_action,
            "help.cheatsheet": lambda: self._sheet.show(self._chords()),
            "help.shortcuts": lambda: self._editor.show(self.preferences.preset, self.preferences.chords),
        }

    def _keep(self, preferences: Preferences) -> None:
        self.preferences = preferences
        self._save(preferences)

    def _keys_changed(self, preset: str, chords: dict[str, str]) -> None:
        self._keep(replace(self.preferences, preset=preset, chords=chords))
        self._bind()

    def _chords(self) -> dict[str, str]:
        return chords_of(self.preferences.preset, self.preferences.chords)

    def _bind(self) -> None:
        for wrong in self._controls.keyboard.bind(self._chords()):
            self._post(e.Noticed("warning", wrong))
        self._bench.bind(self._chords())

    def _here(self) -> Path:
        """The folder to begin with: that of the open sequence, or of the last one."""
        if self._snapshot.sequence is not None:
            return Path(self._snapshot.sequence.path).parent
        return self.preferences.recent[0].parent if self.preferences.recent else Path.home()

    def _browse(self, wish: Wish, take: Callable[[Path], None]) -> None:
        folders = list(dict.fromkeys(path.parent for path in self.preferences.recent))
        self._browser.ask(wish, folders, take)

    def _open_file(self) -> None:
        self._browse(Wish("Open", "file", self._here(), self._media), self.open)

    def _open_folder(self) -> None:
        self._browse(Wish("Open a folder", "folder", self._here()), self.open)

    def _import_masks(self) -> None:
        wish = Wish("Import masks", "any", self._export_folder(), _MASK_FILES)
        self._browse(wish, lambda path: self._post(e.MasksImportRequested(str(path))))

    def _load_labels(self) -> None:
        wish = Wish("Load labels", "file", self._here(), _LABEL_FILES)
        self._browse(wish, lambda path: self._post(e.LabelsLoadRequested(str(path))))

    def _save_labels(self) -> None:
        wish = Wish("Save labels", "save", self._here(), _LABEL_FILES, "labels.txt")
        self._browse(wish, lambda path: self._post(e.LabelsSaveRequested(str(path))))

    def _export_folder(self) -> Path:
        return self.preferences.export_folder or self._here() / "label"

    def _ask_export(self) -> None:
        info = self._snapshot.sequence
        if info is not None:
            choose = self._choose_folder
            self._export.ask(self._export_folder(), info.kind == "volume", choose, self._export_to)

    def _choose_folder(self, start: Path, take: Callable[[Path], None]) -> None:
        self._browse(Wish("Export into", "folder", start if start.is_dir() else start.parent), take)

    def _export_to(self, kinds: tuple[e.ExportKind, ...], folder: Path) -> None:
        self._keep(replace(self.preferences, export_folder=folder))
        self._post(e.ExportRequested(kinds, str(folder)))

    def _toggle_autosave(self) -> None:
        self._keep(replace(self.preferences, autosave=not self.preferences.autosave))
        self._bench.menus.tick("file.autosave", self.preferences.autosave)
        state = "on" if self.preferences.autosave else "off"
        self._post(e.Noticed("info", f"Export when leaving a sequence: {state}."))

    def _choose_model(self) -> None:
        rows = [
            Row(("The best there is", ""), "best"),
            Row(("Classic, without a network", ""), "classic"),
            *(Row((Path(name).name, "", str(Path(name).parent)), name) for name in self.preferences.models),
            Row(("Choose a file…", ""), Path(), color=ACCENT),
        ]
        self._finder.ask("Model", "Type to filter", rows, self._take_model)

    def _take_model(self, name: str | Path) -> None:
        if isinstance(name, Path):
            wish = Wish("Choose a model", "any", self._here(), _MODEL_FILES)
            self._browse(wish, lambda path: self._take_model(str(path)))
            return
        self._post(e.EngineChosen(name))
        if "/" in name:
            others = tuple(known for known in self.preferences.models if known != name)
            self._keep(replace(self.preferences, models=(name, *others)[:_MOST_RECENT]))

    def _choose_operator(self) -> None:
        self._line.ask("Who works?", self._snapshot.operator, lambda name: self._post(e.OperatorChosen(name)))

    def _find_label(self) -> None:
        rows = [Row((label.name, str(label.value)), label.value) for label in self._snapshot.labels]
        self._finder.ask("Label", "Part of its name", rows, lambda value: self._post(e.LabelChosen(value)))

    def _find_action(self) -> None:
        chords, snapshot = self._chords(), self._snapshot
        ready = [action for action in self._bench.actions.values() if action.ready(snapshot)]
        rows = [_action_row(action, chords) for action in ready if action.id != "help.palette"]
        self._finder.ask("Do", "What do you want to do?", rows, self._bench.act)

    def _neighbour(self, direction: int) -> None:
        info = self._snapshot.sequence
        if info is not None:
            path, is_folder, media = Path(info.path), info.kind == "folder", self._media
            self._in_background(lambda: neighbour(path, is_folder, direction, media), self._open_neighbour)

    def _open_neighbour(self, path: Path | None) -> None:
        if path is not None:
            self.open(path)
        else:
            self._post(e.Noticed("info", "There is no other sequence in this direction."))

    def _in_background(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do something that may take long in a thread, and go on with its result in the main thread."""

        def run() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - the edge of a thread
                _log.exception("work in the background failed")
                self._post(e.Noticed("error", str(error)))
            else:
                self._finished.put(lambda: then(result))

        threading.Thread(target=run, name="command", daemon=True).start()


def neighbour(path: Path, is_folder: bool, direction: int, media: frozenset[str]) -> Path | None:
    """Return the sequence before (-1) or after (+1) one in its folder, None at the ends."""
    entries = matching(read(path.parent).entries, media)
    paths = [entry.path for entry in entries if entry.is_folder == is_folder]
    place = paths.index(path) + direction if path in paths else -1
    return paths[place] if 0 <= place < len(paths) else None


def _action_row(action: Action, chords: Mapping[str, str]) -> Row:
    return Row((action.title, action.group, " ".join(chords[action.id].split()[:1])), action.id)
