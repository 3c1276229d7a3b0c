"""Who gets which part of the window. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from app.views.palette import Sizes

Area = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Areas (x, y, width, height) in window pixels."""

    canvas: Area
    side: Area
    transport: Area
    timeline: Area
    status: Area

    @classmethod
    def arrange(cls, width: int, height: int, bar: int, timeline: int, sizes: Sizes) -> Layout:
        """Divide a window. bar, timeline: heights of the menu bar and of the timeline."""
        side = min(sizes(320), width // 3)
        transport, status = sizes(44), sizes(28)
        left = max(width - side, 1)
        below = height - status - timeline - transport
        return cls(
            canvas=(0, bar, left, max(below - bar, 1)),
            side=(left, bar, side, max(height - status - bar, 1)),
            transport=(0, below, left, transport),
            timeline=(0, below + transport, left, timeline),
            status=(0, height - status, width, status),
        )
