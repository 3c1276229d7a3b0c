"""A picture of small pictures: frames of a data set with their masks, which show what is in it."""

from dataclasses import replace
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
        self._taken: dict[int, NDArray[np.uint8]] = {}  #: tiles of the sequence that is followed, by frame

    def follow(self, part: Part) -> Part:
        """Return a sequence whose frames are taken as they are read, so that a film is decoded once."""
        if part.job.info.kind != "video":
            return part
        wanted, taken = frozenset(self._wanted(part)), self._taken
        taken.clear()

        def read(frame: int) -> NDArray[np.uint8]:
            image = part.job.image(frame)
            if frame in wanted and frame not in taken:
                taken[frame] = _tile(part, frame, image)
            return image

        return replace(part, job=replace(part.job, image=read))

    def add(self, part: Part) -> None:
        """Take frames of a sequence that is open, or was followed last."""
        for frame in self._wanted(part):
            tile = self._taken.pop(frame, None)
            self._tiles.append(_tile(part, frame, part.job.image(frame)) if tile is None else tile)

    def _wanted(self, part: Part) -> list[int]:
        frames, free = part.frames, _TILES - len(self._tiles)
        places = np.linspace(0, len(frames) - 1, min(self._each, len(frames), free)).round().astype(int)
        return [frames[place] for place in places]

    def write(self, path: Path) -> None:
        """Write the sheet as JPEG."""
        blank = np.zeros((_HEIGHT, _WIDTH, 3), np.uint8)
        rows = -(-len(self._tiles) // _COLUMNS)
        tiles = [*self._tiles, *[blank] * (rows * _COLUMNS - len(self._tiles))]
        sheet = np.vstack([np.hstack(tiles[row * _COLUMNS : (row + 1) * _COLUMNS]) for row in range(rows)])
        _, content = cv2.imencode(".jpg", sheet[..., ::-1], JPEG)
        path.write_bytes(content.tobytes())


def _tile(part: Part, frame: int, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image = blend(picture, part.job.label_map(frame), part.job.all_labels, part.job.opacity)
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
