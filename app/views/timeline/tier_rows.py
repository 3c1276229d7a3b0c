"""Rows of the tiers on the timeline, below the tracks: a name, and a bar for each interval in its term's colour."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color
from app.domain.label_colors import palette
from app.domain.tier import Interval, Tier, TierTable
from app.views.timeline.track_image import GUTTER
from app.views.toolkit import theme_colors as p
from app.views.toolkit.fonts import BODY
from app.views.toolkit.name_text import fit_name, shape_text
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import text_width

GAP = 6  # Pixels between names and rows.
HEIGHT = 15  # Of a row, pixels of the design.
LEAST = 3  # Width of the bar of a single frame of a long sequence, pixels of the design.
NAMES = 110  # Widest column of names, pixels of the design; longer ones end in an ellipsis.
TEXT = 13  # Height of letters, pixels of the design.
LETTER = 7  # Width of a letter of a term, pixels of the design, on the wide side.


class TierRows:
    """Draws into two layers: what has ended, and what still goes on and follows the cursor."""

    def __init__(self, layer: int, sizes: Sizes) -> None:
        self._layer, self._sizes = layer, sizes
        self.room = 0  #: pixels for all rows; tiers beyond it are marked and listed all the same
        self._drawn: object = None
        self._measured: tuple[tuple[Tier, ...], int] = ((), 0)

    def names_width(self, table: TierTable) -> int:
        """Return the width of the column of names left of the rows, with the gap beside it, in pixels."""
        if table.tiers != self._measured[0]:
            body, size = self._sizes(BODY), self._sizes(TEXT)
            widest = max(
                (text_width(shape_text(tier.name), size, body) for tier in table.tiers), default=-GAP
            )
            self._measured = table.tiers, round(min(widest, self._sizes(NAMES))) + GAP
        return self._measured[1]

    def draw(self, table: TierTable, edge: Callable[[int], float], top: int, key: object) -> None:
        """Draw what has ended. edge: returns the left side of a frame. top: pixels. key: of the place of all rows."""
        if (table, key) == self._drawn:
            return
        self._drawn = (table, key)
        dpg.delete_item(self._layer, children_only=True)
        self._draw_names(table, edge(0), top)
        for interval in table.intervals:
            if interval.stop is not None:
                self._draw_bar(table, interval, (edge(interval.start), edge(interval.stop)), top, self._layer)

    def draw_running(
        self, table: TierTable, frame: int, edge: Callable[[int], float], top: int, layer: int
    ) -> None:
        """Draw what goes on, up to a frame, into a layer."""
        for interval in table.intervals:
            if interval.is_going_on:
                ends = edge(interval.start), edge(max(frame, interval.start) + 1)
                self._draw_bar(table, interval, ends, top, layer)

    def tier_at(self, table: TierTable, y: float, top: int) -> str | None:
        """Return the name of the tier whose row is at a height. top: of the rows."""
        row = int((y - top) // self._sizes(HEIGHT))
        names = self._names(table)
        return names[row] if 0 <= row < len(names) else None

    def height(self, table: TierTable) -> int:
        """Return the height of all rows, in pixels."""
        return len(self._names(table)) * self._sizes(HEIGHT)

    def _draw_names(self, table: TierTable, right: float, top: int) -> None:
        width, size = self.names_width(table), self._sizes(TEXT)
        for row, name in enumerate(self._names(table)):
            place = (right - GUTTER - width, top + row * self._sizes(HEIGHT))
            words = fit_name(name, (width - GAP) * self._sizes(BODY) / size, self._sizes)
            dpg.draw_text(place, words, size=size, color=p.MUTED, parent=self._layer)

    def _names(self, table: TierTable) -> list[str]:
        """Return the names of the tiers that have a row."""
        return [tier.name for tier in table.tiers[: self.room // self._sizes(HEIGHT)]]

    def _draw_bar(
        self, table: TierTable, interval: Interval, ends: tuple[float, float], top: int, layer: int
    ) -> None:
        left, right = ends
        rows = self._names(table)
        if right <= left or interval.tier not in rows:
            return  # It lies beside the part that is shown.
        upper = top + rows.index(interval.tier) * self._sizes(HEIGHT)
        corner = (max(right, left + self._sizes(LEAST)), upper + self._sizes(HEIGHT) - 2)
        color = term_color(table, interval)
        dpg.draw_rectangle((left, upper), corner, color=p.BACKGROUND, fill=color, rounding=2, parent=layer)
        if right - left > self._sizes(LETTER) * (len(interval.term) + 1):
            place = (left + self._sizes(3), upper)
            size = self._sizes(TEXT)
            dpg.draw_text(place, shape_text(interval.term), size=size, color=_ink(color), parent=layer)


def _ink(color: Color) -> Color:
    """Return the colour of words that are read on another one, by its luma (ITU-R BT.601)."""
    red, green, blue = color
    return p.BACKGROUND if 0.299 * red + 0.587 * green + 0.114 * blue > 128 else p.TEXT


def term_color(table: TierTable, interval: Interval) -> Color:
    """Return the colour of an interval's term: that of its place among all terms."""
    terms = [(tier.name, term.name) for tier in table.tiers for term in tier.terms]
    wanted = (interval.tier, interval.term)
    return palette()[terms.index(wanted) if wanted in terms else len(terms)]


def tier_text_at(table: TierTable, frame: int) -> str:
    """Return what happens on a frame, in one line, in the order of the rows."""
    found = [
        (tier.name, [one.term for one in table.on(tier.name) if one.is_on(frame)]) for tier in table.tiers
    ]
    return "  ".join(f"{name}: {', '.join(terms)}" for name, terms in found if terms)
