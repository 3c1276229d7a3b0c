"""The question what label values of a file mean that are another label here."""

from collections.abc import Callable

from app.domain.label_clash import LabelAnswer, LabelClash
from app.messages.events import Event, MasksImportRequested
from app.messages.snapshot import Snapshot
from app.views.dialogs.quick_pick import QuickPick
from app.views.toolkit.virtual_list import Row
from app.views.toolkit.widgets import ChangeTracker

SHOWN = 3  # clashes in a row of the list; chosen by hand: more would not fit


class LabelChoiceDialog:
    """Asks once for each import that has something to decide. post: sends an event to the Session."""

    def __init__(self, quick_pick: QuickPick, post: Callable[[Event], None]) -> None:
        self._quick_pick, self._post = quick_pick, post
        self._changes = ChangeTracker()

    def ask_if_new(self, snapshot: Snapshot) -> None:
        """Ask where there is something to decide; called in every frame."""
        choice = snapshot.tasks.label_choice
        if self._changes.is_new("choice", choice) and choice is not None:
            self._quick_pick.ask_for_choice(
                "Label values of the file mean something else here",
                "Escape imports nothing",
                answer_rows(choice.clashes),
                lambda answer: self._post(MasksImportRequested(choice.path, answer)),
            )


def answer_rows(clashes: tuple[LabelClash, ...]) -> list[Row[LabelAnswer]]:
    """Return the answers that there are: to take ours makes sense only for values that we have."""
    moved = [f"{clash.name or clash.value} {clash.value} → {clash.free}" for clash in clashes]
    rows = [Row(("Add labels of their own", _few(moved), ""), LabelAnswer())]
    if all(clash.ours for clash in clashes):
        same = [f"{clash.name or clash.value} = {clash.ours}" for clash in clashes]
        rows.append(Row(("They are the same labels", _few(same), ""), LabelAnswer(takes_ours=True)))
    return rows


def _few(texts: list[str]) -> str:
    return ", ".join(texts[:SHOWN]) + (" …" if len(texts) > SHOWN else "")
