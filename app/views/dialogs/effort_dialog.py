"""The table of clicks, time and frames in the open sequence, by object and by operator."""

import dearpygui.dearpygui as dpg

from app.domain.effort import Effort, EffortReport
from app.messages.events.worklist import EffortRequested
from app.messages.snapshot import Snapshot
from app.views.dialogs.figures_dialog import FiguresDialog
from app.views.toolkit.name_text import fit_name, shape_text
from app.views.toolkit.theme_colors import ACCENT, MUTED
from app.views.worklist.worklist_texts import format_duration

NAME = 190  # Width of the first column, pixels of the design; longer names are cut.
HEADER = ("", "Clicks", "Time", "Edits", "Made", "Corrected", "Verified", "By")


class EffortDialog(FiguresDialog):
    """Tables of the effort."""

    title, kind, request = "Effort", "effort", EffortRequested()

    def tick(self) -> None:
        """Show the figures once they are there."""
        snapshot = self._read()
        if self._changes.is_new(
            "effort", (snapshot.sequence.effort, snapshot.sequence.objects, snapshot.labels)
        ):
            self._fill(snapshot)

    def _fill(self, snapshot: Snapshot) -> None:
        dpg.delete_item(self._body, children_only=True)
        report = snapshot.sequence.effort or EffortReport()
        if not report.objects and not report.operators:
            dpg.add_text("Nothing was done in this sequence yet.", parent=self._body, color=MUTED)
            return
        self._table("Objects", [(_title(snapshot, key), effort) for key, effort in report.objects])
        dpg.add_spacer(height=self._dialogs.sizes(12), parent=self._body)
        self._table("Operators", [(name or "no name", effort) for name, effort in report.operators])

    def _table(self, title: str, rows: list[tuple[str, Effort]]) -> None:
        with dpg.table(parent=self._body, header_row=False, policy=dpg.mvTable_SizingStretchProp):
            for name in HEADER:
                dpg.add_table_column(init_width_or_weight=2.4 if name in ("", "By") else 1.0)
            with dpg.table_row():
                for name in (title, *HEADER[1:]):
                    dpg.add_text(name, color=ACCENT if name == title else MUTED)
            for name, effort in rows:
                with dpg.table_row():
                    dpg.add_text(fit_name(name, self._dialogs.sizes(NAME), self._dialogs.sizes))
                    for text in _cells(effort):
                        dpg.add_text(shape_text(text))


def _title(snapshot: Snapshot, object_id: int) -> str:
    is_there = any(item.object_id == object_id for item in snapshot.sequence.objects)
    return snapshot.name_of(object_id) if is_there else f"#{object_id} deleted"


def _cells(effort: Effort) -> tuple[str, ...]:
    frames = (effort.frames_made, effort.frames_corrected, effort.frames_verified)
    return (
        str(effort.clicks),
        format_duration(effort.seconds),
        str(effort.edits),
        *(str(count) for count in frames),
        ", ".join(effort.operators),
    )
