"""Strokes and regions on the masks as they are drawn, before the session has them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Color, Point, Window
from app.domain.mask_operations import Limits, Region, Stroke
from app.imaging.strokes import Patch, rasterize_region, rasterize_stroke
from app.messages.picture import Picture
from app.views.canvas.drawing_gestures import BrushDrag
from app.views.canvas.image_layer import ImageLayer, union
from app.views.toolkit.textures import Box

OPAQUE = 255  # alpha
NOTHING = (0, 0, 0, 0)  # The colour where a mask was erased.
Words = NDArray[np.uint32]
"""Pixels (h, w), the four bytes of RGBA as one number, which numpy handles four times as fast."""
# Intensities like those under the brush: within so many standard deviations of their mean, but at least so many of 255
# greys, so that a brush on an even patch still paints its noise. Chosen by hand.
ALIKE, LEAST_REACH = 2.5, 8.0


@dataclass(frozen=True, slots=True)
class DrawnEdit:
    """A gesture that the picture may not show yet."""

    number: int
    frame: int
    operation: Stroke | Region
    color: Color  #: of the object it is for


class MaskPreview:
    """Paints gestures over the masks of the picture, pixel by pixel as the masks will be.

    A gesture stays until a picture comes that shows it, or that its edit was refused. window: of a scan, which tells
    what intensities the picture's grey stands for.
    """

    def __init__(self, layer: ImageLayer) -> None:
        self._layer = layer
        self._last = 0
        self._waiting: tuple[DrawnEdit, ...] = ()
        self._picture: Picture | None = None
        self._over = np.zeros(
            (0, 0), np.uint8
        )  #: (h, w), 0 or the row of the colour that is shown over the masks
        self._touched: Box | None = None  #: a box around what is not 0
        self._colors = [0, _word(NOTHING)]  #: what the numbers of _over mean; the first is not shown
        self.window: Window | None = None

    def add(self, frame: int, operation: Stroke | Region, color: Color) -> int:
        """Show a finished gesture until a picture does; return its number."""
        self._last += 1
        self._waiting = (*self._waiting, DrawnEdit(self._last, frame, operation, color))
        if not isinstance(operation, Stroke):
            self._paint(operation, color)
        return self._last

    def extend(self, drag: BrushDrag, color: Color) -> None:
        """Show what a stroke under way has become longer by."""
        fresh = drag.take_new()
        if fresh is not None:
            self._paint(fresh, color)

    def rebase(self, picture: Picture, drag: BrushDrag | None, color: Color) -> None:
        """Paint what a new picture does not show yet on top of it. drag: the stroke under way."""
        self._picture = picture
        self._forget_painted(picture.image.shape[:2])
        self._waiting = tuple(edit for edit in self._waiting if edit.number > picture.drawn)
        self._layer.restore()
        for edit in self._waiting:
            if edit.frame == picture.frame:
                self._paint(edit.operation, edit.color)
        if drag is not None and drag.frame == picture.frame:
            drag.shown = 0
            self.extend(drag, color)

    def drop_drag(self) -> None:
        """Take away a stroke that was cancelled."""
        if self._picture is not None:
            self.rebase(self._picture, None, (0, 0, 0))

    def limits_at(self, point: Point, radius: float) -> Limits | None:
        """Return the limits of intensities like those within a radius of a point, in source pixels."""
        if self._picture is None:
            return None
        patch = rasterize_stroke(Stroke((point,), radius), *self._picture.image.shape[:2])
        grey = self._grey(patch)[patch.pixels].astype(np.float64)
        reach = max(ALIKE * float(grey.std()), LEAST_REACH)
        low, high = float(grey.mean()) - reach, float(grey.mean()) + reach
        if self.window is None:
            return low, high
        bottom, step = self.window.center - self.window.width / 2, self.window.width / 255
        return bottom + low * step, bottom + high * step

    def _grey(self, patch: Patch) -> NDArray[np.uint8]:
        assert self._picture is not None
        part = np.ascontiguousarray(self._picture.image[patch.window])
        return np.asarray(cv2.cvtColor(part, cv2.COLOR_RGBA2GRAY), np.uint8)

    def _paint(self, operation: Stroke | Region, color: Color) -> None:
        if self._picture is None:
            return
        height, width = self._picture.image.shape[:2]
        if isinstance(operation, Stroke):
            patch = rasterize_stroke(operation, height, width)
        else:
            patch = rasterize_region(operation, height, width)
        if not patch.pixels.size:
            return
        pixels = patch.pixels & self._within(operation, patch)
        box = (patch.left, patch.top, patch.pixels.shape[1], patch.pixels.shape[0])
        self._touched = union(self._touched, box) if self._touched else box
        shown, drawn = self._shown(patch), _word(NOTHING if operation.erase else (*color, OPAQUE))
        if operation.erase:
            pixels &= shown == _word((*color, OPAQUE))
        if drawn not in self._colors[1:]:
            self._colors.append(drawn)
        np.copyto(shown, drawn, where=pixels)
        np.copyto(self._over[patch.window], self._colors.index(drawn, 1), where=pixels)
        self._layer.paint(patch.left, patch.top, shown[..., None].view(np.uint8))

    def _forget_painted(self, shape: tuple[int, ...]) -> None:
        """Begin anew on a picture of (h, w). Memory is kept: the system takes 10 ms and more to give as much again."""
        if self._over.shape != shape:
            self._over = np.zeros(shape, np.uint8)
        elif self._touched is not None:
            x, y, width, height = self._touched
            self._over[y : y + height, x : x + width] = 0
        self._touched, self._colors = None, self._colors[:2]

    def _shown(self, patch: Patch) -> Words:
        """Return what is on the screen under a patch."""
        base, over = self._layer.masks, self._over[patch.window]
        shown = np.take(np.array(self._colors, np.uint32), over)
        if base is not None:
            np.copyto(shown, base.view(np.uint32)[..., 0][patch.window], where=over == 0)
        return shown

    def _within(self, operation: Stroke | Region, patch: Patch) -> NDArray[np.bool_]:
        """Return which pixels of a patch are within the limits of an operation, as far as the picture's grey tells."""
        if operation.limits is None or self._picture is None:
            return np.ones(patch.pixels.shape, np.bool_)
        low, high = operation.limits
        if self.window is not None:
            bottom, step = self.window.center - self.window.width / 2, self.window.width / 255
            low, high = (low - bottom) / step, (high - bottom) / step
        grey = self._grey(patch)
        return np.asarray((grey >= low) & (grey <= high))


def _word(color: tuple[int, ...]) -> int:
    return int(np.array(color, np.uint8).view(np.uint32)[0])
