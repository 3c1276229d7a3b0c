"""The list of what is queued for the night, and what became of it."""

from collections.abc import Callable
from pathlib import Path

import dearpygui.dearpygui as dpg

from app.domain.batch_jobs import BatchEntry, NightQueue
from app.domain.worklist.entry import display_name
from app.messages.events import Event
from app.messages.events.night import JobMoved, JobsRemoved
from app.messages.snapshot import Snapshot
from app.views.dialogs.dialogs import Dialogs
from app.views.dialogs.list_dialog import Keys, ListDialog
from app.views.toolkit import theme_colors as p
from app.views.toolkit.theme import Themes
from app.views.toolkit.virtual_list import Row, RowList
from app.views.toolkit.widgets import ChangeTracker
from app.views.worklist.worklist_texts import describe_job


class NightQueueDialog(ListDialog[BatchEntry]):
    """Orders and removes jobs; Enter opens a sequence.

    opens: called with the chosen job. decides: asks what becomes of its pictures that show text or faces.
    """

    VISIBLE = 12

    def __init__(
        self,
        dialogs: Dialogs,
        themes: Themes,
        read: Callable[[], Snapshot],
        post: Callable[[Event], None],
        opens: Callable[[BatchEntry], None],
        decides: Callable[[BatchEntry], None],
    ) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Night queue", (sizes(900), sizes(590)), themes)
        self._read, self._post, self._opens, self._decides = read, post, opens, decides
        self._changes = ChangeTracker()
        self._when = int(dpg.add_text("", parent=self.window, color=p.MUTED))
        widths = (sizes(300), 0, sizes(250))
        self._list = RowList(self.window, sizes, self.VISIBLE, widths, self.accept, self._explain)
        self._problem = int(dpg.add_text("", parent=self.window, color=p.WARNING, wrap=sizes(860)))
        self.add_buttons(
            ("Open   Enter", 140, self.accept),
            ("Up   Ctrl+Up", 0, lambda: self._move(-1)),
            ("Down   Ctrl+Down", 0, lambda: self._move(1)),
            ("Pictures   P", 0, self._decide),
            ("Remove   Delete", 0, self._remove),
            ("Remove what is over   X", 0, self._remove_over),
            ("Close", 0, self.close),
        )

    def show(self) -> None:
        """Open on the first job."""
        self._changes.reset()
        self.tick()
        self.open()

    def tick(self) -> None:
        """Follow the queue."""
        queue = self._read().night
        if self._changes.is_new("queue", queue):
            self._fill(queue)

    def accept(self) -> None:
        """Open the sequence of the chosen job."""
        entry = self._list.value
        if entry is not None:
            self.close()
            self._opens(entry)

    @property
    def keys(self) -> Keys:
        return {
            "P": self._decide,
            "Delete": self._remove,
            "X": self._remove_over,
            "Ctrl+Up": lambda: self._move(-1),
            "Ctrl+Down": lambda: self._move(1),
        }

    def _fill(self, queue: NightQueue) -> None:
        known = self._list.value
        rows = []
        for entry in queue.entries:
            words, color = describe_job(entry)
            name = display_name(Path(entry.job.source).name)
            rows.append(Row((name, describe_plan(entry), words), entry, color))
        ids = [entry.job_id for entry in queue.entries]
        chosen = ids.index(known.job_id) if known is not None and known.job_id in ids else 0
        self._list.set_rows(rows, chosen)
        hours = f"between {queue.hours}, " if queue.hours is not None else ""
        text = (
            f"Runs {hours}once nobody has worked for {queue.idle_minutes:g} min, and ends when somebody does."
        )
        empty = "Nothing is queued: mark sequences in the worklist with Space."
        dpg.set_value(self._when, text if queue.entries else empty)
        self._explain()

    def _explain(self) -> None:
        entry = self._list.value
        dpg.set_value(self._problem, entry.problem if entry is not None else "")

    def _move(self, step: int) -> None:
        if self._list.value is not None:
            self._post(JobMoved(self._list.value.job_id, step))

    def _decide(self) -> None:
        entry = self._list.value
        if entry is not None and entry.refused:
            self.close()
            self._decides(entry)

    def _remove(self) -> None:
        if self._list.value is not None:
            self._post(JobsRemoved((self._list.value.job_id,)))

    def _remove_over(self) -> None:
        over = (one.job_id for one in self._read().night.entries if one.is_over and not one.refused)
        self._post(JobsRemoved(tuple(over)))


def describe_plan(entry: BatchEntry) -> str:
    """Return with which model a job is done, what it writes, and how many frames it made."""
    parts = [Path(entry.job.engine).name or "the model in use", ", ".join(entry.job.exports)]
    if entry.frames:
        parts.append("1 frame" if entry.frames == 1 else f"{entry.frames} frames")
    return "  ·  ".join(part for part in parts if part)
