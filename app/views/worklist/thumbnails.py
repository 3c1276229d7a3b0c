"""Thumbnails of sequences: an atlas in one texture, filled in the background, least recently used out first."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.views.toolkit.background_threads import BackgroundThreads
from app.views.toolkit.textures import Texture

WIDTH, HEIGHT = 256, 144  # Pixels of a thumbnail: sharp at ui_scale 2.
COLUMNS, ROWS = 4, 8  # Thumbnails in the texture, more than the rows of a 4K screen.
CHANNELS = 4  # bytes of a pixel, RGBA
Corner = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The area of a picture in the texture."""

    uv_min: Corner  #: Texture coordinates in [0, 1].
    uv_max: Corner
    aspect: float  #: Width by height.


class Thumbnails:
    """The thumbnails requested last. generation grows with each one loaded."""

    def __init__(self, texture: Texture) -> None:
        self._texture = texture
        self._sheet = np.zeros((ROWS * HEIGHT, COLUMNS * WIDTH, CHANNELS), np.uint8)
        self._background = BackgroundThreads(lambda error: None)
        self._known: OrderedDict[str, tuple[int, Thumbnail | None]] = OrderedDict()
        self._loading = ""
        self.generation = 0
        texture.write(self._sheet)

    @property
    def item(self) -> int:
        """The Dear PyGui texture to draw with."""
        return self._texture.item

    def get(self, path: str) -> Thumbnail | None:
        """Return a thumbnail, None while it is not loaded or if it cannot be read."""
        if path in self._known:
            self._known.move_to_end(path)
            return self._known[path][1]
        if path and not self._loading:
            self._loading = path
            self._background.run(lambda: _read(path), lambda pixels: self._take(path, pixels))
        return None

    def tick(self) -> None:
        """Accept what was read in the background; called in every frame."""
        self._background.tick()

    def _take(self, path: str, pixels: NDArray[np.uint8] | None) -> None:
        slot = self._free_slot()
        self._known[path] = (slot, None if pixels is None else self._write(slot, pixels))
        self._loading = ""
        self.generation += 1

    def _free_slot(self) -> int:
        if len(self._known) < COLUMNS * ROWS:
            return len(self._known)
        _, (slot, _) = self._known.popitem(last=False)
        return slot

    def _write(self, slot: int, pixels: NDArray[np.uint8]) -> Thumbnail:
        height, width = pixels.shape[:2]
        left, top = slot % COLUMNS * WIDTH, slot // COLUMNS * HEIGHT
        self._sheet[top : top + height, left : left + width] = pixels
        self._texture.write(self._sheet, (left, top, width, height))
        down, across = self._sheet.shape[:2]
        corner = ((left + width) / across, (top + height) / down)
        return Thumbnail((left / across, top / down), corner, width / height)


def _read(path: str) -> NDArray[np.uint8] | None:
    """Return uint8 (h, w, 4) RGBA that fits into a slot, None for a file that cannot be read as a picture."""
    try:
        data = np.frombuffer(Path(path).read_bytes(), np.uint8)
    except OSError:
        return None
    pixels = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if pixels is None:
        return None
    height, width = pixels.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height, 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGBA), np.uint8)
