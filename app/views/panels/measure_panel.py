"""Measurements of the objects: volume, diameter and intensity in a scan, and the area on the frame."""

import dearpygui.dearpygui as dpg

from app.domain.annotation import Annotation, Extent, SequenceInfo
from app.domain.object_colors import object_colors
from app.imaging import masks
from app.imaging.picture_scale import pixel_area
from app.messages.snapshot import Snapshot
from app.views.toolkit.fonts import SMALL
from app.views.toolkit.scrollbox import ScrollBox
from app.views.toolkit.theme import CELL_PADDING
from app.views.toolkit.theme_colors import MUTED, Sizes
from app.views.toolkit.widgets import ChangeTracker, add_tooltip

_HEADS = ("ml", "max mm", "mean ± SD", "here")
_TIPS = (
    "Volume in millilitres",
    "Largest diameter in millimetres",
    "Mean and standard deviation of the intensities",
    "Area on this frame, in square millimetres or pixels",
)

SHARE = 0.25  # Of the column's height that the table takes at most.


class MeasurePanel:
    """A table with a row for each object."""

    def __init__(self, parent: int, sizes: Sizes, font: int) -> None:
        self._sizes, self._changes = sizes, ChangeTracker()
        self._cells: dict[int, list[int]] = {}
        self._is_scan = False
        self.box = ScrollBox(parent, sizes(SMALL + 2 * CELL_PADDING), SHARE)
        self._box = self.box.item
        if font:
            dpg.bind_item_font(self._box, font)

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the measurements of a Snapshot."""
        info = snapshot.sequence.info
        if self._changes.is_new("objects", (snapshot.sequence.objects, snapshot.labels, info)):
            self._is_scan = info is not None and info.kind == "volume"
            self._build(snapshot)
            self._changes.reset()
            self._changes.is_new("objects", (snapshot.sequence.objects, snapshot.labels, info))
        if info is not None and self._changes.is_new("extents", snapshot.sequence.extents) and self._is_scan:
            known = dict(snapshot.sequence.extents)
            for object_id, cells in self._cells.items():
                for cell, words in zip(cells, describe_extent(known.get(object_id)), strict=False):
                    dpg.set_value(cell, words)
        frame = snapshot.sequence.frame
        if info is not None and self._changes.is_new("here", (frame, snapshot.annotations)):
            here = dict(snapshot.annotations)
            for object_id, cells in self._cells.items():
                dpg.set_value(cells[-1], format_area(here.get(object_id), info, frame))

    def _build(self, snapshot: Snapshot) -> None:
        self._cells.clear()
        dpg.delete_item(self._box, children_only=True)
        self.box.set_rows(len(snapshot.sequence.objects) + 1)
        if not snapshot.sequence.objects:
            dpg.add_text("Nothing to measure yet", parent=self._box, color=MUTED)
            return
        first = 0 if self._is_scan else len(_HEADS) - 1
        with dpg.table(parent=self._box, header_row=False, policy=dpg.mvTable_SizingStretchProp):
            dpg.add_table_column(init_width_or_weight=0.7)
            for _ in _HEADS[first:]:
                # Without a width of its own a column is as narrow as its first, empty content for some frames.
                dpg.add_table_column(init_width_or_weight=1.0)
            with dpg.table_row():
                dpg.add_text("")
                for head, words in zip(_HEADS[first:], _TIPS[first:], strict=True):
                    add_tooltip(int(dpg.add_text(head, color=MUTED)), words)
            colors = object_colors(snapshot.labels, snapshot.sequence.objects)
            for item in snapshot.sequence.objects:
                with dpg.table_row():
                    dpg.add_text(f"#{item.object_id}", color=colors[item.object_id])
                    self._cells[item.object_id] = [int(dpg.add_text("")) for _ in _HEADS[first:]]


def describe_extent(extent: Extent | None) -> tuple[str, str, str]:
    """Return volume, diameter and intensity as text; a dash for what is not known."""
    if extent is None:
        return "–", "–", "–"
    volume = "–" if extent.volume is None else format_number(extent.volume)
    diameter = "–" if extent.diameter is None else format_number(extent.diameter)
    if extent.mean is None or extent.deviation is None:
        return volume, diameter, "–"
    return volume, diameter, f"{format_number(extent.mean)} ± {format_number(extent.deviation)}"


def format_area(cell: Annotation | None, info: SequenceInfo, frame: int) -> str:
    """Return the area of an object on a frame, in square millimetres where a pixel has a size."""
    if cell is None or not (pixels := masks.area(cell.mask)):
        return "–"
    size = pixel_area(info, frame, cell.mask)
    return f"{pixels} px" if size is None else f"{format_number(pixels * size)} mm²"


def format_number(value: float) -> str:
    """Return a number with three significant digits."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}".replace("-", "−")
