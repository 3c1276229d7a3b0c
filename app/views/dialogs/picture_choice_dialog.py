"""The question what becomes of pictures that show text or faces."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from app.domain.batch_jobs import BatchEntry
from app.domain.finding import PictureAction
from app.messages.events import DataSetRequested, Event, FrameRequested
from app.messages.events.night import JobPicturesDecided
from app.messages.events.pictures import PicturesRefused
from app.messages.snapshot import Snapshot
from app.views.dialogs.quick_pick import QuickPick
from app.views.toolkit.virtual_list import Row
from app.views.toolkit.widgets import ChangeTracker

Answer = PictureAction | Literal["look"]
"""What becomes of them, or to look at them first."""


class PictureChoiceDialog:
    """Asks once for each export whose pictures were refused, and for those of the night. who: asks for the operator."""

    def __init__(self, quick_pick: QuickPick, post: Callable[[Event], None], who: Callable[[], None]) -> None:
        self._quick_pick, self._post, self._who = quick_pick, post, who
        self._changes = ChangeTracker()

    def ask_if_new(self, snapshot: Snapshot) -> None:
        """Ask where there is something to decide; called in every frame."""
        refused = snapshot.tasks.picture_choice
        if self._changes.is_new("refused", refused) and refused is not None:
            operator = snapshot.operator
            self._quick_pick.ask_for_choice(
                refused.title,
                "Escape exports no pictures",
                answer_rows(refused, operator),
                lambda answer: self._answer(refused, answer, operator),
            )

    def ask_for_job(self, entry: BatchEntry, operator: str) -> None:
        """Ask what becomes of the pictures of a job."""

        def take(answer: Answer) -> None:
            if answer == "allow" and not operator:
                self._who()
            elif answer != "look":
                self._post(JobPicturesDecided(entry.job_id, answer))

        hint = "Escape leaves them for later"
        self._quick_pick.ask_for_choice(entry.problem.split(",")[0], hint, _action_rows(operator), take)

    def _answer(self, refused: PicturesRefused, answer: Answer, operator: str) -> None:
        if answer == "look":
            self._post(FrameRequested(refused.frames[0]))
        elif answer == "allow" and not operator:
            self._who()
        else:
            self._post(replace(refused.request, pictures=answer))


def answer_rows(refused: PicturesRefused, operator: str) -> list[Row[Answer]]:
    """Return the answers that there are. operator: who works, "" where nobody said so."""
    rows = _action_rows(operator)
    if not isinstance(refused.request, DataSetRequested):
        rows.insert(0, Row((f"Look at frame {refused.frames[0]} first", "", ""), "look"))
    return rows


def _action_rows(operator: str) -> list[Row[Answer]]:
    noted = f"noted under {operator}" if operator else "say who works first"
    return [
        Row(("Paint over it: black boxes in the exported pictures", "", ""), "mask"),
        Row(("Leave these frames out", "", ""), "leave-out"),
        Row((f"Export them as they are: {noted}", "", ""), "allow"),
    ]
