"""The object list, with the status of each object on the frame."""

from collections.abc import Callable, Mapping
from typing import Any

import dearpygui.dearpygui as dpg

from app.actions.action import Events
from app.actions.object_actions import toggle_hidden, toggle_lock, toggle_solo
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

ROOM = 238  # Of a row beside the name: colour, state, buttons and margins, pixels of the design.
NAME_COLUMN = 3  # After colour, eye and lock; before state and cross.
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
        self._snapshot = Snapshot()
        self._keys: Mapping[str, str] = {}
        self._width = sizes(320)
        self._relabelling: int | None = None  # an object that was double-clicked and is not selected yet
        with dpg.item_handler_registry() as self._doubles:
            dpg.add_item_double_clicked_handler(button=dpg.mvMouseButton_Left, callback=self._doubled)
        self.box = ScrollBox(parent, table_row(sizes), SHARE)
        with dpg.table(parent=self.box.item, header_row=False, policy=dpg.mvTable_SizingFixedFit) as table:
            for column in range(6):
                dpg.add_table_column(width_stretch=column == NAME_COLUMN)
        self._table = int(table)
        button = dpg.add_button(label="+   New object of this label", parent=parent, width=-1)
        dpg.set_item_callback(bind_theme(int(button), themes.quiet), callback(lambda: act("object.new")))

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the objects, the selected one, and their status on the frame."""
        self._snapshot = snapshot
        sequence = snapshot.sequence
        if self._changes.is_new("objects", (sequence.objects, snapshot.labels, sequence.hidden, self._width)):
            self._fill(snapshot)
            self._changes.is_new("selected", None)
            self._changes.is_new("here", None)
        self._relabel_selected()
        if self._changes.is_new("selected", snapshot.sequence.selected):
            for index, (object_id, (row, _)) in enumerate(self._rows.items()):
                dpg.set_value(row, object_id == snapshot.sequence.selected)
                if object_id == snapshot.sequence.selected:
                    self.box.scroll_to_row(index)
        outdated = frozenset(
            track.object_id for track in snapshot.tracks if track.is_outdated(snapshot.sequence.frame)
        )
        if self._changes.is_new("here", (snapshot.annotations, snapshot.sequence.objects, outdated)):
            here = dict(snapshot.annotations)
            for object_id, (_, text) in self._rows.items():
                self._state(text, here.get(object_id), is_outdated=object_id in outdated)

    def choose_under_mouse(self) -> bool:
        """Select the object whose row is under the mouse; return whether there is one."""
        found = next((key for key, (row, _) in self._rows.items() if dpg.is_item_hovered(row)), None)
        if found is not None:
            self._post(ObjectChosen(found))
        return found is not None

    def row_of(self, object_id: int) -> int:
        """Return the item with the name of an object."""
        return self._rows[object_id][0]

    def fit_width(self, width: int) -> None:
        """Set the width of the column, in pixels; names that are too long are cut."""
        self._width = width

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Show keys in the tooltips. keys: of actions, by id."""
        self._keys = keys
        self._changes.is_new("objects", None)

    def _doubled(self, _sender: Any, data: tuple[int, int], _user: Any) -> None:
        """Ask for another label once the clicks have selected the object."""
        rows = {row: object_id for object_id, (row, _) in self._rows.items()}
        self._relabelling = rows.get(data[1])
        self._relabel_selected()

    def _relabel_selected(self) -> None:
        if self._relabelling is not None and self._relabelling == self._snapshot.sequence.selected:
            self._relabelling = None
            self._act("object.relabel")

    def _fill(self, snapshot: Snapshot) -> None:
        self._rows.clear()
        dpg.delete_item(self._table, children_only=True, slot=1)
        self.box.set_rows(len(snapshot.sequence.objects))
        colors = object_colors(snapshot.labels, snapshot.sequence.objects)
        for item in snapshot.sequence.objects:
            with dpg.table_row(parent=self._table):
                self._rows[item.object_id] = self._row(item, snapshot, colors[item.object_id])

    def _row(self, item: Object, snapshot: Snapshot, color: Color) -> tuple[int, int]:
        height, name = row_height(self._sizes), snapshot.name_of(item.object_id)
        is_hidden = item.object_id in snapshot.sequence.hidden
        dpg.add_color_button(
            (*color, 255), no_drag_drop=True, no_tooltip=True, width=self._sizes(10), height=height - 1
        )
        self._eye(item, is_hidden=is_hidden)
        self._lock(item)
        choose = callback(lambda: self._post(ObjectChosen(item.object_id)))
        room = self._width - self._sizes(ROOM)
        row = int(dpg.add_selectable(label=fit_name(name, room, self._sizes), height=height, callback=choose))
        if is_hidden:
            bind_theme(row, self._themes.quiet)
        dpg.bind_item_handler_registry(row, self._doubles)
        words = (name, item.note, "A double click gives it another label.")
        add_tooltip(row, shape_text("\n".join(filter(None, words))))
        text = int(dpg.add_text(""))
        self._button(
            "close", p.TEXT, lambda: (ObjectDeleted(item.object_id),), "Delete this object on all frames"
        )
        return row, text

    def _eye(self, item: Object, *, is_hidden: bool) -> None:
        """Add the button that hides an object, or shows it; with Alt, only it."""

        def events() -> Events:
            toggle = toggle_solo if dpg.is_key_down(dpg.mvKey_ModAlt) else toggle_hidden
            return toggle(self._snapshot, item.object_id)

        hide, solo = self._keys.get("object.hide", ""), self._keys.get("object.solo", "")
        text = (
            f"{'Hidden: show it' if is_hidden else 'Hide'}   {hide}\nAlt and a click: only this one   {solo}"
        )
        self._button("eye_off" if is_hidden else "eye", p.WARNING if is_hidden else p.MUTED, events, text)

    def _lock(self, item: Object) -> None:
        """Add the button that locks an object, or unlocks it."""
        icon, color = ("locked", p.WARNING) if item.locked else ("unlocked", p.FAINT)
        words = "Locked, nothing changes it: unlock" if item.locked else "Lock, so that nothing changes it"
        text = f"{words}   {self._keys.get('object.lock', '')}"
        self._button(icon, color, lambda: toggle_lock(self._snapshot, item.object_id), text)

    def _button(self, icon: str, color: Color, events: Callable[[], Events], text: str) -> None:
        """Add a button of a row. events: returns what it posts."""

        def press() -> None:
            for event in events():
                self._post(event)

        side = self._sizes(16)
        button = int(
            dpg.add_image_button(self._icons[icon], width=side, height=side, tint_color=(*color, 255))
        )
        dpg.set_item_callback(button, callback(press))
        add_tooltip(bind_theme(button, self._themes.cell), text)

    def _state(self, text: int, cell: Annotation | None, *, is_outdated: bool) -> None:
        words, color = describe_annotation(cell, is_outdated=is_outdated)
        dpg.set_value(text, words)
        dpg.configure_item(text, color=color)


def describe_annotation(cell: Annotation | None, *, is_outdated: bool = False) -> tuple[str, Color]:
    """Return the status of an object on a frame as text, and its colour."""
    if cell is None or cell.status == Status.EMPTY:
        return STATUS_NAMES[Status.EMPTY], p.MUTED
    if cell.status == Status.PROPAGATED and is_outdated:
        return "outdated", p.MUTED
    if cell.status == Status.PROPAGATED:
        return f"{round(100 * cell.score)} %", p.score_color(cell.score)
    return STATUS_NAMES[cell.status], p.STATUS_COLORS[cell.status]
