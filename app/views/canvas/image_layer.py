"""The frame and its masks: two textures, drawn in image coordinates."""

from __future__ import annotations

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from app.messages.picture import Picture
from app.views.toolkit.textures import Box, Texture

# Screen pixels per image pixel from which pixels are drawn with hard edges, as for single-pixel work; by eye.
SHARP_FROM = 2.0


class ImageLayer:
    """A Picture on a draw node; the masks only over their bounding box, which spares fill rate."""

    def __init__(self, node: int, frame: Texture, overlay: Texture) -> None:
        self._node = node
        self._frame, self._overlay = frame, overlay
        self._image: NDArray[np.uint8] | None = None
        self._masks: NDArray[np.uint8] | None = None
        self._box: Box | None = None
        self._painted: Box | None = None  #: where something was painted over the masks
        self._frame_item = self._draw(frame)
        self._overlay_item = self._draw(overlay)
        self._appearance: tuple[bool, float] = (False, 0.0)

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
        if self._image is None or not pixels.size:
            return
        if self._box is None and self._painted is None:
            self._overlay.write(np.zeros_like(self._image))
            self._overlay_item = self._current(self._overlay_item, self._overlay)
        whole = self._masks if self._masks is not None else self._image
        box = (left, top, pixels.shape[1], pixels.shape[0])
        self._painted = union(self._painted, box) if self._painted else box
        self._overlay.write_part(pixels, left, top, whole.shape)
        self._place_masks()

    def restore(self) -> None:
        """Show the masks as the picture has them, without what was painted over them."""
        if self._painted is not None:
            self._write_masks(self._masks)

    def clear(self) -> None:
        """Show nothing."""
        self._image = self._masks = self._box = self._painted = None
        dpg.configure_item(self._frame_item, show=False)
        dpg.configure_item(self._overlay_item, show=False)

    def set_appearance(self, scale: float, visible: bool, opacity: float) -> None:
        """Set interpolation by scale (nearest from SHARP_FROM), and the masks' visibility and opacity in [0, 1]."""
        self._frame.sharpen(scale >= SHARP_FROM)
        self._overlay.sharpen(scale >= SHARP_FROM)
        if self._appearance != (visible, opacity):
            self._appearance = (visible, opacity)
            self._place_masks()

    def _write_image(self, image: NDArray[np.uint8]) -> None:
        self._image = image
        self._frame.write(image)
        self._frame_item = self._current(self._frame_item, self._frame)
        height, width = image.shape[:2]
        corner = (width - 0.5, height - 0.5)
        dpg.configure_item(self._frame_item, show=True, pmin=(-0.5, -0.5), pmax=corner)

    def _write_masks(self, masks: NDArray[np.uint8] | None) -> None:
        box = None if masks is None else filled(masks)
        if masks is not None and box is not None:
            is_same_size = self._masks is not None and self._masks.shape == masks.shape
            changed = union(box, self._box) if is_same_size and self._box else None
            changed = union(changed, self._painted) if changed and self._painted else changed
            self._overlay.write(masks, changed)
            self._overlay_item = self._current(self._overlay_item, self._overlay)
        self._masks, self._box, self._painted = masks, box, None
        self._place_masks()

    def _place_masks(self) -> None:
        visible, opacity = self._appearance
        box = union(self._box, self._painted) if self._box and self._painted else self._box or self._painted
        if self._image is None or box is None or not visible:
            dpg.configure_item(self._overlay_item, show=False)
            return
        x, y, across, down = box
        height, width = self._image.shape[:2]
        dpg.configure_item(
            self._overlay_item,
            show=True,
            pmin=(x - 0.5, y - 0.5),
            pmax=(x + across - 0.5, y + down - 0.5),
            uv_min=(x / width, y / height),
            uv_max=((x + across) / width, (y + down) / height),
            color=(255, 255, 255, round(255 * opacity)),
        )

    def _draw(self, texture: Texture) -> int:
        blank = {"parent": self._node, "user_data": texture.item, "show": False}
        return int(dpg.draw_image(texture.item, (0, 0), (1, 1), **blank))

    def _current(self, drawn: int, texture: Texture) -> int:
        """Return a draw item for the texture's item, which changes with the size of a float texture."""
        if dpg.get_item_user_data(drawn) == texture.item:
            return drawn
        before = self._overlay_item if drawn == self._frame_item else 0
        dpg.delete_item(drawn)
        item = dpg.draw_image(
            texture.item, (0, 0), (1, 1), parent=self._node, before=before, user_data=texture.item
        )
        return int(item)


def filled(masks: NDArray[np.uint8]) -> Box | None:
    """Return the box (x, y, width, height) of all pixels of uint8 (h, w, 4) that are not wholly zero."""
    words = np.ascontiguousarray(masks).view(np.uint32)[..., 0]
    rows = np.flatnonzero(words.max(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(words[top:bottom].max(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    return left, top, right - left, bottom - top


def union(one: Box, other: Box) -> Box:
    """Return the smallest box around two."""
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right = max(one[0] + one[2], other[0] + other[2])
    bottom = max(one[1] + one[3], other[1] + other[3])
    return left, top, right - left, bottom - top
