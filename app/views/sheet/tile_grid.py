"""Where the tiles of the contact sheet lie. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.views.toolkit.textures import Box


@dataclass(frozen=True, slots=True)
class TileGrid:
    """Rows of tiles of equal size that scroll by whole rows. Lengths are screen pixels."""

    frames: int = 0  #: of the sequence
    width: int = 1  #: of the sheet
    height: int = 1
    tile: tuple[int, int] = (1, 1)  #: width and height of a tile
    gap: int = 0  #: around each tile
    first: int = 0  #: row at the top

    @property
    def columns(self) -> int:
        """How many tiles a row has."""
        return max((self.width - self.gap) // (self.tile[0] + self.gap), 1)

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return -(-self.frames // self.columns)

    @property
    def pitch(self) -> int:
        """From the top of one row to the top of the next."""
        return self.tile[1] + self.gap

    @property
    def whole_rows(self) -> int:
        """How many rows are seen whole."""
        return max((self.height - self.gap) // self.pitch, 1)

    @property
    def seen(self) -> tuple[int, int]:
        """Frames [start, stop) whose tiles are seen, at least in part."""
        start = min(self.first * self.columns, self.frames)
        stop = start + -(-self.height // self.pitch) * self.columns
        return start, min(stop, self.frames)

    def scrolled(self, first: int) -> TileGrid:
        """Return the grid with another row at the top, clamped so that the last row is seen whole."""
        return replace(self, first=min(max(first, 0), max(self.rows - self.whole_rows, 0)))

    def showing(self, frame: int) -> TileGrid:
        """Return the grid scrolled as little as needed to see a frame whole."""
        row = frame // self.columns
        return self.scrolled(min(max(self.first, row - self.whole_rows + 1), row))

    def box(self, frame: int) -> Box:
        """Return the area of a frame's tile, as (x, y, width, height) from the corner of the sheet."""
        row, column = divmod(frame, self.columns)
        margin = (self.width - self.columns * (self.tile[0] + self.gap) + self.gap) // 2
        x = max(margin, 0) + column * (self.tile[0] + self.gap)
        return x, self.gap + (row - self.first) * self.pitch, self.tile[0], self.tile[1]

    def frame_at(self, x: float, y: float) -> int | None:
        """Return the frame whose tile is at a point of the sheet."""
        for frame in range(*self.seen):
            left, top, width, height = self.box(frame)
            if left <= x < left + width and top <= y < top + height:
                return frame
        return None
