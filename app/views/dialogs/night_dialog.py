"""The dialog that queues sequences for the night: with which model, when, and what to export then."""

from collections.abc import Callable, Sequence
from pathlib import Path

import dearpygui.dearpygui as dpg

from app.domain.annotation import SequenceInfo
from app.domain.batch_jobs import BatchJob
from app.domain.worklist.entry import WorklistEntry
from app.messages.snapshot import Snapshot
from app.storage.exporters.export_registry import export_formats
from app.views.dialogs.dialogs import Dialog, Dialogs
from app.views.dialogs.model_texts import rows_of
from app.views.toolkit.name_text import shape_text
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import MUTED

Subject = WorklistEntry | SequenceInfo
# Of formats, without M and N for model and hours, and W that closes
_KEYS = "123456789ABCDEFGHIJKLOPQRSTUVXYZ"
_SAME = "The model in use"
_NAMED = 6  # sequences that are listed by name; chosen by hand, more would not be read


class NightDialog(Dialog):
    """Asks how some sequences are to be propagated when nobody works."""

    def __init__(self, dialogs: Dialogs, themes: Themes) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Propagate when nobody works", (sizes(640), sizes(600)), themes)
        self._subjects: Sequence[Subject] = ()
        self._folder: Path | None = None
        self._take: Callable[[tuple[BatchJob, ...]], None] = lambda jobs: None
        self._engines: dict[str, str] = {}
        self._hours = ("", "")
        wide = {"parent": self.window, "width": -1}
        self._names = int(dpg.add_text("", parent=self.window, wrap=sizes(600)))
        self._model = int(dpg.add_combo([], label="", **wide))
        self._when = int(dpg.add_combo([], label="", **wide))
        hint = "M takes the next model, N the other hours. When done, write:"
        dpg.add_text(hint, parent=self.window, color=MUTED)
        body = int(dpg.add_child_window(parent=self.window, border=False, height=-sizes(88)))
        self._formats = {row.kind: row for row in export_formats().values() if not row.is_set}
        self._boxes = {
            row.kind: int(dpg.add_checkbox(label=row.title, parent=body)) for row in self._formats.values()
        }
        self._keys: dict[str, int] = {}
        self._where = int(dpg.add_text("", parent=self.window, color=MUTED, wrap=sizes(600)))
        self.add_buttons(("Queue   Enter", 180, self.accept), ("Cancel", 100, self.cancel))

    def ask_for_jobs(
        self,
        subjects: Sequence[Subject],
        snapshot: Snapshot,
        folder: Path | None,
        take: Callable[[tuple[BatchJob, ...]], None],
    ) -> None:
        """Ask how. folder: of exports, None for one beside each source. take: gets the jobs."""
        self._subjects, self._folder, self._take = subjects, folder, take
        chosen = {_SAME: ""} | {row.title: row.click for row in rows_of(snapshot) if row.click}
        self._engines = chosen
        minutes = f"nobody has worked for {snapshot.night.idle_minutes:g} min"
        hours = snapshot.night.hours
        self._hours = (f"Between {hours}, once {minutes}" if hours else "", f"At any hour, once {minutes}")
        dpg.configure_item(self._model, items=list(chosen), default_value=_SAME)
        whens = [text for text in self._hours if text]
        dpg.configure_item(self._when, items=whens, default_value=whens[0])
        named = ", ".join(shape_text(subject.name) for subject in subjects[:_NAMED])
        more = f" and {len(subjects) - _NAMED} more" if len(subjects) > _NAMED else ""
        count = "1 sequence" if len(subjects) == 1 else f"{len(subjects)} sequences"
        dpg.set_value(self._names, f"{count}: {named}{more}")
        dpg.set_value(self._where, f"Into {folder}" if folder else 'Into a folder "label" beside each source')
        self._offer_formats()
        self.open()

    def accept(self) -> None:
        """Give the jobs."""
        kinds = tuple(
            kind for kind, box in self._boxes.items() if dpg.is_item_shown(box) and dpg.get_value(box)
        )
        engine = self._engines[str(dpg.get_value(self._model))]
        any_hour = str(dpg.get_value(self._when)) == self._hours[1]
        self.close()
        self._take(
            tuple(
                BatchJob(
                    subject.path,
                    subject.series if isinstance(subject, WorklistEntry) else None,
                    exports=kinds,
                    engine=engine,
                    into=str(self._folder or "") if kinds else "",
                    any_hour=any_hour,
                )
                for subject in self._subjects
            )
        )

    def on_key(self, key: str) -> None:
        """Enter queues, M and N take the next model and hours, the key before a format ticks it or not."""
        if key == "Enter":
            self.accept()
        elif key == "M":
            _take_next(self._model)
        elif key == "N":
            _take_next(self._when)
        elif key in self._keys:
            dpg.set_value(self._keys[key], not dpg.get_value(self._keys[key]))

    def _offer_formats(self) -> None:
        """Show the formats that all sequences can be written in, each with its key."""
        fitting = [kind for kind, row in self._formats.items() if all(map(row.fits, self._subjects))]
        self._keys = {key: self._boxes[kind] for key, kind in zip(_KEYS, fitting, strict=False)}
        for key, kind in zip(_KEYS, fitting, strict=False):
            dpg.set_item_label(self._boxes[kind], f"{key}  {self._formats[kind].title}")
        for kind, box in self._boxes.items():
            dpg.configure_item(box, show=kind in fitting)


def _take_next(combo: int) -> None:
    items = dpg.get_item_configuration(combo)["items"]
    dpg.set_value(combo, items[(items.index(dpg.get_value(combo)) + 1) % len(items)])
