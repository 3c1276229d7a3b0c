"""Textures: written as bytes through OpenGL where possible, else as floats through Dear PyGui."""

from typing import Protocol

import cv2
import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from app.views.toolkit.graphics import Graphics

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]

# Sizes in pixels by which new textures are found: so narrow and high that no icon or font atlas has them.
_TAG_WIDTH = 3
_FIRST_TAG_HEIGHT = 1001


class Texture(Protocol):
    """An image on the graphics card that is allocated once and written whenever it changes."""

    @property
    def item(self) -> int:
        """The Dear PyGui item to draw with."""

    @property
    def takes_any_size(self) -> bool:
        """Whether images of many sizes may be written one after the other, without memory that is kept for each."""

    def write(self, pixels: Pixels, box: Box | None = None) -> None:
        """Show uint8 (h, w, 4) RGBA; box (x, y, width, height) tells what changed since the last write."""

    def reserve(self, height: int, width: int) -> bool:
        """Make room for an image of a size, for write_part; what is shown of it is undefined until it is written.

        Return False where the image is larger than a texture may be.
        """

    def write_part(self, pixels: Pixels, left: int, top: int, shape: tuple[int, ...]) -> None:
        """Show uint8 (h, w, 4) RGBA as a part of an image of a shape (h, w, …) that was written or reserved."""

    def sharpen(self, sharp: bool) -> None:
        """Show hard pixels, or smooth ones."""


class BytesTexture:
    """A texture of bytes of any size: a static texture of Dear PyGui that is written through OpenGL."""

    takes_any_size = True

    def __init__(self, graphics: Graphics, item: int, name: int) -> None:
        self._graphics = graphics
        self._name = name
        self._largest = graphics.largest_texture()
        self._size = (0, 0)
        self._sharp: bool | None = None
        self.item = item

    def write(self, pixels: Pixels, box: Box | None = None) -> None:
        """Show uint8 (h, w, 4) RGBA; box (x, y, width, height) tells what changed since the last write."""
        shown = _packed(_within(pixels, self._largest))
        box = box if shown.shape == pixels.shape else None
        height, width = shown.shape[:2]
        if self._size != (width, height):
            self.reserve(height, width)
            box = None
        left, top, across, down = box or (0, 0, width, height)
        self._graphics.write_pixels(self._name, shown[top : top + down, left : left + across], left, top)

    def reserve(self, height: int, width: int) -> bool:
        """See Texture."""
        fits = max(width, height) <= self._largest
        if fits and self._size != (width, height):
            self._graphics.allocate_texture(self._name, width, height)
            self._size = (width, height)
        return fits

    def write_part(self, pixels: Pixels, left: int, top: int, shape: tuple[int, ...]) -> None:
        """See Texture; nothing where the image was scaled down to the largest texture."""
        if self._size == (shape[1], shape[0]):
            self._graphics.write_pixels(self._name, _packed(pixels), left, top)

    def sharpen(self, sharp: bool) -> None:
        """Show hard pixels, or smooth ones."""
        if sharp != self._sharp:
            self._graphics.set_filter(self._name, sharp)
            self._sharp = sharp


class FloatTexture:
    """A raw float texture, for windows without GLX. One is kept for each size, since Dear PyGui leaks deleted ones.

    Dear PyGui uploads a raw texture in every frame as long as it is in its registry, so it is moved to a stage
    after two frames.
    """

    takes_any_size = False
    LARGEST = 8192  # pixels a side; chosen by hand, drivers with OpenGL 4 take 16384

    def __init__(self, registry: int) -> None:
        self._registry = registry
        self._parking = dpg.add_stage()
        self._buffers: dict[tuple[int, int], tuple[int, NDArray[np.float32]]] = {}
        self._countdown = 0
        self.item = dpg.add_static_texture(1, 1, (0.0,) * 4, parent=registry)

    def write(self, pixels: Pixels, box: Box | None = None) -> None:
        """Show uint8 (h, w, 4) RGBA; box (x, y, width, height) tells what changed since the last write."""
        pixels = _within(pixels, self.LARGEST)
        self.item, buffer = self._buffer(pixels.shape[1], pixels.shape[0])
        np.multiply(pixels, np.float32(1 / 255), out=buffer)
        dpg.move_item(self.item, parent=self._registry)
        self._countdown = 3

    def reserve(self, height: int, width: int) -> bool:
        """See Texture."""
        fits = max(width, height) <= self.LARGEST
        if fits:
            self.item, _ = self._buffer(width, height)
        return fits

    def write_part(self, pixels: Pixels, left: int, top: int, shape: tuple[int, ...]) -> None:
        """See Texture; nothing where the image was scaled down to the largest texture."""
        known = self._buffers.get((shape[1], shape[0]))
        if known is None:
            return
        self.item, buffer = known
        height, width = pixels.shape[:2]
        buffer[top : top + height, left : left + width] = pixels * np.float32(1 / 255)
        dpg.move_item(self.item, parent=self._registry)
        self._countdown = 3

    def sharpen(self, sharp: bool) -> None:
        """Do nothing: Dear PyGui smooths all textures."""

    def park_uploaded(self) -> None:
        """End the uploads of a texture that is on the card. To be called once a frame."""
        self._countdown -= 1
        if self._countdown == 0:
            dpg.move_item(self.item, parent=self._parking)

    def _buffer(self, width: int, height: int) -> tuple[int, NDArray[np.float32]]:
        if (width, height) not in self._buffers:
            buffer = np.zeros((height, width, 4), np.float32)
            item = dpg.add_raw_texture(
                width, height, buffer, format=dpg.mvFormat_Float_rgba, parent=self._registry
            )
            self._buffers[width, height] = (item, buffer)
        return self._buffers[width, height]


class Textures:
    """Makes the textures that the views draw with."""

    def __init__(self) -> None:
        self._registry = dpg.add_texture_registry()
        self._floats: list[FloatTexture] = []

    def make(self, count: int, graphics: Graphics | None) -> list[Texture]:
        """Return new textures. Draws two frames, since GL names are known only once the textures exist.

        Each item is made with a size of its own, by which its GL name is found.
        """
        if graphics is None:
            self._floats = [FloatTexture(self._registry) for _ in range(count)]
            return list(self._floats)
        heights = range(_FIRST_TAG_HEIGHT, _FIRST_TAG_HEIGHT + count)
        items = [self._blank(height) for height in heights]
        for _ in range(2):
            dpg.render_dearpygui_frame()
        names = [graphics.find_texture(_TAG_WIDTH, height) for height in heights]
        if None in names:
            return self.make(count, None)
        return [BytesTexture(graphics, item, name) for item, name in zip(items, names, strict=True) if name]

    def park_uploaded(self) -> None:
        """End the uploads of textures that are on the card. To be called once a frame."""
        for texture in self._floats:
            texture.park_uploaded()

    def _blank(self, height: int) -> int:
        pixels = (0.0,) * (_TAG_WIDTH * height * 4)
        return int(dpg.add_static_texture(_TAG_WIDTH, height, pixels, parent=self._registry))


def _within(pixels: Pixels, largest: int) -> Pixels:
    """Return the pixels, scaled down where a side is longer than a texture may be."""
    height, width = pixels.shape[:2]
    share = largest / max(height, width)
    if share >= 1:
        return pixels
    size = (max(int(width * share), 1), max(int(height * share), 1))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _packed(pixels: Pixels) -> Pixels:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise ValueError(f"a texture takes uint8 (h, w, 4), not {pixels.dtype} {pixels.shape}")
    return pixels if pixels.strides[1:] == (4, 1) else np.ascontiguousarray(pixels)
