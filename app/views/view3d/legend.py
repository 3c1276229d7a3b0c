"""The legend of the 3D view: labels and objects, each hidden and shown by a click."""

from dataclasses import dataclass
from typing import Final

import dearpygui.dearpygui as dpg

from app.domain.annotation import Label
from app.domain.object_colors import object_colors
from app.messages.events import View3DChanged
from app.messages.snapshot import Snapshot, View3D
from app.views.toolkit import theme_colors as p
from app.views.toolkit.fonts import BODY
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import text_width

_LONGEST: Final = 24  # Characters of a name, so that the legend leaves most of the picture free.


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A row of the legend."""

    value: int | None  #: Of the label; None for the row that counts those that do not fit.
    name: str
    color: tuple[int, int, int]
    is_shown: bool = True
    object_id: int | None = None  #: In a row for one of several objects of a label.

    def toggle_event(self, view3d: View3D) -> View3DChanged:
        """Return the event that hides what is shown or shows what is hidden; an object shows its label too."""
        assert self.value is not None
        if self.object_id is None:
            return View3DChanged(hidden=view3d.hidden ^ {self.value})
        if self.is_shown:
            return View3DChanged(left_out=view3d.left_out | {self.object_id})
        return View3DChanged(hidden=view3d.hidden - {self.value}, left_out=view3d.left_out - {self.object_id})


class Legend:
    """Legend rows on a drawlist. Positions are pixels of the drawlist."""

    def __init__(self, drawlist: int, sizes: Sizes) -> None:
        self._layer = int(dpg.add_draw_layer(parent=drawlist))
        self._sizes = sizes
        self._all: tuple[LegendEntry, ...] = ()
        self._entries: tuple[LegendEntry, ...] = ()
        self._drawn: object = None

    def refresh(self, snapshot: Snapshot) -> None:
        """Accept a new Snapshot."""
        self._all = legend_entries(snapshot)

    def draw(self, height: int, x: int, y: int) -> None:
        """Draw the entries that fit into a height, with the one under the mouse (x, y) highlighted."""
        self._entries = truncate_entries(self._all, max(height // self._step - 1, 1))
        pointed = self.entry_at(x, y)
        if (self._entries, pointed) == self._drawn:
            return
        self._drawn = (self._entries, pointed)
        dpg.delete_item(self._layer, children_only=True)
        for row, entry in enumerate(self._entries):
            self._row(row, entry, entry is pointed)

    def entry_at(self, x: int, y: int) -> LegendEntry | None:
        """Return the entry that a click at a position toggles."""
        row = (y - self._margin) // self._step
        if not 0 <= row < len(self._entries):
            return None
        entry = self._entries[row]
        left = x - self._left(entry)
        return entry if entry.value is not None and 0 <= left < self._width(entry) else None

    @property
    def _step(self) -> int:
        return self._sizes(26)

    @property
    def _margin(self) -> int:
        return self._sizes(10)

    def _left(self, entry: LegendEntry) -> int:
        return self._margin + (self._sizes(16) if entry.object_id is not None else 0)

    def _width(self, entry: LegendEntry) -> int:
        return text_width(entry.name, self._sizes(15), self._sizes(BODY)) + self._sizes(34)

    def _row(self, row: int, entry: LegendEntry, is_pointed: bool) -> None:
        sizes, left, top = self._sizes, self._left(entry), self._margin + row * self._step
        bottom = top + self._step - sizes(2)
        ground = p.HOVERED if is_pointed else p.BACKGROUND
        dpg.draw_rectangle(
            (left, top),
            (left + self._width(entry), bottom),
            fill=(*ground, 200),
            color=(0, 0, 0, 0),
            rounding=5,
            parent=self._layer,
        )
        middle, half = (top + bottom) // 2, sizes(5)
        if entry.value is not None:
            dpg.draw_rectangle(
                (left + sizes(9), middle - half),
                (left + sizes(9) + 2 * half, middle + half),
                fill=(*entry.color, 255 if entry.is_shown else 0),
                color=(*entry.color, 255),
                rounding=2,
                parent=self._layer,
            )
        position = (left + sizes(26), top + sizes(2))
        color = p.TEXT if entry.is_shown else p.FAINT
        dpg.draw_text(position, entry.name, size=sizes(15), color=color, parent=self._layer)


def legend_entries(snapshot: Snapshot) -> tuple[LegendEntry, ...]:
    """Return an entry for each label in use, in list order, and for its objects if there are several."""
    found: list[LegendEntry] = []
    for label in snapshot.labels:
        used = [track for track in snapshot.tracks if track.label == label.value and not track.is_empty]
        if used:
            found.append(_entry(label, label.value not in snapshot.view3d.hidden))
        if len(used) > 1:
            found += [_object_entry(label, track.object_id, snapshot) for track in used]
    return tuple(found)


def truncate_entries(rows: tuple[LegendEntry, ...], most: int) -> tuple[LegendEntry, ...]:
    """Return the rows if there are no more than most; else the first ones, and one that counts the rest."""
    if len(rows) <= most:
        return rows
    return (*rows[: most - 1], LegendEntry(None, f"and {len(rows) - most + 1} more", p.MUTED))


def _object_entry(label: Label, object_id: int, snapshot: Snapshot) -> LegendEntry:
    is_shown = label.value not in snapshot.view3d.hidden and object_id not in snapshot.view3d.left_out
    color = object_colors(snapshot.labels, snapshot.sequence.objects).get(object_id, label.color)
    own = next((item.name for item in snapshot.sequence.objects if item.object_id == object_id), "")
    return LegendEntry(label.value, f"#{object_id} {own}".strip(), color, is_shown, object_id)


def _entry(label: Label, is_shown: bool) -> LegendEntry:
    name = label.name if len(label.name) <= _LONGEST else f"{label.name[: _LONGEST - 1]}…"
    return LegendEntry(label.value, name, label.color, is_shown)
