"""The questions which series of a study to open, and which one to show beside it."""

from collections.abc import Callable

from app.domain.annotation import SeriesInfo
from app.messages.events import Event, SecondSeriesChosen, SequenceRequested
from app.messages.snapshot import Snapshot
from app.views.dialogs.quick_pick import QuickPick
from app.views.toolkit.virtual_list import Row
from app.views.toolkit.widgets import ChangeTracker


class SeriesDialog:
    """Asks once for each choice of series. post: sends an event to the Session."""

    def __init__(self, quick_pick: QuickPick, post: Callable[[Event], None]) -> None:
        self._quick_pick, self._post = quick_pick, post
        self._changes = ChangeTracker()

    def ask_if_new(self, snapshot: Snapshot) -> None:
        """Ask where there is a new choice of series; called in every frame."""
        path, series = snapshot.tasks.series_choice
        if self._changes.is_new("several", snapshot.tasks.series_choice) and series:
            rows = [Row(series_texts(info), info.uid) for info in series]
            self._quick_pick.ask_for_choice(
                "Which series?",
                "Part of its description",
                rows,
                lambda uid: self._post(SequenceRequested(path, uid)),
            )
        places = snapshot.tasks.second_choice
        if self._changes.is_new("second", places) and places:
            self._quick_pick.ask_for_choice(
                "Which series beside this one?",
                "Part of its description",
                [Row((place.title, place.detail, ""), place) for place in places],
                lambda place: self._post(SecondSeriesChosen(place)),
            )


def series_texts(info: SeriesInfo) -> tuple[str, str, str]:
    """Return the texts of a row: description and number, modality and slices, size."""
    name = info.description or "Without a description"
    number = f"   #{info.number}" if info.number else ""
    slices = f"{info.slices} slice{'' if info.slices == 1 else 's'}"
    return f"{name}{number}", f"{info.modality} {slices}".strip(), f"{info.width} × {info.height}"
