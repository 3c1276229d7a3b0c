"""The commands that compare the work here with another one, or within itself: with what, then where the report goes."""

from collections.abc import Callable
from pathlib import Path

from app.messages.events import Noticed
from app.messages.events.comparison import ComparisonRequested
from app.storage.importers.import_registry import import_suffixes
from app.views.dialogs.file_browser import DialogRequest
from app.views.input.file_commands import FileCommands
from app.views.workbench import Workbench


class ComparisonCommands:
    """Asks step by step, and posts the request in the end."""

    def __init__(self, bench: Workbench, files: FileCommands) -> None:
        self._bench, self._files = bench, files

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return the commands by action id."""
        return {
            "worklist.compare": lambda: self._with_sequences(self._choose_other),
            "worklist.report": lambda: self._with_sequences(lambda found: self._choose_folder("", found)),
        }

    def _with_sequences(self, then: Callable[[tuple[str, ...]], None]) -> None:
        """Go on with the fingerprints of the marked sequences of the worklist, or of the open one."""
        bench = self._bench
        if bench.worklist.is_shown:
            found = tuple(entry.fingerprint for entry in bench.worklist.marked if entry.fingerprint)
        else:
            found = (bench.snapshot.entry.fingerprint,) if bench.snapshot.entry is not None else ()
        if found:
            then(found)
        else:
            bench.post(Noticed("info", "Open a sequence first, or mark some in the worklist."))

    def _choose_other(self, found: tuple[str, ...]) -> None:
        title = "Compare with a workspace, a folder of workspaces, or masks"
        request = DialogRequest(title, "any", Path.home(), import_suffixes())
        self._files.browse(request, lambda other: self._choose_folder(str(other), found))

    def _choose_folder(self, other: str, fingerprints: tuple[str, ...]) -> None:
        def compare(folder: Path) -> None:
            if not self._files.refuse(folder):
                self._bench.post(ComparisonRequested(other, str(folder), fingerprints))

        request = DialogRequest("Write the report into", "folder", self._files.start_folder())
        self._files.browse(request, compare)
