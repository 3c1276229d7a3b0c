"""Known truth of sequences in the worklist, which only the lead sees: what is found goes to their dialog alone.

The comparison runs in a process; neither the pipeline, nor snapshots, messages or logs learn of it.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.domain.truth_agreement import TruthAgreement, TruthReport
from app.files.private import make_private_folder
from app.kiosk.settings_store import SettingsStore

_ROOT: Final = Path(__file__).parents[2]
REPORTS: Final = "lead"  # folder of reports in that of all work


class KnownTruth:
    """Folder of known truth, and the agreement of the work with it. Files are read in a thread of the caller's."""

    def __init__(self, store: SettingsStore, workspace: Path) -> None:
        """workspace: folder of all work."""
        self._store, self._workspace = store, workspace
        self._process: subprocess.Popen[str] | None = None

    @property
    def folder(self) -> Path | None:
        """Where the truth lies: workspaces or masks; None where none is named."""
        return self._store.settings.truth_path

    @property
    def reports(self) -> Path:
        """Where reports on it go, which is closed to other users and to file dialogs."""
        return self._workspace / REPORTS

    def choose(self, folder: Path | None) -> str:
        """Name another folder, None for none; return what is wrong with it, or ""."""
        watched = self._store.settings.watched_folder
        if folder is not None and watched is not None and folder.resolve().is_relative_to(watched.resolve()):
            return "Everybody sees what is in the drop folder: keep the known truth elsewhere."
        return self._store.change_setting("truth_folder", str(folder or ""))

    def compare(self) -> TruthReport:
        """Compare the work with the truth and write a report; takes a while. A problem is returned, never raised."""
        if self.folder is None:
            return TruthReport(problem="No folder of known truth is named.")
        with suppress(OSError):
            make_private_folder(self.reports)
        words = ["compare", "--json", "--end-with-input", "--into", str(self.reports)]
        try:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "framewise",
                    *words,
                    "--",
                    str(self._workspace),
                    str(self.folder),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            return TruthReport(problem=f"The comparison cannot be started ({error.strerror}).")
        with self._process as process:
            assert process.stdout is not None
            return _read_report(process.stdout.readlines())

    def cancel(self) -> None:
        """End a comparison that runs."""
        if self._process is not None:
            self._process.kill()


def _read_report(lines: list[str]) -> TruthReport:
    """Return what the process said last."""
    last = json.loads(lines[-1]) if lines else {}
    if "error" in last:
        return TruthReport(problem=last["error"])
    if "paths" not in last:
        return TruthReport(problem="The comparison was ended before it was done.")
    found = tuple(TruthAgreement(*row) for row in last["agreement"])
    return TruthReport(
        found, last["paths"][0], left_out=tuple(last["left_out"]), known=frozenset(last["known"])
    )
