"""Places of the tiles of the contact sheet. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.views.toolkit.textures import Box


@dataclass(frozen=True, slots=True)
class TileGrid:
    """Rows of tiles of equal size that scroll by whole rows. Lengths are screen pixels."""

    frames: int = 0  #: on the sheet
    width: int = 1  #: of the sheet
    height: int = 1
    tile: tuple[int, int] = (1, 1)  #: width and height of a tile
    gap: int = 0  #: around each tile
    first: int = 0  #: row at the top
    order: tuple[int, ...] = ()  #: the frames as they lie on the sheet; empty for all of them, 0, 1, 2, ...
    places: Mapping[int, int] = field(default_factory=dict, compare=False)  #: in that order, by frame

    @property
    def columns(self) -> int:
        """Number of tiles in a row."""
        return max((self.width - self.gap) // (self.tile[0] + self.gap), 1)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return -(-self.frames // self.columns)

    @property
    def pitch(self) -> int:
        """From the top of one row to the top of the next."""
        return self.tile[1] + self.gap

    @property
    def whole_rows(self) -> int:
        """Number of rows that are wholly visible."""
        return max((self.height - self.gap) // self.pitch, 1)

    @property
    def seen(self) -> tuple[int, int]:
        """Tiles [start, stop) in their order that are seen, at least in part."""
        start = min(self.first * self.columns, self.frames)
        stop = start + -(-self.height // self.pitch) * self.columns
        return start, min(stop, self.frames)

    @property
    def seen_frames(self) -> tuple[int, ...]:
        """The frames whose tiles are seen, at least in part."""
        return self.order[slice(*self.seen)] or tuple(range(*self.seen))

    def has(self, frame: int) -> bool:
        """Whether a frame lies on the sheet."""
        return frame in self.places if self.order else frame < self.frames

    def place(self, frame: int) -> int:
        """Return the place of a frame's tile; of one that is not on the sheet that of the next one which is."""
        if not self.order:
            return frame
        found = self.places.get(frame)
        return min(bisect_left(self.order, frame), self.frames - 1) if found is None else found

    def ordered(self, order: tuple[int, ...]) -> TileGrid:
        """Return the grid with its tiles in another order."""
        return replace(self, order=order, places={frame: place for place, frame in enumerate(order)})

    def stepped(self, frame: int, steps: int) -> int | None:
        """Return the frame whose tile is so many further, None beyond the ends."""
        place = self.place(frame) + steps
        if not 0 <= place < self.frames:
            return None
        return self.order[place] if self.order else place

    def between(self, one: int, other: int) -> frozenset[int]:
        """Return two frames and those whose tiles lie between theirs."""
        first, last = sorted((self.place(one), self.place(other)))
        return frozenset(self.order[first : last + 1] or range(first, last + 1))

    def scrolled(self, first: int) -> TileGrid:
        """Return the grid with another row at the top, clamped so that the last row is seen whole."""
        return replace(self, first=min(max(first, 0), max(self.rows - self.whole_rows, 0)))

    def showing(self, frame: int) -> TileGrid:
        """Return the grid scrolled as little as needed to see a frame whole."""
        row = self.place(frame) // self.columns
        return self.scrolled(min(max(self.first, row - self.whole_rows + 1), row))

    def box(self, frame: int) -> Box:
        """Return the area of a frame's tile, as (x, y, width, height) from the corner of the sheet."""
        row, column = divmod(self.place(frame), self.columns)
        margin = (self.width - self.columns * (self.tile[0] + self.gap) + self.gap) // 2
        x = max(margin, 0) + column * (self.tile[0] + self.gap)
        return x, self.gap + (row - self.first) * self.pitch, self.tile[0], self.tile[1]

    def frame_at(self, x: float, y: float) -> int | None:
        """Return the frame whose tile is at a point of the sheet."""
        for frame in self.seen_frames:
            left, top, width, height = self.box(frame)
            if left <= x < left + width and top <= y < top + height:
                return frame
        return None
