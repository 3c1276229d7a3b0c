"""The object list, with the status of each object on the frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg

from app.domain.annotation import Annotation, Color, Object, Status
from app.domain.object_colors import object_colors
from app.messages.events import Event, ObjectChosen, ObjectDeleted
from app.messages.snapshot import Snapshot
from app.views.toolkit import theme_colors as p
from app.views.toolkit.name_text import fit_name, shape_text
from app.views.toolkit.scrollbox import ScrollBox
from app.views.toolkit.theme import Themes, row_height, table_row
from app.views.toolkit.theme_colors import STATUS_NAMES, Sizes
from app.views.toolkit.widgets import ChangeTracker, add_tooltip, bind_theme, callback

ROOM = 190  # Of a row beside the name: colour, state, buttons and margins, pixels of the design.
SHARE = 0.34  # Of the column's height that the list takes at most.


class ObjectPanel:
    """A table of objects."""

    def __init__(
        self,
        parent: int,
        icons: dict[str, int],
        sizes: Sizes,
        themes: Themes,
        act: Callable[[str], None],
        post: Callable[[Event], None],
    ) -> None:
        self._post, self._icons, self._sizes, self._themes = post, icons, sizes, themes
        self._changes = ChangeTracker()
        self._rows: dict[int, tuple[int, int]] = {}
        self._act = act
        self._selected: int | None = None
        self._width = sizes(320)
        self._relabelling: int | None = None  # an object that was double-clicked and is not selected yet
        with dpg.item_handler_registry() as self._doubles:
            dpg.add_item_double_clicked_handler(button=dpg.mvMouseButton_Left, callback=self._doubled)
        self.box = ScrollBox(parent, table_row(sizes), SHARE)
        with dpg.table(parent=self.box.item, header_row=False, policy=dpg.mvTable_SizingFixedFit) as table:
            dpg.add_table_column()
            dpg.add_table_column(width_stretch=True)
            for _ in range(2):
                dpg.add_table_column()
        self._table = int(table)
        button = dpg.add_button(label="+   New object of this label", parent=parent, width=-1)
        dpg.set_item_callback(bind_theme(int(button), themes.quiet), callback(lambda: act("object.new")))

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the objects, the selected one, and their status on the frame."""
        if self._changes.is_new("objects", (snapshot.objects, snapshot.labels, snapshot.hidden, self._width)):
            self._fill(snapshot)
            self._changes.is_new("selected", None)
            self._changes.is_new("here", None)
        self._selected = snapshot.selected
        self._relabel_selected()
        if self._changes.is_new("selected", snapshot.selected):
            for index, (object_id, (row, _)) in enumerate(self._rows.items()):
                dpg.set_value(row, object_id == snapshot.selected)
                if object_id == snapshot.selected:
                    self.box.scroll_to_row(index)
        outdated = frozenset(
            track.object_id for track in snapshot.tracks if track.is_outdated(snapshot.frame)
        )
        if self._changes.is_new("here", (snapshot.annotations, snapshot.objects, outdated)):
            here = dict(snapshot.annotations)
            for object_id, (_, text) in self._rows.items():
                self._state(text, here.get(object_id), is_outdated=object_id in outdated)

    def choose_under_mouse(self) -> bool:
        """Select the object whose row is under the mouse; return whether there is one."""
        found = next((key for key, (row, _) in self._rows.items() if dpg.is_item_hovered(row)), None)
        if found is not None:
            self._post(ObjectChosen(found))
        return found is not None

    def fit_width(self, width: int) -> None:
        """Set the width of the column, in pixels; names that are too long are cut."""
        self._width = width

    def _doubled(self, _sender: Any, data: tuple[int, int], _user: Any) -> None:
        """Ask for another label once the clicks have selected the object."""
        rows = {row: object_id for object_id, (row, _) in self._rows.items()}
        self._relabelling = rows.get(data[1])
        self._relabel_selected()

    def _relabel_selected(self) -> None:
        if self._relabelling is not None and self._relabelling == self._selected:
            self._relabelling = None
            self._act("object.relabel")

    def _fill(self, snapshot: Snapshot) -> None:
        self._rows.clear()
        dpg.delete_item(self._table, children_only=True, slot=1)
        self.box.set_rows(len(snapshot.objects))
        colors = object_colors(snapshot.labels, snapshot.objects)
        for item in snapshot.objects:
            with dpg.table_row(parent=self._table):
                name = name_with_state(snapshot, item)
                self._rows[item.object_id] = self._row(item, name, colors[item.object_id])

    def _row(self, item: Object, name: str, color: Color) -> tuple[int, int]:
        side, height = self._sizes(14), row_height(self._sizes)
        dpg.add_color_button(
            (*color, 255), no_drag_drop=True, no_tooltip=True, width=self._sizes(10), height=height - 1
        )
        choose = callback(lambda: self._post(ObjectChosen(item.object_id)))
        room = self._width - self._sizes(ROOM)
        row = int(dpg.add_selectable(label=fit_name(name, room, self._sizes), height=height, callback=choose))
        dpg.bind_item_handler_registry(row, self._doubles)
        words = (name, item.note, "A double click gives it another label.")
        add_tooltip(row, shape_text("\n".join(filter(None, words))))
        text = int(dpg.add_text(""))
        delete = int(dpg.add_image_button(self._icons["close"], width=side, height=side))
        dpg.set_item_callback(delete, callback(lambda: self._post(ObjectDeleted(item.object_id))))
        add_tooltip(bind_theme(delete, self._themes.flat), "Delete this object on all frames")
        return row, text

    def _state(self, text: int, cell: Annotation | None, *, is_outdated: bool) -> None:
        words, color = describe_annotation(cell, is_outdated=is_outdated)
        dpg.set_value(text, words)
        dpg.configure_item(text, color=color)


def name_with_state(snapshot: Snapshot, item: Object) -> str:
    """Return the name of an object, and before it whether it is hidden or locked."""
    states = [
        word
        for word, holds in (("hidden", item.object_id in snapshot.hidden), ("locked", item.locked))
        if holds
    ]
    return " · ".join((*states, snapshot.name_of(item.object_id)))


def describe_annotation(cell: Annotation | None, *, is_outdated: bool = False) -> tuple[str, Color]:
    """Return the status of an object on a frame as text, and its colour."""
    if cell is None or cell.status == Status.EMPTY:
        return STATUS_NAMES[Status.EMPTY], p.MUTED
    if cell.status == Status.PROPAGATED and is_outdated:
        return "outdated", p.MUTED
    if cell.status == Status.PROPAGATED:
        return f"{round(100 * cell.score)} %", p.score_color(cell.score)
    return STATUS_NAMES[cell.status], p.STATUS_COLORS[cell.status]
