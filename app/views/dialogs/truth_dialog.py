"""The list of sequences with known truth and how well the work agrees with it; only the lead sees it."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color
from app.domain.truth_agreement import TruthAgreement, TruthReport
from app.domain.worklist.entry import display_name
from app.messages.snapshot import Snapshot
from app.views.dialogs.dialogs import Dialogs
from app.views.dialogs.list_dialog import Keys, ListDialog
from app.views.toolkit import theme_colors as p
from app.views.toolkit.theme import Themes
from app.views.toolkit.virtual_list import Row, RowList

_EMPTY = "Choose a folder of workspaces or masks that are known to be right, of sequences that are in the worklist."


class TruthSource(Protocol):
    """What the dialog needs from the program."""

    @property
    def folder(self) -> Path | None:
        """Where the truth lies, None where none is named."""

    def choose(self, folder: Path | None) -> str:
        """Name another folder, None for none; return what is wrong with it, or ""."""

    def compare(self) -> TruthReport:
        """Compare the work with the truth; called in a thread."""

    def cancel(self) -> None:
        """End a comparison that runs."""


class NoTruth:
    """A program without known truth."""

    folder: Path | None = None

    def choose(self, folder: Path | None) -> str:
        """Refuse any folder."""
        return "Known truth cannot be named here."

    def compare(self) -> TruthReport:
        """Return that there is nothing to compare with."""
        return TruthReport()

    def cancel(self) -> None:
        """Do nothing: nothing runs."""


class TruthDialog(ListDialog[TruthAgreement]):
    """Enter compares. Nothing of it is kept once the dialog is closed.

    compare: begins a comparison, whose result comes to show_report. browse: asks for another folder.
    """

    VISIBLE = 10

    def __init__(
        self,
        dialogs: Dialogs,
        themes: Themes,
        read: Callable[[], Snapshot],
        truth: TruthSource,
        compare: Callable[[], None],
        browse: Callable[[], None],
    ) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Known truth", (sizes(900), sizes(540)), themes)
        self._read, self._truth, self._compare, self._browse = read, truth, compare, browse
        self._is_comparing = False
        self._folder = int(dpg.add_text("", parent=self.window, color=p.MUTED, wrap=sizes(860)))
        widths = (0, sizes(200), sizes(110), sizes(220))
        self._list = RowList(self.window, sizes, self.VISIBLE, widths, self.accept)
        self._words = int(dpg.add_text("", parent=self.window, color=p.MUTED, wrap=sizes(860)))
        self.add_buttons(
            ("Compare   Enter", 160, self.accept),
            ("Choose the folder   O", 0, self._browse),
            ("Forget the folder   Delete", 0, self._forget),
            ("Close", 0, self.close),
        )

    @property
    def rows(self) -> tuple[Row[TruthAgreement], ...]:
        """What is listed."""
        return tuple(self._list.rows)

    def show(self) -> None:
        """Open, and compare where a folder is named."""
        self.open()
        self._show_folder()
        self.accept()

    def accept(self) -> None:
        """Begin a comparison, unless one runs."""
        if self._truth.folder is None or self._is_comparing:
            return
        self._is_comparing = True
        self._say("Comparing…")
        self._compare()

    def show_report(self, report: TruthReport) -> None:
        """Show what a comparison found, unless the dialog was closed meanwhile."""
        self._is_comparing = False
        if not self.is_open:
            return
        names = {entry.fingerprint: entry.name for entry in self._read().worklist.entries}
        lowest_first = sorted(report.found, key=lambda one: one.mean_dice)
        rows = [_row(one, names.get(one.fingerprint, "")) for one in lowest_first]
        untouched = (report.known - {one.fingerprint for one in report.found}) & names.keys()
        rows += [_untouched_row(key, names[key]) for key in sorted(untouched, key=names.__getitem__)]
        self._list.set_rows(rows)
        if report.problem or report.left_out:
            self._say(report.problem or "\n".join(report.left_out), p.WARNING)
        else:
            self._say(f"The lowest agreement stands first. The report: {report.page}")

    def close(self) -> None:
        """End a comparison that runs, and forget what was found."""
        if self._is_comparing:
            self._truth.cancel()
        self._list.set_rows(())
        super().close()

    @property
    def keys(self) -> Keys:
        return {"O": self._browse, "Delete": self._forget}

    def _forget(self) -> None:
        self._truth.choose(None)
        self._list.set_rows(())
        self._show_folder()

    def _show_folder(self) -> None:
        folder = self._truth.folder
        dpg.set_value(self._folder, _EMPTY if folder is None else display_name(str(folder)))
        self._say("")

    def _say(self, text: str, color: Color = p.MUTED) -> None:
        dpg.set_value(self._words, text)
        dpg.configure_item(self._words, color=color)


def _untouched_row(fingerprint: str, name: str) -> Row[TruthAgreement]:
    return Row((name, "", "", "not annotated yet"), TruthAgreement(fingerprint, "", 0, 0.0, 0.0), p.MUTED)


def _row(one: TruthAgreement, name: str) -> Row[TruthAgreement]:
    masks = "1 mask" if one.masks == 1 else f"{one.masks} masks"
    dice = f"Dice {one.mean_dice:.3f}, lowest {one.lowest_dice:.3f}"
    return Row((name or one.fingerprint[:8], one.operator or "nobody", masks, dice), one)
