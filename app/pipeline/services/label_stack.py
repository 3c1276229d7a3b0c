"""The masks of all frames as one label volume that follows the session frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Mask, SequenceInfo
from app.imaging import masks
from app.imaging.label_volume import blank_volume
from app.imaging.volume_geometry import SlicePlane, geometry_of, plane_of
from app.session.state import State

Layers = tuple[tuple[int, Mask], ...]


def layers_of(state: State) -> dict[int, Layers]:
    """What is painted on each frame: label values and masks, lower rows of the list last."""
    rows = {label.value: row for row, label in enumerate(state.labels)}
    values = {item.object_id: item.label for item in state.objects}
    found: dict[int, list[tuple[int, int, Mask]]] = {}
    for (frame, object_id), cell in state.cells.items():
        if object_id in values:
            value = values[object_id]
            found.setdefault(frame, []).append((rows.get(value, len(rows)), value, cell.mask))
    return {
        frame: tuple((value, mask) for _, value, mask in sorted(items, key=lambda item: item[0]))
        for frame, items in found.items()
    }


class LabelStack:
    """Label values in voxel space, uint8 (z, y, x), in a file without a name: memory stays small."""

    def __init__(self, info: SequenceInfo, folder: Path) -> None:
        """folder: where the volume lies; it must be there. Raises OSError when it cannot be written."""
        self._info = info
        self._plane = plane_of(info)
        self._voxels = blank_volume(geometry_of(info).shape, folder)
        self._painted: dict[int, Layers] = {}

    def follow(self, wanted: Mapping[int, Layers]) -> None:
        """Paint the frames that are others than the last time."""
        frames = wanted.keys() | self._painted.keys()
        for frame in [key for key in frames if wanted.get(key, ()) != self._painted.get(key, ())]:
            picture = masks.paint(wanted.get(frame, ()), self._info.height, self._info.width)
            self._plane.take(self._voxels, frame)[...] = picture
        self._painted = dict(wanted)

    def slice(self, plane: SlicePlane, index: int) -> NDArray[np.uint8]:
        """Return slice index of any direction, uint8 (h, w)."""
        return np.ascontiguousarray(plane.take(self._voxels, index), np.uint8)
