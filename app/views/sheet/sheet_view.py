"""The contact sheet in place of the frame: a click goes to a frame, with Ctrl or Shift it marks frames."""

from collections.abc import Callable
from dataclasses import replace

import dearpygui.dearpygui as dpg
import numpy as np

from app.imaging.picture_scale import pixel_aspect
from app.messages.events import Event, FrameRequested, FramesMarked, SheetScrolled, SheetToggled
from app.messages.picture import TilePictures
from app.messages.snapshot import Snapshot
from app.views.canvas.image_layer import union
from app.views.sheet.tile_frames import TileFrames
from app.views.sheet.tile_grid import TileGrid
from app.views.toolkit.keyboard import Modifiers
from app.views.toolkit.layout import Area
from app.views.toolkit.textures import Box, Pixels, Texture
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import ChangeTracker, is_pointed_at, set_bounds

GAP = 10  # Pixels of the design between tiles.
WIDEST = 4.0  # Of a tile, times its height: a panorama still leaves several in a row.


class SheetView:
    """Tiles in a drawlist, all of them in one texture. Positions are window pixels."""

    def __init__(self, pane: int, texture: Texture, sizes: Sizes, post: Callable[[Event], None]) -> None:
        self.pane, self._texture, self._sizes, self._post = pane, texture, sizes, post
        self.item = int(dpg.add_drawlist(10, 10, parent=pane))
        self._page_layer = int(dpg.add_draw_layer(parent=self.item))
        self._frames = TileFrames(self.item, sizes)
        self.grid, self._area = TileGrid(), (0, 0, 1, 1)
        self._page = np.zeros((1, 1, 4), np.uint8)
        self._pictures: TilePictures | None = None
        self._written: dict[int, tuple[Box, Pixels]] = {}
        self._snapshot, self._changes = Snapshot(), ChangeTracker()
        self._anchor = 0
        self.sees_through: Callable[[], bool] = lambda: False  #: see Canvas

    @property
    def drawn(self) -> frozenset[int]:
        """The frames whose tiles are drawn."""
        return frozenset(self._written)

    @property
    def is_shown(self) -> bool:
        """Whether it covers the canvas."""
        return self._snapshot.sheet.shown

    def refresh(self, snapshot: Snapshot, pictures: TilePictures | None) -> None:
        """Accept a new Snapshot, and tiles if there are new ones."""
        is_other = (
            snapshot.sequence.frame != self._snapshot.sequence.frame or snapshot.sheet.shown != self.is_shown
        )
        self._snapshot = snapshot
        self._pictures = pictures or self._pictures
        self._fit()
        if is_other:
            self.grid = self.grid.showing(snapshot.sequence.frame)

    def resize(self, area: Area) -> None:
        """Set position and size, in window pixels."""
        self._area = area
        set_bounds(self.pane, *area)
        dpg.configure_item(self.item, width=area[2], height=area[3])
        self._fit()

    def draw(self) -> None:
        """Redraw what has changed; called in every frame."""
        if self._changes.is_new("shown", self.is_shown):
            dpg.configure_item(self.pane, show=self.is_shown)
        if not self.is_shown:
            return
        if self._changes.is_new("seen", (self.grid.seen, self.grid.tile)):
            self._post(SheetScrolled(*self.grid.seen, *self.grid.tile))
        self._write_tiles()
        self._frames.draw(self._snapshot, self.grid)

    def is_under_mouse(self) -> bool:
        """Return whether the mouse is over the sheet and nothing covers it."""
        return self.is_shown and is_pointed_at(self.item, self.sees_through)

    def press(self, x: int, y: int, held: Modifiers) -> None:
        """Go to the frame under the mouse; with Ctrl mark it, with Shift all from the last one to it."""
        frame = self.grid.frame_at(x - self._area[0], y - self._area[1])
        if frame is None:
            return
        marked = self._snapshot.sheet.marked
        if "Shift" in held:
            self._post(FramesMarked(marked | self.grid.between(self._anchor, frame)))
        elif "Ctrl" in held:
            self._post(FramesMarked(marked ^ {frame}))
        else:
            self._post(FrameRequested(frame))
            self._post(SheetToggled())
        self._anchor = frame

    def wheel(self, notches: float) -> None:
        """Scroll by rows."""
        self.grid = self.grid.scrolled(self.grid.first - round(notches))

    def on_key(self, key: str) -> bool:
        """Go a row or a page further, or mark the frame; return whether the key has a meaning here."""
        snapshot, page = self._snapshot, self.grid.whole_rows * self.grid.columns
        steps = {"Up": -self.grid.columns, "Down": self.grid.columns, "PageUp": -page, "PageDown": page}
        steps |= {"Left": -1, "Right": 1} if self.grid.order else {}
        wanted = self.grid.stepped(snapshot.sequence.frame, steps.get(key, 0))
        if key == "Space":
            self._anchor = snapshot.sequence.frame
            self._post(FramesMarked(snapshot.sheet.marked ^ {snapshot.sequence.frame}))
        elif key in steps and wanted is not None:
            self._post(FrameRequested(wanted))
        return key == "Space" or key in steps

    def _fit(self) -> None:
        """Fit the grid to the sequence, the size of the sheet and that of the tiles."""
        info = self._snapshot.sequence.info
        if info is None:
            return
        aspect = pixel_aspect(info)
        height = self._sizes(self._snapshot.view.tile_height)
        width = round(min(height * info.width / (info.height * aspect), height * WIDEST, self._area[2]))
        grid = replace(
            self.grid,
            frames=len(self._snapshot.sheet.order) or info.frames,
            width=self._area[2],
            height=self._area[3],
            tile=(max(width, 1), height),
            gap=self._sizes(GAP),
        )
        if grid.order != self._snapshot.sheet.order:
            grid = grid.ordered(self._snapshot.sheet.order).scrolled(0)
            self.grid = grid
        elif grid != self.grid:
            self.grid = grid.showing(self._snapshot.sequence.frame)

    def _write_tiles(self) -> None:
        """Bring the tiles that have changed into the texture, and draw it."""
        info, pictures, size = self._snapshot.sequence.info, self._pictures, self._area[2:]
        if self._page.shape[1::-1] != size:
            self._page, self._written = np.zeros((size[1], size[0], 4), np.uint8), {}
        if info is None or pictures is None or pictures.sequence != info.path:
            return
        if self._changes.is_new("page", (self.grid, pictures.sequence, pictures.orientation, pictures.along)):
            self._page[...] = 0
            self._written = {}
        changed: Box | None = None if self._written else (0, 0, *size)
        for tile in (
            pictures.tiles if (pictures.orientation, pictures.along) == (info.orientation, info.along) else ()
        ):
            if not self.grid.has(tile.frame):
                continue
            box = _within(self.grid.box(tile.frame), tile.image.shape[:2], size)
            known = self._written.get(tile.frame)
            if box is None or (known is not None and known[0] == box and known[1] is tile.image):
                continue
            x, y, across, down = box
            self._page[y : y + down, x : x + across] = tile.image[:down, :across]
            self._written[tile.frame] = (box, tile.image)
            changed = box if changed is None else union(changed, box)
        if changed is not None:
            self._texture.write(self._page, changed)
        if self._changes.is_new("texture", (self._texture.item, size)):
            dpg.delete_item(self._page_layer, children_only=True)
            dpg.draw_image(self._texture.item, (0, 0), size, parent=self._page_layer)


def _within(box: Box, shape: tuple[int, ...], size: tuple[int, ...]) -> Box | None:
    """Return the part of the page, (x, y, width, height), that a picture of (h, w) fills in the middle of a tile.

    None where it is beside the page, or larger than the tile: it was made for tiles of another size.
    """
    x, y = box[0] + (box[2] - shape[1]) // 2, box[1] + (box[3] - shape[0]) // 2
    across, down = min(shape[1], size[0] - x), min(shape[0], size[1] - y)
    is_seen = x >= 0 and y >= 0 and across > 0 and down > 0
    return (x, y, across, down) if is_seen and shape[1] <= box[2] and shape[0] <= box[3] else None
