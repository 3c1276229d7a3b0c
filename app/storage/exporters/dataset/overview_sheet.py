"""A picture of small pictures: frames of a data set with their masks, which show what is in it."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.storage.exporters.image_export import blend
from app.storage.exporters.training.collection import Part
from app.storage.exporters.training.frame_pictures import JPEG

_TILES: Final = 48  # chosen by hand: six rows of eight fit on a screen
_COLUMNS: Final = 8  # tiles
_WIDTH, _HEIGHT, _CAPTION = 240, 180, 18  # pixels of a tile; those of its lowest rows that are text


class OverviewSheet:
    """Takes a few frames of each sequence, evenly spaced."""

    def __init__(self, sequences: int) -> None:
        """sequences: how many will be added; at least one frame of each is taken up to the number of tiles."""
        self._each = max(1, _TILES // max(sequences, 1))
        self._tiles: list[NDArray[np.uint8]] = []

    def add(self, part: Part) -> None:
        """Take frames of a sequence that is open."""
        frames, free = part.frames, _TILES - len(self._tiles)
        for place in np.linspace(0, len(frames) - 1, min(self._each, len(frames), free)).round().astype(int):
            self._tiles.append(_tile(part, frames[place]))

    def write(self, path: Path) -> None:
        """Write the sheet as JPEG."""
        blank = np.zeros((_HEIGHT, _WIDTH, 3), np.uint8)
        rows = -(-len(self._tiles) // _COLUMNS)
        tiles = [*self._tiles, *[blank] * (rows * _COLUMNS - len(self._tiles))]
        sheet = np.vstack([np.hstack(tiles[row * _COLUMNS : (row + 1) * _COLUMNS]) for row in range(rows)])
        _, content = cv2.imencode(".jpg", sheet[..., ::-1], JPEG)
        path.write_bytes(content.tobytes())


def _tile(part: Part, frame: int) -> NDArray[np.uint8]:
    image = blend(part.job.image(frame), part.job.label_map(frame), part.job.all_labels, part.job.opacity)
    room = _HEIGHT - _CAPTION
    scale = min(_WIDTH / image.shape[1], room / image.shape[0])
    size = max(1, int(image.shape[1] * scale)), max(1, int(image.shape[0] * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    tile = np.zeros((_HEIGHT, _WIDTH, 3), np.uint8)
    left, top = (_WIDTH - size[0]) // 2, (room - size[1]) // 2
    tile[top : top + size[1], left : left + size[0]] = small
    caption = f"{part.split} {part.name} {frame}".encode("ascii", "replace").decode()
    cv2.putText(
        tile, caption, (4, _HEIGHT - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA
    )
    return tile
