"""The rows of the worklist, of which only the visible ones are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color
from app.domain.batch_jobs import BatchEntry, NightQueue
from app.domain.worklist.entry import WorklistEntry
from app.views.toolkit import theme_colors as p
from app.views.toolkit.fonts import BODY
from app.views.toolkit.name_text import shape_text
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.virtual_list import VisibleRows
from app.views.toolkit.widgets import text_width
from app.views.worklist.thumbnails import Thumbnails
from app.views.worklist.worklist_texts import (
    STATE_COLORS,
    bar_fraction,
    describe_job,
    format_last_touched,
    second_line,
    shorten_text,
    shown_job,
)

# Unscaled pixels: rows and gaps, text sizes, pictures (16:9), widths of the columns at the right; below NARROW a row
# has no labels. GRAB is the least height of the scroll bar's grab.
ROW, GAP = 76, 14
NAME, SMALL = 17, 14
PICTURE = (112, 63)
RIGHT = {"state": 210, "progress": 160, "labels": 190}
NARROW = 860
GRAB = 24


@dataclass(frozen=True, slots=True)
class Columns:
    """The left edges and widths of the columns of a row, in pixels; the labels have width 0 without room."""

    name: tuple[int, int]
    labels: tuple[int, int]
    progress: tuple[int, int]
    state: tuple[int, int]

    @classmethod
    def arrange(cls, width: int, sizes: Sizes) -> Columns:
        """Return the columns of a row of some width."""
        right, found = width - sizes(GAP), {}
        for name, across in RIGHT.items():
            wide = sizes(across)
            if name == "labels":
                wide = 0 if width < sizes(NARROW) else max(wide, width // 3 - sizes(300))
            right -= wide
            found[name] = (right, wide)
        left = sizes(PICTURE[0] + 3 * GAP)
        return cls((left, max(right - left - sizes(GAP), 1)), **found)

    def first_used(self, entry: WorklistEntry, job: BatchEntry | None) -> int:
        """Return the left edge of the first column at the right that an entry fills."""
        if (entry.labels or entry.unmasked) and self.labels[1]:
            return self.labels[0]
        return self.state[0] if bar_fraction(entry, job) is None else self.progress[0]


class WorklistRows:
    """A drawn list of entries with one of them chosen."""

    def __init__(self, parent: int, sizes: Sizes, thumbnails: Thumbnails) -> None:
        self.item = int(dpg.add_drawlist(100, 100, parent=parent))
        self._sizes, self._thumbnails = sizes, thumbnails
        self._size = (100, 100)
        self._drawn: object = None
        self.entries: Sequence[WorklistEntry] = ()
        self.marked: frozenset[str] = frozenset()  #: ids of entries
        self.window = VisibleRows(1)

    @property
    def chosen(self) -> WorklistEntry | None:
        """The entry that is chosen."""
        return self.entries[self.window.chosen] if self.entries else None

    def resize(self, width: int, height: int) -> None:
        """Set the size, in pixels."""
        self._size = (width, height)
        dpg.configure_item(self.item, width=width, height=height)
        self.window.visible = max(height // self._sizes(ROW), 1)
        self.window.choose_row(self.window.chosen)

    def show_entries(self, entries: Sequence[WorklistEntry], chosen: str) -> None:
        """Show other entries; the choice stays on its entry, or at its row when that is gone."""
        self.entries = entries
        index = next((n for n, entry in enumerate(entries) if entry.entry_id == chosen), self.window.chosen)
        self.window.set_count(len(entries), index)

    def row_at(self, y: int) -> int | None:
        """Return the number of the row at a height in pixels, None below the last."""
        row = self.window.first + y // self._sizes(ROW)
        return row if 0 <= row < len(self.entries) else None

    def draw(self, current: str, queue: NightQueue, now: float) -> None:
        """Redraw what has changed. current: id of the open entry. now: seconds since 1970."""
        first = self.window.first
        seen = tuple(self.entries[first : first + self.window.visible])
        key = (
            seen,
            first,
            self.window.chosen,
            self._size,
            current,
            self.marked,
            queue,
            self._thumbnails.generation,
            int(now / 20),
        )
        if key == self._drawn:
            return
        self._drawn = key
        dpg.delete_item(self.item, children_only=True)
        columns = Columns.arrange(self._size[0], self._sizes)
        for index, entry in enumerate(seen):
            top = index * self._sizes(ROW)
            job = shown_job(entry, queue)
            is_marked = entry.entry_id in self.marked
            self._ground(top, first + index == self.window.chosen, is_marked)
            self._picture(top, entry)
            self._words(top, entry, job, columns, is_open=entry.entry_id == current)
            self._right(top, entry, job, columns, now)
        self._scroll_bar()

    def _ground(self, top: int, is_chosen: bool, is_marked: bool) -> None:
        width, bottom = self._size[0], top + self._sizes(ROW)
        if is_marked:
            self._box((0, top), (width, bottom), (*p.ACCENT_DEEP, 90), rounding=6)
            self._box((0, top), (self._sizes(5), bottom), (*p.ACCENT, 255), rounding=2)
        if is_chosen:
            self._box((0, top), (width, bottom), (*p.ACCENT_DEEP, 150), rounding=6)
        else:
            dpg.draw_line((0, bottom), (width, bottom), color=(*p.BORDER, 120), parent=self.item)

    def _scroll_bar(self) -> None:
        """Draw the scroll bar if the list does not fit."""
        window, (width, _) = self.window, self._size
        if window.count <= window.visible:
            return
        height = window.visible * self._sizes(ROW)
        grab = max(height * window.visible // window.count, self._sizes(GRAB))
        above = (height - grab) * window.first // (window.count - window.visible)
        self._box((width - self._sizes(4), above), (width, above + grab), (*p.FAINT, 255), rounding=2)

    def _picture(self, top: int, entry: WorklistEntry) -> None:
        sizes = self._sizes
        across, down = sizes(PICTURE[0]), sizes(PICTURE[1])
        left, above = sizes(GAP), top + (sizes(ROW) - down) // 2
        self._box((left, above), (left + across, above + down), (*p.RAISED, 255), rounding=3)
        found = self._thumbnails.get(entry.thumbnail)
        if found is None:
            return
        wide = min(across, round(down * found.aspect))
        high = min(down, round(across / found.aspect))
        corner = (left + (across - wide) // 2, above + (down - high) // 2)
        dpg.draw_image(
            self._thumbnails.item,
            corner,
            (corner[0] + wide, corner[1] + high),
            uv_min=found.uv_min,
            uv_max=found.uv_max,
            color=(255, 255, 255, 90 if entry.missing else 255),
            parent=self.item,
        )

    def _words(
        self, top: int, entry: WorklistEntry, job: BatchEntry | None, columns: Columns, *, is_open: bool
    ) -> None:
        sizes, left = self._sizes, columns.name[0]
        width = columns.first_used(entry, job) - left - sizes(GAP)
        if is_open:
            self._box((left, top + sizes(19)), (left + sizes(4), top + sizes(34)), (*p.ACCENT, 255))
            left, width = left + sizes(12), width - sizes(12)
        self._text((left, top + sizes(16)), entry.name, width, NAME, p.TEXT)
        words, color = second_line(entry, job)
        self._text((left, top + sizes(42)), words, width, SMALL, color)

    def _right(
        self, top: int, entry: WorklistEntry, job: BatchEntry | None, columns: Columns, now: float
    ) -> None:
        sizes = self._sizes
        words, shade = (entry.status, STATE_COLORS[entry.state]) if job is None else describe_job(job)
        middle, lower = top + sizes(18), top + sizes(42)
        if columns.labels[1]:
            left, width = columns.labels
            self._text(
                (left, top + sizes(30)),
                ", ".join((*entry.labels, *entry.unmasked)),
                width - sizes(12),
                SMALL,
                p.MUTED,
            )
        filled = bar_fraction(entry, job)
        if filled is not None:
            self._bar(columns.progress[0], top, filled, shade)
        left, width = columns.state
        dot = (left + sizes(5), middle + sizes(9))
        dpg.draw_circle(dot, sizes(4), fill=shade, color=(0, 0, 0, 0), parent=self.item)
        self._text((left + sizes(16), middle), words, width - sizes(16), SMALL + 1, p.TEXT)
        self._text(
            (left + sizes(16), lower), format_last_touched(entry, now), width - sizes(16), SMALL, p.MUTED
        )

    def _bar(self, left: int, top: int, filled: float, color: Color) -> None:
        sizes = self._sizes
        right, above, below = left + sizes(RIGHT["progress"] - 40), top + sizes(25), top + sizes(31)
        self._box((left, above), (right, below), (*p.RAISED, 255), rounding=3)
        if filled > 0:
            self._box(
                (left, above),
                (left + max(round((right - left) * filled), 4), below),
                (*color, 255),
                rounding=3,
            )
        words = f"{round(100 * filled)} %"
        self._text((left, top + sizes(42)), words, right - left, SMALL, p.MUTED)

    def _box(
        self, one: tuple[int, int], other: tuple[int, int], fill: tuple[int, ...], rounding: int = 0
    ) -> None:
        dpg.draw_rectangle(one, other, fill=fill, color=(0, 0, 0, 0), rounding=rounding, parent=self.item)

    def _text(self, position: tuple[int, int], text: str, width: int, size: int, color: Color) -> None:
        side, body = self._sizes(size), self._sizes(BODY)
        words = shape_text(shorten_text(text, width, lambda part: text_width(part, side, body)))
        dpg.draw_text(position, words, size=side, color=color, parent=self.item)
