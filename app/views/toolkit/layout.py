"""Divides the window among its panes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.views.toolkit.theme_colors import Sizes

Area = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Areas (x, y, width, height) in window pixels."""

    tools: Area  #: the tool bar, left of the canvas
    canvas: Area
    panes: tuple[Area, ...]  #: of the linked views, in a column right of the canvas
    solid: Area | None
    side: Area
    transport: Area
    timeline: Area
    status: Area

    @classmethod
    def arrange(
        cls,
        width: int,
        height: int,
        bar: int,
        timeline: int,
        sizes: Sizes,
        panes: int = 0,
        *,
        solid: bool = False,
        tools: int = 0,
    ) -> Layout:
        """Divide a window. bar, timeline: heights of the menu bar and of the timeline. panes: number of linked views.

        They are one below the other, or side by side above the 3D view, which needs more room. tools: width of
        the tool bar.
        """
        side = min(sizes(320), width // 3)
        transport, status = sizes(44), sizes(32)
        left = max(width - side, 1)
        below = height - status - timeline - transport
        tall = max(below - bar, 1)
        beside = (left - tools) * 2 // 5 if panes or solid else 0
        edge, upper = left - beside, tall * 2 // 5 if panes else 0
        divide = (
            _split_row(edge, bar, beside, upper, panes)
            if solid
            else _split_column(edge, bar, beside, tall, panes)
        )
        return cls(
            tools=(0, bar, tools, tall),
            canvas=(tools, bar, max(edge - tools, 1), tall),
            panes=tuple(divide),
            solid=(edge, bar + upper, beside, tall - upper) if solid else None,
            side=(left, bar, side, max(height - status - bar, 1)),
            transport=(0, below, left, transport),
            timeline=(0, below + transport, left, timeline),
            status=(0, height - status, width, status),
        )


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
