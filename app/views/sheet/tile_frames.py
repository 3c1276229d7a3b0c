"""The frames around the tiles of the contact sheet: number, state, mark, the current frame, the scroll bar."""

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color, SequenceInfo
from app.domain.frame_order import order_of
from app.messages.snapshot import Snapshot
from app.views.sheet.tile_grid import TileGrid
from app.views.sheet.tile_status import TileStatus, tile_status
from app.views.toolkit import theme_colors as p
from app.views.toolkit.fonts import BODY, SMALL
from app.views.toolkit.textures import Box
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import text_width

STRIPES = 12  # Pixels of the design from one stripe of an outdated tile to the next, by eye.
BAR = 6  # Width of the scroll bar, pixels of the design.


class TileFrames:
    """Drawn over the tiles, in screen pixels."""

    def __init__(self, sheet: int, sizes: Sizes) -> None:
        self._layer = int(dpg.add_draw_layer(parent=sheet))
        self._sizes = sizes
        self._drawn: object = None

    def draw(self, snapshot: Snapshot, grid: TileGrid) -> None:
        """Redraw them if anything has changed."""
        sequence = snapshot.sequence
        key = (snapshot.tracks, sequence.info, sequence.frame, snapshot.sheet.marked, grid)
        if key == self._drawn:
            return
        self._drawn = key
        dpg.delete_item(self._layer, children_only=True)
        if sequence.info is None:
            return
        for frame in grid.seen_frames:
            box = grid.box(frame)
            self._state(box, number_of_frame(sequence.info, frame), tile_status(snapshot.tracks, frame))
            if frame in snapshot.sheet.marked:
                self._mark(box)
            if frame == sequence.frame:
                self._border(box, p.TEXT, outside=3)
        self._scroll_bar(grid)

    def _state(self, box: Box, number: str, status: TileStatus) -> None:
        """Draw the border in the colour of the state, stripes where it is outdated, the number and the state."""
        if status.is_outdated:
            self._stripes(box)
        self._border(box, status.color, outside=0)
        x, y, width, height = box
        self._plate(x, y + height, number, p.TEXT, at_left=True)
        words_fit = width > self._sizes(110)
        if status.words and words_fit:
            self._plate(x + width, y + height, status.words, status.color, at_left=False)

    def _border(self, box: Box, color: Color, *, outside: int) -> None:
        x, y, width, height = box
        grow = self._sizes(outside)
        dpg.draw_rectangle(
            (x - grow, y - grow),
            (x + width + grow, y + height + grow),
            color=color,
            thickness=self._sizes(2),
            rounding=self._sizes(3),
            parent=self._layer,
        )

    def _plate(self, x: int, bottom: int, text: str, color: Color, *, at_left: bool) -> None:
        size, pad = self._sizes(SMALL), self._sizes(4)
        width = text_width(text, size, self._sizes(BODY)) + 2 * pad
        left = x if at_left else x - width
        top = bottom - size - self._sizes(6)
        shade = (*p.BACKGROUND, 210)
        dpg.draw_rectangle((left, top), (left + width, bottom), fill=shade, color=shade, parent=self._layer)
        dpg.draw_text((left + pad, top + 1), text, size=size, color=color, parent=self._layer)

    def _mark(self, box: Box) -> None:
        """Draw a tick in a disc, and a border, in the accent colour."""
        self._border(box, p.ACCENT, outside=1)
        radius = self._sizes(11)
        x, y = box[0] + box[2] - radius - self._sizes(5), box[1] + radius + self._sizes(5)
        dpg.draw_circle((x, y), radius, color=p.TEXT, fill=p.ACCENT, parent=self._layer)
        arm = radius / 2
        tick = ((x - arm, y), (x - arm / 4, y + 0.7 * arm), (x + arm, y - 0.8 * arm))
        dpg.draw_polyline(tick, color=(255, 255, 255), thickness=self._sizes(2), parent=self._layer)

    def _stripes(self, box: Box) -> None:
        x, y, width, height = box
        for offset in range(0, width + height, self._sizes(STRIPES)):
            start = (x + min(offset, width), y + max(offset - width, 0))
            end = (x + max(offset - height, 0), y + min(offset, height))
            dpg.draw_line(start, end, color=(*p.BACKGROUND, 170), thickness=2, parent=self._layer)

    def _scroll_bar(self, grid: TileGrid) -> None:
        if grid.rows <= grid.whole_rows:
            return
        right, height = grid.width - 2, grid.height
        length = max(height * grid.whole_rows // grid.rows, self._sizes(24))
        top = (height - length) * grid.first // max(grid.rows - grid.whole_rows, 1)
        corners = (right - self._sizes(BAR), top), (right, top + length)
        dpg.draw_rectangle(*corners, fill=p.FAINT, color=p.FAINT, rounding=3, parent=self._layer)


def number_of_frame(info: SequenceInfo, frame: int) -> str:
    """Return the number on a tile; of a scan over time that of the slice, and the time point."""
    order = order_of(info)
    return str(frame) if order.times < 2 else f"{order.slice_of(frame)}  t {order.time_of(frame)}"
