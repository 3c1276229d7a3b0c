"""The command that exports a data set: format, sequences and masks, then the folder."""

from collections.abc import Collection, Sequence
from pathlib import Path

from app.actions.bindings import Command
from app.domain.export_selection import DataSetChoice
from app.domain.worklist.entry import WorklistEntry
from app.messages.events import DataSetRequested
from app.storage.exporters.export_format import ExportFormat
from app.storage.exporters.export_registry import export_formats
from app.views.dialogs.data_set_dialog import DataSetDialog, Groups
from app.views.dialogs.file_browser import DialogRequest
from app.views.dialogs.quick_pick import QuickPick
from app.views.input.file_commands import FileCommands
from app.views.toolkit.virtual_list import Row
from app.views.workbench import Workbench


class DataSetCommands:
    """Asks step by step, and posts the request in the end."""

    def __init__(self, bench: Workbench, files: FileCommands, quick_pick: QuickPick) -> None:
        self._bench, self._files, self._quick_pick = bench, files, quick_pick
        self._dialog = DataSetDialog(bench.dialogs, bench.themes)

    def commands(self) -> dict[str, Command]:
        """Return the commands by action id."""
        return {"worklist.export_set": self._choose_format}

    def _choose_format(self) -> None:
        rows = [Row((row.title, row.kind, ""), row) for row in export_formats().values() if row.is_set]
        self._quick_pick.ask_for_choice(
            "Which format of data sets?", "Part of its name", rows, self._choose_masks
        )

    def _choose_masks(self, row: ExportFormat) -> None:
        snapshot = self._bench.snapshot
        used = {name for entry in snapshot.worklist.entries for name in entry.labels}
        self._dialog.ask_for_choice(
            f"Data set: {row.title}",
            self._groups(),
            sorted(used | {label.name for label in snapshot.labels}),
            lambda choice: self._choose_folder(row.kind, choice),
        )

    def _choose_folder(self, kind: str, choice: DataSetChoice) -> None:
        def export(folder: Path) -> None:
            if not self._files.refuse(folder):
                self._bench.post(DataSetRequested(kind, str(folder), choice))

        request = DialogRequest("Export the data set into", "folder", self._files.start_folder())
        self._files.browse(request, export)

    def _groups(self) -> Groups:
        rows = self._bench.worklist.rows
        return group_entries(self._bench.snapshot.worklist.entries, rows.entries, rows.marked)


def group_entries(
    every: Sequence[WorklistEntry], shown: Sequence[WorklistEntry], marked: Collection[str]
) -> Groups:
    """Return what can be chosen of a worklist, by what is said of it; marked entries come first.

    every: all entries; shown: those that its filter and search leave; marked: ids. Only annotated ones count.
    """
    annotated, left = ([entry for entry in found if _is_annotated(entry)] for found in (every, shown))
    chosen = [entry for entry in left if entry.entry_id in marked]
    groups: dict[str, Sequence[WorklistEntry] | None] = {}
    if chosen:
        groups[f"The marked ones ({len(chosen)})"] = chosen
    groups["All annotated sequences"] = None
    if 0 < len(left) < len(annotated):
        groups[f"Those that the worklist shows ({len(left)})"] = left
    return groups


def _is_annotated(entry: WorklistEntry) -> bool:
    return entry.state.is_touched and bool(entry.fingerprint)
