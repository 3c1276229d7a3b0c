"""The commands of the worklist: opening its sequences and finishing them."""

from collections.abc import Callable
from pathlib import Path

from app.domain.worklist.entry import EntryState, WorklistEntry
from app.domain.worklist.sorting import neighbour_entry, sort_entries
from app.messages import events as e
from app.messages.events import worklist as we
from app.messages.snapshot import Snapshot
from app.views.dialogs.file_browser import DialogRequest
from app.views.dialogs.prompts import Question
from app.views.dialogs.settings_editor import Value
from app.views.input.file_commands import FileCommands
from app.views.workbench import Workbench


class WorklistCommands:
    """Turns commands on the worklist into events.

    change: saves a setting, returns what is wrong with it or "". who: asks for the operator. guard: calls a
    function once the PIN was given, where one is needed.
    """

    def __init__(
        self,
        bench: Workbench,
        files: FileCommands,
        question: Question,
        change: Callable[[str, Value], str],
        who: Callable[[], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        self._bench, self._files, self._question, self._change = bench, files, question, change
        self._who, self._guard = who, guard
        self._post = bench.post
        bench.worklist.enter = self.open_entry

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return the commands by action id."""
        view = self._bench.worklist
        return {
            "sequence.previous": lambda: self._step(-1),
            "sequence.next": lambda: self._step(1),
            "worklist.toggle": view.toggle,
            "worklist.find": view.focus_filter,
            "worklist.order": self._sort,
            "worklist.again": self._look_again,
            "worklist.repeat": lambda: self._guard(self._toggle_repeat),
            "worklist.folder": lambda: self._guard(self._choose_folder),
            "review.done": self._finish,
        }

    def open_entry(self, entry: WorklistEntry) -> None:
        """Open a sequence; check one again that failed."""
        if entry.can_open:
            if entry.entry_id == self._snapshot.worklist.entry_id:
                self._bench.worklist.toggle()
                return
            self._open(entry)
        elif entry.state is EntryState.FAILED:
            self._post(we.EntryRetried(entry.entry_id))
        elif entry.missing:
            self._post(e.Noticed("info", f"{entry.name} is not there at present: its file is missing."))
        else:
            self._post(e.Noticed("info", f"{entry.name} is not complete yet; it is ready in a moment."))

    @property
    def _snapshot(self) -> Snapshot:
        return self._bench.snapshot

    def _open(self, entry: WorklistEntry) -> None:
        if self._is_other_reading(entry):
            # Nothing of the open reading may show while the other one opens.
            self._post(e.SequenceClosed())
        self._files.open_sequence(Path(entry.path), entry.series)

    def _is_other_reading(self, entry: WorklistEntry) -> bool:
        """Whether an entry is another reading of the open sequence."""
        here = self._snapshot.worklist.entry(self._snapshot.worklist.entry_id)
        return here is not None and (here.repeats or here.entry_id) == (entry.repeats or entry.entry_id)

    def _step(self, direction: int) -> None:
        """Open a neighbour in the worklist, or in the folder of a sequence that was opened by hand."""
        snapshot = self._snapshot
        here = snapshot.worklist.entry(snapshot.worklist.entry_id)
        if snapshot.sequence.info is not None and (here is None or not (here.dropped or here.repeats)):
            self._files.open_neighbour(direction)
            return
        found = neighbour_entry(
            sort_entries(snapshot.worklist.entries, snapshot.worklist.sorting),
            snapshot.worklist.entry_id,
            direction,
        )
        if found is not None:
            self._open(found)
        else:
            self._post(e.Noticed("info", "There is no other sequence in this direction."))

    def _sort(self) -> None:
        self._post(we.WorklistSorted("name" if self._snapshot.worklist.sorting == "arrival" else "arrival"))

    def _look_again(self) -> None:
        for entry in self._snapshot.worklist.entries:
            if entry.state is EntryState.FAILED:
                self._post(we.EntryRetried(entry.entry_id))
        self._post(we.EntryRetried())

    def _toggle_repeat(self) -> None:
        entry = self._bench.worklist.chosen if self._bench.worklist.is_shown else None
        if entry is None:
            self._post(e.Noticed("info", "Choose a sequence in the worklist first."))
        elif not entry.repeats:
            self._post(we.RepeatToggled(entry.entry_id))
        else:
            text = f"{entry.name} leaves the worklist; what was done in this reading is kept aside."
            self._question.ask_question(
                "Withdraw the repeat reading?",
                text,
                "Withdraw it",
                lambda: self._post(we.RepeatToggled(entry.entry_id)),
            )

    def _choose_folder(self) -> None:
        here = Path(self._snapshot.worklist.folder.path or Path.home())
        request = DialogRequest("Watch this folder", "folder", here if here.is_dir() else Path.home())
        self._files.browse(request, self._watch)

    def _watch(self, folder: Path) -> None:
        if self._files.refuse(folder):
            return
        wrong = self._change("drop_folder", str(folder))
        if wrong:
            self._post(e.Noticed("error", wrong))

    def _finish(self) -> None:
        if not self._snapshot.operator:
            self._post(e.Noticed("info", "Say who works first, for it is noted who called a sequence done."))
            self._who()
            return
        left, pending = self._snapshot.edits.unreviewed, self._snapshot.pending
        if not left or (pending is not None and pending.prompts):
            self._post(we.SequenceFinished())
            return
        frames = "1 frame has" if left == 1 else f"{left} frames have"
        seen = self._bench.keys["review.unseen"]
        text = f"{frames} not been looked at yet. Accept them as they are, or look first: {seen} goes to the next one."
        self._question.ask_question("Done?", text, "Accept them, done", self._accept)

    def _accept(self) -> None:
        self._post(we.SequenceFinished(accept=True))
