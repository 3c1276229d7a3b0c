"""Segments that may overlap, on one grid: as many label volumes as lie over one another at a voxel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from app.imaging.label_volume import LabelMap, blank_volume
from app.imaging.volume_geometry import Index, SlicePlane
from app.storage.importers.import_result import Key, Layer

_MOST_CODES: Final = 255  # that a label map holds
# Segments at one voxel. Chosen by hand: above any anatomy, and it bounds the space on disk
_MOST_LAYERS: Final = 64


class SegmentStack:
    """Segments of a scan. Each has a code, uint8; a layer holds one code for each voxel, 0 where there is none.

    codes: by number of segment, 0 for numbers that no segment has. Of more than 255 segments those of one label
    share a code, and so are one object.
    """

    def __init__(self, shape: Index, labels: Mapping[int, int], spool: Path | None = None) -> None:
        """shape: of the grid. labels: label value of each segment by its number. spool: folder of the layers."""
        self._spool = spool
        is_each = len(labels) <= _MOST_CODES
        self.codes = np.zeros(max(labels, default=0) + 1, np.uint8)
        self._values = np.zeros(_MOST_CODES + 1, np.uint8)
        self._keys: dict[int, Key] = {}
        used = list(labels.values())
        for code, (number, value) in enumerate(labels.items(), 1):
            code = code if is_each else value
            self.codes[number], self._values[code] = code, value
            is_alone = not is_each or used.count(value) == 1
            self._keys[code] = value if is_alone else f"segment {number}"
        #: codes (z, y, x); a voxel of several segments has further ones in the layers after the first
        self.layers: list[LabelMap] = [blank_volume(shape, spool)]

    @property
    def has_objects(self) -> bool:
        """Whether label values alone do not tell the segments: they overlap, or have a label in common."""
        return len(self.layers) > 1 or any(isinstance(key, str) for key in self._keys.values())

    @property
    def notes(self) -> list[str]:
        """What the annotator should know of segments that overlap."""
        count = sum(int(np.count_nonzero(picture)) for layer in self.layers[1:2] for picture in layer)
        return [f"{count} voxels belong to several segments; each segment is kept whole."] if count else []

    def add(self, place: int, codes: LabelMap) -> None:
        """Put a picture, (h, w), on a slice. Raises ValueError where too many segments overlap."""
        for number in range(_MOST_LAYERS):
            if number == len(self.layers):
                self.layers.append(blank_volume(self.layers[0].shape, self._spool))
            held = self.layers[number][place]
            is_free = (held == 0) | (held == codes)
            np.copyto(held, codes, where=is_free)
            codes = np.where(is_free, np.uint8(0), codes)
            if not codes.any():
                return
        raise ValueError(f"more than {_MOST_LAYERS} of its segments overlap at one voxel")

    def label_voxels(self) -> LabelMap:
        """Return label values (z, y, x); of several segments the last."""
        voxels = blank_volume(self.layers[0].shape, self._spool)
        for place, picture in enumerate(voxels):
            for layer in self.layers:
                np.copyto(picture, self._values[layer[place]], where=layer[place] > 0)
        return voxels

    def objects(self, plane: SlicePlane, index: int) -> dict[Key, Layer]:
        """Return the masks of a frame."""
        pictures = np.stack([plane.slice_array(layer, index) for layer in self.layers])
        return {
            self._keys[code]: (int(self._values[code]), np.asarray((pictures == code).any(axis=0)))
            for code in map(int, np.unique(pictures))
            if code
        }
