"""The functions of the views behind the actions of labels' codes."""

from collections.abc import Callable, Sequence
from functools import partial

from app.actions.bindings import Command
from app.domain.segment_code import SegmentCode
from app.messages.events import LabelAdded, LabelCoded
from app.views.dialogs.code_search import find_code_rows
from app.views.dialogs.quick_pick import QuickPick
from app.views.toolkit.background_threads import BackgroundThreads
from app.views.toolkit.theme_colors import ACCENT
from app.views.toolkit.virtual_list import Row
from app.views.workbench import Workbench

Search = Callable[[str], list[Row[SegmentCode]]]
_HINT = "Name or code; add left, right or bilateral for a side"


class CodeCommands:
    """Asks for the code of a label, new or old."""

    def __init__(self, bench: Workbench, quick_pick: QuickPick, background: BackgroundThreads) -> None:
        self._bench, self._quick_pick, self._background = bench, quick_pick, background

    def commands(self) -> dict[str, Command]:
        """Return the commands by action id."""
        return {"label.add_code": self._add, "label.code": self._change}

    def _add(self) -> None:
        def ask(search: Search) -> None:
            self._quick_pick.ask_for_match("Add a label by its code", _HINT, search, self._add_label)

        self._background.run(_load_search, ask)

    def _add_label(self, code: SegmentCode) -> None:
        self._bench.post(LabelAdded(code.meaning, code=code))

    def _change(self) -> None:
        """Ask for the code of the current label, which may be another one by the time of the answer."""
        snapshot = self._bench.snapshot
        label = next((label for label in snapshot.labels if label.value == snapshot.label), None)
        if label is None:
            return

        def ask(search: Search) -> None:
            none = [Row(("No code: find it by the name", "", ""), LabelCoded(label.value, None), ACCENT)]

            def rows(text: str) -> Sequence[Row[LabelCoded]]:
                found = [Row(row.texts, LabelCoded(label.value, row.value)) for row in search(text)]
                return found if text.strip() or label.code is None else [*none, *found]

            self._quick_pick.ask_for_match(f"What {label.name} stands for", _HINT, rows, self._bench.post)

        self._background.run(_load_search, ask)


def _load_search() -> Search:
    """Read the table, which takes half a second the first time; called in a thread."""
    from app.storage.volume.dicom.dicom_codes import listed_codes, sides

    return partial(find_code_rows, codes=listed_codes(), sides=sides())
