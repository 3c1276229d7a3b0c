"""Divides the window among its panes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from app.views.toolkit.theme_colors import Sizes

Area = tuple[int, int, int, int]
Edge = Literal["side", "timeline", "beside", "settings", "second"]

# Pixels of the design; chosen by hand at 1024x768, where names, buttons and three rows must still be seen.
LEAST_SIDE, LEAST_TIMELINE, LEAST_BESIDE, LEAST_CANVAS, LEAST_SETTINGS = 288, 64, 160, 320, 72
# Of the lists above the settings: with titles, buttons and three rows each, and when a person drags.
LISTS, LEAST_LISTS = 440, 160
TRANSPORT, STATUS = 44, 32  # Heights, pixels of the design.
STEP = 24  # Of a key that makes a pane larger, pixels of the design.


@dataclass(frozen=True, slots=True)
class PaneSizes:
    """What the annotator has made of the panes; a window that is too small for it shows less of it."""

    side: float = 320  #: width of the lists, pixels of the design
    timeline: float = 128  #: height, pixels of the design
    beside: float = 0.4  #: width of linked views and 3D view, share of what they divide with the canvas
    settings: float = 0  #: height of the settings below the lists, pixels of the design; 0 for what they need
    second: float = 0.5  #: width of the second series, share of what it divides with the canvas


@dataclass(frozen=True, slots=True)
class Layout:
    """Areas (x, y, width, height) in window pixels."""

    tools: Area  #: the tool bar, left of the canvas
    canvas: Area
    second: Area | None  #: of the second series, right of the canvas
    panes: tuple[Area, ...]  #: of the linked views, in a column right of the canvas
    solid: Area | None
    side: Area
    settings: Area  #: the lower part of it
    transport: Area
    timeline: Area
    status: Area

    @classmethod
    def arrange(
        cls,
        width: int,
        height: int,
        bar: int,
        wanted: PaneSizes,
        sizes: Sizes,
        panes: int = 0,
        *,
        second: bool = False,
        solid: bool = False,
        tools: int = 0,
        settings: int = 0,
    ) -> Layout:
        """Divide a window. bar: height of the menu bar. panes: number of linked views. tools: width of the tool bar.

        settings: height that the settings need, pixels.

        They are one below the other, or side by side above the 3D view, which needs more room.
        """
        transport, status = sizes(TRANSPORT), sizes(STATUS)
        most = max(min(width - tools - sizes(LEAST_CANVAS), width * 45 // 100), min(sizes(320), width // 3))
        side = _within(sizes(wanted.side), min(sizes(LEAST_SIDE), most), most)
        room = height - bar - status - transport
        lower = _within(sizes(wanted.timeline), sizes(LEAST_TIMELINE), max(room // 2, sizes(LEAST_TIMELINE)))
        left = max(width - side, 1)
        below = height - status - lower - transport
        tall = max(below - bar, 1)
        shared = left - tools
        least = min(sizes(LEAST_BESIDE), shared * 2 // 5)
        beside = _within(round(shared * wanted.beside), least, shared - least) if panes or solid else 0
        edge, upper = left - beside, tall * 2 // 5 if panes else 0
        divide = (
            _split_row(edge, bar, beside, upper, panes)
            if solid
            else _split_column(edge, bar, beside, tall, panes)
        )
        middle = max(edge - tools, 1)
        least = min(sizes(LEAST_BESIDE), middle * 2 // 5)
        across = _within(int(middle * (1 - wanted.second)), least, middle - least) if second else middle
        column = max(height - status - bar, 1)
        deep = _settings_height(column, settings, wanted, sizes)
        return cls(
            tools=(0, bar, tools, tall),
            canvas=(tools, bar, across, tall),
            second=(tools + across, bar, middle - across, tall) if second else None,
            panes=tuple(divide),
            solid=(edge, bar + upper, beside, tall - upper) if solid else None,
            side=(left, bar, side, column),
            settings=(left, bar + column - deep, side, deep),
            transport=(0, below, left, transport),
            timeline=(0, below + transport, left, lower),
            status=(0, height - status, width, status),
        )

    @property
    def edges(self) -> dict[Edge, Area]:
        """The lines between panes that can be moved, with a width or a height of 0."""
        x, y, _, tall = self.side
        found: dict[Edge, Area] = {"side": (x, y, 0, tall)}
        found["timeline"] = (0, self.transport[1], self.transport[2], 0)
        found["settings"] = (x, self.settings[1], self.side[2], 0)
        if self.second is not None:
            found["second"] = (self.second[0], y, 0, self.second[3])
        if self.panes or self.solid is not None:
            x, y, across, tall = self.second or self.canvas
            found["beside"] = (x + across, y, 0, tall)
        return found

    def moved(self, edge: Edge, x: int, y: int, wanted: PaneSizes, sizes: Sizes) -> PaneSizes:
        """Return sizes with which an edge goes through a point, as far as the window lets it."""
        if edge == "side":
            right = self.side[0] + self.side[2]
            return replace(wanted, side=max(right - x, 0) / sizes.scale)
        if edge == "timeline":
            lowest = self.status[1] - sizes(TRANSPORT)
            return replace(wanted, timeline=max(lowest - y, 0) / sizes.scale)
        if edge == "settings":
            bottom = self.settings[1] + self.settings[3]
            return replace(wanted, settings=max(bottom - y, sizes(LEAST_SETTINGS)) / sizes.scale)
        first = self.canvas[0]
        if edge == "second" and self.second is not None:
            both = self.canvas[2] + self.second[2]
            return replace(wanted, second=min(max(1 - (x - first) / max(both, 1), 0.0), 1.0))
        shared = self.side[0] - first
        return replace(wanted, beside=min(max(1 - (x - first) / max(shared, 1), 0.0), 1.0))

    def stepped(self, edge: Edge, steps: int, wanted: PaneSizes, sizes: Sizes) -> PaneSizes:
        """Return sizes with which the pane behind an edge is some steps larger than it is now."""
        if edge not in self.edges:
            return wanted
        x, y, _, _ = self.edges[edge]
        away = steps * sizes(STEP)
        return self.moved(edge, x - away, y - away, wanted, sizes)


def _settings_height(column: int, needed: int, wanted: PaneSizes, sizes: Sizes) -> int:
    """Return the height of the settings in a column: what they need where the lists have room enough, or as dragged."""
    if not wanted.settings:
        return min(needed, max(column - sizes(LISTS), column // 3))
    most = max(column - sizes(LEAST_LISTS), column // 3)
    return _within(sizes(wanted.settings), min(sizes(LEAST_SETTINGS), most), most)


def _within(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)


def _split_column(x: int, y: int, width: int, height: int, count: int) -> Iterator[Area]:
    """Divide a column into areas of equal height, up to rounding."""
    for number in range(count):
        top, bottom = height * number // count, height * (number + 1) // count
        yield x, y + top, width, bottom - top


def _split_row(x: int, y: int, width: int, height: int, count: int) -> Iterator[Area]:
    """Divide a row into areas of equal width, up to rounding."""
    for number in range(count):
        left, right = width * number // count, width * (number + 1) // count
        yield x + left, y, right - left, height
