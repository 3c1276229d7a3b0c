"""The command of the lead that shows the agreement with known truth, behind the PIN."""

from collections.abc import Callable
from pathlib import Path

from app.messages.events import Noticed
from app.views.dialogs.file_browser import DialogRequest
from app.views.dialogs.truth_dialog import TruthDialog, TruthSource
from app.views.input.file_commands import FileCommands
from app.views.toolkit.background_threads import BackgroundThreads
from app.views.workbench import Workbench


class TruthCommands:
    """Opens the dialog of known truth. guard: calls a function once the PIN was given, which must have been set."""

    def __init__(
        self,
        bench: Workbench,
        files: FileCommands,
        background: BackgroundThreads,
        truth: TruthSource,
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        self._bench, self._files, self._truth, self._guard = bench, files, truth, guard
        self.dialog = TruthDialog(
            bench.dialogs,
            bench.themes,
            lambda: bench.snapshot,
            truth,
            lambda: background.run(truth.compare, self.dialog.show_report),
            self._browse,
        )

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return the commands by action id."""
        return {"worklist.truth": lambda: self._guard(self.dialog.show)}

    def _browse(self) -> None:
        self.dialog.close()
        self._files.browse(DialogRequest("Folder of known truth", "folder", Path.home()), self._choose)

    def _choose(self, folder: Path) -> None:
        wrong = self._truth.choose(folder)
        if wrong:
            self._bench.post(Noticed("error", wrong))
        self.dialog.show()
