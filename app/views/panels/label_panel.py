"""The label list: choose, rename, recolour, reorder, add, delete."""

from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg

from app.actions.edit_actions import label_keys
from app.domain.annotation import Color, Label
from app.messages.events import Event, LabelAdded, LabelChanged, LabelChosen, LabelDeleted, LabelMoved
from app.messages.snapshot import Snapshot
from app.views.dialogs.color_picker import ColorDialog
from app.views.toolkit.name_text import fit_name, shape_text
from app.views.toolkit.scrollbox import ScrollBox
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.theme import Themes, row_height, table_row
from app.views.toolkit.theme_colors import MUTED, Sizes
from app.views.toolkit.widgets import ChangeTracker, add_tooltip, bind_theme, callback

_PAYLOAD = "label"
# Of the column's height that the list takes at most. Chosen by hand; room for the sliders is left.
SHARE = 0.28
ROOM = 130  # Of a row beside the name: colour, key, button and margins, pixels of the design.


class LabelPanel:
    """A table of labels with a field that adds one."""

    def __init__(
        self,
        parent: int,
        icons: dict[str, int],
        sizes: Sizes,
        themes: Themes,
        fields: TextFields,
        colors: ColorDialog,
        post: Callable[[Event], None],
    ) -> None:
        self._post, self._fields, self._colors = post, fields, colors
        self._icons, self._sizes, self._themes = icons, sizes, themes
        self._changes = ChangeTracker()
        self._labels: tuple[Label, ...] = ()
        self._rows: dict[int, int] = {}
        self._renaming: int | None = None
        self._field = 0
        self._width = sizes(320)
        with dpg.item_handler_registry() as self._doubles:
            dpg.add_item_double_clicked_handler(button=dpg.mvMouseButton_Left, callback=self._doubled)
        with dpg.item_handler_registry() as self._ends:
            dpg.add_item_deactivated_handler(callback=callback(lambda: self.rename_label(None)))
        self.box = ScrollBox(parent, table_row(sizes), SHARE)
        self._table = self._make_table(self.box.item)
        self._add = self._make_adder(parent)

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the list and the current label."""
        if self._changes.is_new("labels", (snapshot.labels, self._renaming, self._width)):
            self._labels = snapshot.labels
            self._fill(snapshot.label)
            self._changes.is_new("label", snapshot.label)
        elif self._changes.is_new("label", snapshot.label):
            for index, (value, row) in enumerate(self._rows.items()):
                dpg.set_value(row, value == snapshot.label)
                if value == snapshot.label:
                    self.box.scroll_to_row(index)

    def choose_under_mouse(self) -> bool:
        """Choose the label whose row is under the mouse; return whether there is one."""
        found = next((value for value, row in self._rows.items() if dpg.is_item_hovered(row)), None)
        if found is not None:
            self._post(LabelChosen(found))
        return found is not None

    def fit_width(self, width: int) -> None:
        """Set the width of the column, in pixels; names that are too long are cut."""
        self._width = width

    def add_label(self) -> None:
        """Begin to type the name of a new label."""
        dpg.hide_item(self.add_button)
        dpg.show_item(self._add)
        dpg.focus_item(self._add)

    def rename_label(self, value: int | None) -> None:
        """Begin to rename a label; None ends that."""
        self._renaming = value

    def _make_table(self, parent: int) -> int:
        with dpg.table(parent=parent, header_row=False, policy=dpg.mvTable_SizingFixedFit) as table:
            dpg.add_table_column()
            dpg.add_table_column(width_stretch=True)
            for _ in range(2):
                dpg.add_table_column()
        return int(table)

    def _make_adder(self, parent: int) -> int:
        button = dpg.add_button(
            label="+   Add a label", parent=parent, width=-1, callback=callback(self.add_label)
        )
        self.add_button = bind_theme(int(button), self._themes.quiet)
        field = dpg.add_input_text(
            hint="Name", parent=parent, width=-1, show=False, on_enter=True, callback=self._added
        )
        with dpg.item_handler_registry() as handlers:
            dpg.add_item_deactivated_handler(callback=callback(self._end_adding))
        dpg.bind_item_handler_registry(field, handlers)
        return self._fields.add(int(field))

    def _end_adding(self) -> None:
        dpg.hide_item(self._add)
        dpg.show_item(self.add_button)

    def _added(self, _sender: Any, name: str, _user: Any) -> None:
        self._end_adding()
        dpg.set_value(self._add, "")
        if name.strip():
            self._post(LabelAdded(name.strip()))

    def _fill(self, current: int | None) -> None:
        self._fields.discard(self._field)
        self._rows.clear()
        dpg.delete_item(self._table, children_only=True, slot=1)
        self.box.set_rows(len(self._labels))
        keys = {value: key for key, value in label_keys(self._labels).items()}
        for row, label in enumerate(self._labels):
            with dpg.table_row(parent=self._table):
                self._color_button(label)
                if label.value == self._renaming:
                    self._rename_field(label)
                else:
                    self._rows[label.value] = self._name(label, row, label.value == current)
                add_tooltip(int(dpg.add_text(str(keys.get(label.value, "")), color=MUTED)), "Its key")
                self._delete_button(label)

    def _color_button(self, label: Label) -> None:
        item = dpg.add_color_button(
            (*label.color, 255),
            no_alpha=True,
            no_drag_drop=True,
            no_tooltip=True,
            width=self._sizes(18),
            height=row_height(self._sizes) - 1,
        )
        dpg.set_item_callback(item, callback(lambda: self._recolor(label)))
        add_tooltip(int(item), "Change the colour")

    def _recolor(self, label: Label) -> None:
        def take(color: Color) -> None:
            self._post(LabelChanged(label.value, color=color))

        self._colors.ask_for_color(label.color, take)

    def _name(self, label: Label, row: int, is_current: bool) -> int:
        """Add a name that is chosen by a click, renamed by a double click, moved by a drag; return its item."""
        item = int(
            dpg.add_selectable(
                label=fit_name(label.name, self._width - self._sizes(ROOM), self._sizes),
                height=row_height(self._sizes) - 1,
                default_value=is_current,
                callback=callback(lambda: self._post(LabelChosen(label.value))),
                payload_type=_PAYLOAD,
                drop_callback=lambda _sender, moved, _user: self._post(LabelMoved(int(moved), row)),
            )
        )
        with dpg.drag_payload(parent=item, drag_data=label.value, payload_type=_PAYLOAD):
            dpg.add_text(shape_text(label.name))
        dpg.bind_item_handler_registry(item, self._doubles)
        code = f"\n{label.code.meaning}, {label.code.type}" if label.code is not None else ""
        add_tooltip(item, f"{shape_text(label.name)}\nThe value {label.value} in exported masks{code}")
        return item

    def _doubled(self, _sender: Any, data: tuple[int, int], _user: Any) -> None:
        self.rename_label(next((value for value, row in self._rows.items() if row == data[1]), None))

    def _rename_field(self, label: Label) -> None:
        field = dpg.add_input_text(default_value=label.name, width=-1, on_enter=True, auto_select_all=True)
        dpg.set_item_callback(field, lambda _sender, name, _user: self._renamed(label, name))
        dpg.bind_item_handler_registry(field, self._ends)
        self._field = self._fields.add(int(field))
        dpg.focus_item(field)

    def _renamed(self, label: Label, name: str) -> None:
        self.rename_label(None)
        if name.strip() and name.strip() != label.name:
            self._post(LabelChanged(label.value, name=name.strip()))

    def _delete_button(self, label: Label) -> None:
        side = self._sizes(14)
        item = int(dpg.add_image_button(self._icons["close"], width=side, height=side))
        dpg.set_item_callback(item, callback(lambda: self._post(LabelDeleted(label.value))))
        add_tooltip(bind_theme(item, self._themes.flat), "Delete this label")
