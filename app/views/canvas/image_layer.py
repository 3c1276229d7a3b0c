"""The frame and its masks: two textures, drawn in image coordinates."""

import cv2
import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from app.messages.picture import Picture
from app.views.canvas.overlay_grid import Cells, OverlayGrid
from app.views.toolkit.textures import Box, Texture

# Screen pixels per image pixel from which pixels are drawn with hard edges, as for single-pixel work; by eye.
SHARP_FROM = 2.0


class ImageLayer:
    """A Picture on a draw node; of the masks only the cells of a grid that hold any, which spares fill rate.

    A frame that is shown smaller than it is goes to the card at the size of the screen, where it is drawn pixel by
    pixel: a software renderer mixed four pixels of a 4K frame for each of the screen, again in every frame.
    """

    def __init__(self, node: int, frame: Texture, overlay: Texture) -> None:
        self._node = node
        self._frame, self._overlay = frame, overlay
        self._image: NDArray[np.uint8] | None = None
        self._uploaded: NDArray[np.uint8] | None = None  #: the image that the texture holds
        self._uploaded_size = (0, 0)  #: of the texture: width, height
        self._masks: NDArray[np.uint8] | None = None
        self._cells = int(dpg.add_draw_node(parent=node))
        self._frame_item = self._draw_frame()
        self._style: object = None  #: what all quads have in common
        self._quads: dict[Box, int] = {}  #: items by the part of the masks that they draw
        self._appearance: tuple[bool, float] = (False, 0.0)
        self._is_paintable = False
        self._filled: Cells  #: by masks of the picture
        self._painted: Cells  #: over these, or beside them
        self._stale: Cells  #: where the texture holds what is not shown
        self._use_grid(OverlayGrid())

    def show(self, picture: Picture) -> None:
        """Upload the pixels that changed."""
        if picture.image is not self._image:
            self._write_image(picture.image)
        if picture.overlay is not self._masks:
            self._write_masks(picture.overlay)

    @property
    def masks(self) -> NDArray[np.uint8] | None:
        """The masks as the picture has them, uint8 (h, w, 4), None for no mask."""
        return self._masks

    def paint(self, left: int, top: int, pixels: NDArray[np.uint8]) -> None:
        """Show other pixels than the masks have, uint8 (h, w, 4), until the next picture with other masks."""
        if self._image is None or not pixels.size or not self._is_paintable:
            return
        touched = self._grid.touched((left, top, pixels.shape[1], pixels.shape[0]))
        is_new = bool((touched & ~self._shown).any())
        self._painted |= touched
        if is_new:
            self._clear_stale()
            self._draw_cells()
        self._overlay.write_part(pixels, left, top, self._image.shape)

    def restore(self) -> None:
        """Show the masks as the picture has them, without what was painted over them."""
        if self._painted.any():
            self._write_masks(self._masks)

    def clear(self) -> None:
        """Show nothing."""
        self._image = self._uploaded = None
        self._write_masks(None)
        dpg.configure_item(self._frame_item, show=False)

    def set_appearance(self, steps: tuple[float, float], visible: bool, opacity: float) -> None:
        """Set how the picture is drawn from now on; called before each frame.

        steps: screen pixels per image pixel across and down, from SHARP_FROM on with hard edges. opacity: of the
        masks, in [0, 1].
        """
        if self._image is not None:
            self._upload_frame(self._image, steps)
        self._overlay.sharpen(min(steps) >= SHARP_FROM)
        if self._appearance != (visible, opacity):
            self._appearance = (visible, opacity)
            self._draw_cells()

    def _write_image(self, image: NDArray[np.uint8]) -> None:
        self._image = image
        height, width = image.shape[:2]
        if (self._grid.width, self._grid.height) != (width, height):
            self._is_paintable = self._overlay.reserve(height, width)
            self._use_grid(OverlayGrid(width, height))
            self._draw_cells()

    def _upload_frame(self, image: NDArray[np.uint8], steps: tuple[float, float]) -> None:
        """Bring the frame to the card, unless it is there in the size that is needed, and show it."""
        whole = image.shape[1], image.shape[0]
        size = size_on_screen(*whole, steps) if self._frame.takes_any_size else whole
        self._frame.sharpen(min(steps) >= SHARP_FROM or size != whole)
        if image is self._uploaded and size == self._uploaded_size:
            return
        self._uploaded, self._uploaded_size = image, size
        self._frame.write(image if size == whole else np.asarray(cv2.resize(image, size), np.uint8))
        if dpg.get_item_user_data(self._frame_item) != self._frame.item:
            dpg.delete_item(self._frame_item)
            self._frame_item = self._draw_frame()
        corner = (whole[0] - 0.5, whole[1] - 0.5)
        dpg.configure_item(self._frame_item, show=True, pmin=(-0.5, -0.5), pmax=corner)

    def _write_masks(self, masks: NDArray[np.uint8] | None) -> None:
        self._masks = masks
        self._stale |= self._shown
        self._painted = self._grid.empty()
        self._filled = self._grid.empty() if masks is None else self._grid.filled(masks)
        wanted = self._grid.bounds(self._grid.grown(self._filled))
        if masks is not None and wanted is not None:
            self._overlay.write(masks, wanted)
            self._stale &= ~self._grid.touched(wanted)
        self._draw_cells()

    def _clear_stale(self) -> None:
        """Make transparent what the texture still holds in cells that are painted now, or beside these.

        Those beside count since the card mixes neighbouring pixels.
        """
        assert self._image is not None
        cells = self._grid.grown(self._painted) & self._stale & ~self._filled
        for x, y, width, height in self._grid.boxes(cells):
            self._overlay.write_part(np.zeros((height, width, 4), np.uint8), x, y, self._image.shape)
        self._stale &= ~cells

    def _use_grid(self, grid: OverlayGrid) -> None:
        """Begin with an overlay that is undefined everywhere."""
        self._grid = grid
        self._filled = grid.empty()
        self._painted = grid.empty()
        self._stale = ~grid.empty()

    @property
    def _shown(self) -> Cells:
        return self._filled | self._painted

    def _draw_cells(self) -> None:
        """Draw the cells that hold masks or something painted, and no others."""
        visible, opacity = self._appearance
        style = (self._overlay.item, self._grid, round(255 * opacity))
        if style != self._style:
            self._style = style
            dpg.delete_item(self._cells, children_only=True)
            self._quads = {}
        boxes = self._grid.boxes(self._shown) if visible and opacity else []
        for box in self._quads.keys() - set(boxes):
            dpg.delete_item(self._quads.pop(box))
        for box in boxes:
            if box not in self._quads:
                self._quads[box] = self._draw_box(box, style[-1])

    def _draw_box(self, box: Box, alpha: int) -> int:
        """Draw a part of the masks."""
        x, y, across, down = box
        width, height = self._grid.width, self._grid.height
        return int(
            dpg.draw_image(
                self._overlay.item,
                (x - 0.5, y - 0.5),
                (x + across - 0.5, y + down - 0.5),
                uv_min=(x / width, y / height),
                uv_max=((x + across) / width, (y + down) / height),
                color=(255, 255, 255, alpha),
                parent=self._cells,
            )
        )

    def _draw_frame(self) -> int:
        """Draw the frame below the masks, hidden; anew where the texture's item is another one."""
        item = self._frame.item
        place = {"parent": self._node, "before": self._cells}
        return int(dpg.draw_image(item, (0, 0), (1, 1), user_data=item, show=False, **place))


def size_on_screen(width: int, height: int, steps: tuple[float, float]) -> tuple[int, int]:
    """Return width and height in which an image is drawn, those of the image where it is not shown smaller both ways.

    steps: screen pixels per image pixel across and down.
    """
    if max(steps) >= 1:
        return width, height
    return max(round(width * steps[0]), 1), max(round(height * steps[1]), 1)


def union(one: Box, other: Box) -> Box:
    """Return the smallest box around two."""
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right = max(one[0] + one[2], other[0] + other[2])
    bottom = max(one[1] + one[3], other[1] + other[3])
    return left, top, right - left, bottom - top
