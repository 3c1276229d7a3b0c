"""The command that exports a data set: format, sequences and masks, then the folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.actions.bindings import Command
from app.domain.export_selection import DataSetChoice
from app.domain.worklist.entry import WorklistEntry
from app.messages.events import DataSetRequested, Noticed
from app.storage.exporters.export_format import ExportFormat
from app.storage.exporters.export_registry import export_formats
from app.views.dialogs.data_set_dialog import DataSetDialog
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
        if not self._groups():
            self._bench.post(Noticed("info", "No sequence of the worklist is annotated yet."))
            return
        rows = [Row((row.title, row.kind, ""), row) for row in export_formats().values() if row.is_set]
        self._quick_pick.ask_for_choice(
            "Which format of data sets?", "Part of its name", rows, self._choose_masks
        )

    def _choose_masks(self, row: ExportFormat) -> None:
        entries = self._bench.snapshot.worklist.entries
        labels = sorted({name for entry in entries for name in entry.labels})
        self._dialog.ask_for_choice(
            f"Data set: {row.title}",
            self._groups(),
            labels,
            lambda choice: self._choose_folder(row.kind, choice),
        )

    def _choose_folder(self, kind: str, choice: DataSetChoice) -> None:
        def export(folder: Path) -> None:
            if not self._files.refuse(folder):
                self._bench.post(DataSetRequested(kind, str(folder), choice))

        request = DialogRequest("Export the data set into", "folder", self._files.start_folder())
        self._files.browse(request, export)

    def _groups(self) -> dict[str, Sequence[WorklistEntry]]:
        """Return what can be chosen of the worklist, by what is said of it; marked entries come first."""
        view = self._bench.worklist
        every = _annotated(self._bench.snapshot.worklist.entries)
        shown = _annotated(view.rows.entries)
        marked = [entry for entry in shown if entry.entry_id in view.rows.marked]
        groups: dict[str, Sequence[WorklistEntry]] = {}
        if marked:
            groups[f"The marked ones ({len(marked)})"] = marked
        if every:
            groups[f"All annotated sequences ({len(every)})"] = every
        if 0 < len(shown) < len(every):
            groups[f"Those that the worklist shows ({len(shown)})"] = shown
        return groups


def _annotated(entries: Sequence[WorklistEntry]) -> list[WorklistEntry]:
    return [entry for entry in entries if entry.state.is_touched and entry.fingerprint]
