"""Who gets which part of the window. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.views.palette import Sizes

Area = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Areas (x, y, width, height) in window pixels. panes: one under the other, right of the canvas."""

    canvas: Area
    panes: tuple[Area, ...]
    side: Area
    transport: Area
    timeline: Area
    status: Area

    @classmethod
    def arrange(
        cls, width: int, height: int, bar: int, timeline: int, sizes: Sizes, panes: int = 0
    ) -> Layout:
        """Divide a window. bar, timeline: heights of the menu bar and of the timeline. panes: how many."""
        side = min(sizes(320), width // 3)
        transport, status = sizes(44), sizes(28)
        left = max(width - side, 1)
        below = height - status - timeline - transport
        tall = max(below - bar, 1)
        beside = left * 2 // 5 if panes else 0
        return cls(
            canvas=(0, bar, left - beside, tall),
            panes=tuple(_stacked(left - beside, bar, beside, tall, panes)),
            side=(left, bar, side, max(height - status - bar, 1)),
            transport=(0, below, left, transport),
            timeline=(0, below + transport, left, timeline),
            status=(0, height - status, width, status),
        )


def _stacked(x: int, y: int, width: int, height: int, count: int) -> Iterator[Area]:
    """A column cut into areas of equal height, but for rounding."""
    for number in range(count):
        top, bottom = height * number // count, height * (number + 1) // count
        yield x, y + top, width, bottom - top
