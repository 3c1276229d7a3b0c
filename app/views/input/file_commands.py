"""The commands that open, import, export and save files."""

from collections.abc import Callable
from pathlib import Path

from app.domain.export_selection import ExportSelection
from app.messages import events as e
from app.messages.snapshot import Snapshot
from app.storage.exporters.color_tables import SUFFIXES as COLOR_TABLES
from app.storage.exporters.tier_list import TIER_LIST_SUFFIX
from app.storage.importers.import_registry import TIER_SUFFIXES, import_suffixes
from app.views.dialogs.export_dialog import ExportDialog
from app.views.dialogs.file_access import FileAccess
from app.views.dialogs.file_browser import DialogRequest, FileBrowser
from app.views.dialogs.folder_listing import filter_entries, read_folder
from app.views.dialogs.prompts import Question
from app.views.toolkit.background_threads import BackgroundThreads
from app.views.toolkit.preferences import PreferenceStore
from app.views.workbench import Workbench

_LABEL_FILES = frozenset({".txt"})


class FileCommands:
    """Turns the answers of file dialogs into events.

    demo: makes the demo sequence and returns its path; called in a thread. media: suffixes that can be opened.
    access: returns the rules of file dialogs.
    """

    def __init__(
        self,
        bench: Workbench,
        preferences: PreferenceStore,
        background: BackgroundThreads,
        question: Question,
        demo: Callable[[], Path],
        media: frozenset[str],
        access: Callable[[], FileAccess],
    ) -> None:
        self._bench, self._preferences, self._background = bench, preferences, background
        self._question, self._access = question, access
        self._demo, self._media = demo, media
        self._post = bench.post
        self.browser = FileBrowser(bench.dialogs, bench.themes, bench.fields, access)
        self._export = ExportDialog(bench.dialogs, bench.themes)

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return the commands by action id."""
        return {
            "file.open": self._open_file,
            "file.open_folder": self._open_folder,
            "file.demo": self.open_demo,
            "file.export": self._ask_export,
            "file.import_masks": self._import_masks,
            "label.load": self._load_labels,
            "interval.import": self._load_intervals,
            "label.save": self._save_labels,
            "tier.save": self._save_tiers,
        }

    def open_sequence(self, path: Path, series: str | None = None) -> None:
        """Open a sequence and list it as recent."""
        self._post(e.SequenceRequested(str(path), series))
        self._preferences.save(self._preferences.current.with_recent(path))

    def open_demo(self) -> None:
        """Make the demo, which may take a second, and open it."""
        self._post(e.SequenceAwaited("demo"))
        self._background.run(self._demo, lambda path: self._post(e.SequenceRequested(str(path))))

    def browse(self, request: DialogRequest, take: Callable[[Path], None]) -> None:
        """Ask for a file or folder. take: called with it."""
        folders = list(dict.fromkeys(path.parent for path in self._preferences.current.recent))
        self.browser.ask_for_path(request, folders, take)

    def start_folder(self) -> Path:
        """Return the folder to begin with: that of the open sequence, or of the last one."""
        if self._snapshot.sequence.info is not None:
            return Path(self._snapshot.sequence.info.path).parent
        recent = self._preferences.current.recent
        return recent[0].parent if recent else Path.home()

    def export(self, kinds: tuple[str, ...]) -> None:
        """Export files of some kinds into the folder of exports."""
        if self._snapshot.sequence.info is not None:
            self._post(e.ExportRequested(kinds, str(self._export_folder())))

    def refuse(self, path: Path, suffixes: frozenset[str] = frozenset()) -> bool:
        """Say why nothing may be written to a path; return whether that is so. suffixes: what it may end with."""
        wrong = self._access().refusal(path, suffixes)
        if wrong:
            self._post(e.Noticed("error", wrong))
        return bool(wrong)

    def open_neighbour(self, direction: int) -> None:
        """Open the sequence before (-1) or after (+1) the open one in its folder."""
        info = self._snapshot.sequence.info
        if info is not None:
            path, media = Path(info.path), self._media
            self._background.run(lambda: neighbour(path, direction, media), self._open_neighbour)

    @property
    def _snapshot(self) -> Snapshot:
        return self._bench.snapshot

    def _open_file(self) -> None:
        self.browse(DialogRequest("Open", "file", self.start_folder(), self._media), self.open_sequence)

    def _open_folder(self) -> None:
        self.browse(DialogRequest("Open a folder", "folder", self.start_folder()), self.open_sequence)

    def _import_masks(self) -> None:
        request = DialogRequest("Import masks", "any", self._export_folder(), import_suffixes())
        self.browse(request, lambda path: self._post(e.MasksImportRequested(str(path))))

    def _load_labels(self) -> None:
        request = DialogRequest("Load labels", "file", self.start_folder(), _LABEL_FILES | COLOR_TABLES)
        self.browse(request, lambda path: self._post(e.LabelsLoadRequested(str(path))))

    def _load_intervals(self) -> None:
        request = DialogRequest("Import intervals", "file", self._export_folder(), TIER_SUFFIXES)
        self.browse(request, lambda path: self._post(e.MasksImportRequested(str(path))))

    def _save_labels(self) -> None:
        request = DialogRequest("Save labels", "save", self.start_folder(), _LABEL_FILES, "labels.txt")
        self.browse(request, lambda path: self._save(path, _LABEL_FILES, e.LabelsSaveRequested(str(path))))

    def _save_tiers(self) -> None:
        suffixes = frozenset({TIER_LIST_SUFFIX})
        request = DialogRequest("Save tiers", "save", self.start_folder(), suffixes, "tiers.json")
        self.browse(request, lambda path: self._save(path, suffixes, e.TiersSaveRequested(str(path))))

    def _save(self, path: Path, suffixes: frozenset[str], event: e.Event) -> None:
        """Post an event that saves a file, after a question where it replaces one."""

        def save() -> None:
            self._post(event)

        if self.refuse(path, suffixes):
            return
        if path.exists():
            text = f"{path.name} is there already. What is in it now is lost."
            self._question.ask_question("Replace the file?", text, "Replace it", save)
        else:
            save()

    def _export_folder(self) -> Path:
        return self._preferences.current.export_folder or self._proposed_folder()

    def _proposed_folder(self) -> Path:
        return self.start_folder() / "label"

    def _ask_export(self) -> None:
        info = self._snapshot.sequence.info
        if info is not None:
            marks, folder = self._snapshot.sequence.marks, self._export_folder()
            flagged = len(self._snapshot.sequence.findings)
            self._export.ask_for_formats(folder, info, marks, self._choose_folder, self._export_to, flagged)

    def _choose_folder(self, start: Path, take: Callable[[Path], None]) -> None:
        self.browse(DialogRequest("Export into", "folder", start if start.is_dir() else start.parent), take)

    def _export_to(self, kinds: tuple[str, ...], folder: Path, selection: ExportSelection) -> None:
        # The folder beside the source, which is proposed, is where that was opened from.
        if folder != self._export_folder() and self.refuse(folder):
            return
        # The proposal goes with the sequence: only a folder that was chosen is one for the next sequence too.
        self._preferences.update(export_folder=None if folder == self._proposed_folder() else folder)
        self._post(e.ExportRequested(kinds, str(folder), selection))

    def _open_neighbour(self, path: Path | None) -> None:
        if path is not None:
            self.open_sequence(path)
        else:
            self._post(e.Noticed("info", "There is no other sequence in this direction."))


def neighbour(path: Path, direction: int, media: frozenset[str]) -> Path | None:
    """Return the file before (-1) or after (+1) a file in its folder, for a folder the folder; None at the ends."""
    entries = filter_entries(read_folder(path.parent).entries, media)
    paths = [[entry.path for entry in entries if entry.is_folder == kind] for kind in (False, True)]
    for alike in paths:
        if path in alike:
            place = alike.index(path) + direction
            return alike[place] if 0 <= place < len(alike) else None
    return None
