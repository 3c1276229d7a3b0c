"""The commands of the night queue."""

from collections.abc import Callable
from pathlib import Path

from app.domain.batch_jobs import BatchJob
from app.messages import events as e
from app.messages.events.night import JobsQueued
from app.views.dialogs.night_dialog import NightDialog, Subject
from app.views.dialogs.night_queue_dialog import NightQueueDialog
from app.views.dialogs.picture_choice_dialog import PictureChoiceDialog
from app.views.input.file_commands import FileCommands
from app.views.toolkit.preferences import PreferenceStore
from app.views.workbench import Workbench


class NightCommands:
    """Queues sequences of the worklist, and shows the queue."""

    def __init__(
        self,
        bench: Workbench,
        preferences: PreferenceStore,
        files: FileCommands,
        pictures: PictureChoiceDialog,
    ) -> None:
        self._bench, self._preferences = bench, preferences
        self.dialog = NightDialog(bench.dialogs, bench.themes)
        self.queue = NightQueueDialog(
            bench.dialogs,
            bench.themes,
            lambda: bench.snapshot,
            bench.post,
            lambda entry: files.open_sequence(Path(entry.job.source), entry.job.series),
            lambda entry: pictures.ask_for_job(entry, bench.snapshot.operator),
        )

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return the commands by action id."""
        return {"night.queue": self._ask, "night.show": self.queue.show}

    def _ask(self) -> None:
        """Ask how the sequences are to be propagated: those of the worklist while it is shown, else the open one."""
        bench = self._bench
        found: list[Subject] = []
        if bench.worklist.is_shown:
            found += [entry for entry in bench.worklist.marked if entry.can_open]
        elif bench.snapshot.sequence.info is not None:
            found.append(bench.snapshot.entry or bench.snapshot.sequence.info)
        if not found:
            bench.post(e.Noticed("info", "Mark sequences that can be opened first: Space marks one."))
            return
        self.dialog.ask_for_jobs(found, bench.snapshot, self._preferences.current.export_folder, self._queue)

    def _queue(self, jobs: tuple[BatchJob, ...]) -> None:
        self._bench.worklist.unmark()
        self._bench.post(JobsQueued(jobs))
