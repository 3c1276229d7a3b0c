"""The command that compares the work here with that of another workspace: which one, then where the report goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.messages.events import Noticed
from app.messages.events.comparison import ComparisonRequested
from app.views.dialogs.file_browser import DialogRequest
from app.views.input.file_commands import FileCommands
from app.views.workbench import Workbench


class ComparisonCommands:
    """Asks step by step, and posts the request in the end."""

    def __init__(self, bench: Workbench, files: FileCommands) -> None:
        self._bench, self._files = bench, files

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return the commands by action id."""
        return {"worklist.compare": self._choose_other}

    def _choose_other(self) -> None:
        """Ask for the other work on the marked sequences of the worklist, all without marks, or on the open one."""
        bench = self._bench
        if bench.worklist.is_shown:
            found = tuple(entry.fingerprint for entry in bench.worklist.marked if entry.fingerprint)
        else:
            found = (bench.snapshot.entry.fingerprint,) if bench.snapshot.entry is not None else ()
            if not found:
                bench.post(Noticed("info", "Open a sequence first, or mark some in the worklist."))
                return
        request = DialogRequest("Compare with the workspace, or folder of workspaces", "folder", Path.home())
        self._files.browse(request, lambda other: self._choose_folder(other, found))

    def _choose_folder(self, other: Path, fingerprints: tuple[str, ...]) -> None:
        def compare(folder: Path) -> None:
            if not self._files.refuse(folder):
                self._bench.post(ComparisonRequested(str(other), str(folder), fingerprints))

        request = DialogRequest("Write the report into", "folder", self._files.start_folder())
        self._files.browse(request, compare)
