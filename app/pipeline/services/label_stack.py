"""Label volume of a scan: the masks of all frames in voxel space, updated frame by frame."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import SequenceInfo
from app.imaging import masks
from app.imaging.label_volume import blank_volume
from app.imaging.volume_geometry import SlicePlane, geometry_of, plane_of
from app.pipeline.services.mask_reader import Layers


class LabelStack:
    """Paint values of objects in voxel space, uint8 (z, y, x), in an unnamed file, so that memory stays small."""

    def __init__(self, info: SequenceInfo, folder: Path) -> None:
        """Create an empty volume in an existing folder. Raises OSError when it cannot be written."""
        self._info = info
        self._plane = plane_of(info)
        self._voxels = blank_volume(geometry_of(info).shape, folder)
        self._painted: dict[int, Layers] = {}

    def update(self, wanted: Mapping[int, Layers]) -> None:
        """Paint the frames whose layers differ from the last time."""
        frames = wanted.keys() | self._painted.keys()
        for frame in [key for key in frames if wanted.get(key, ()) != self._painted.get(key, ())]:
            picture = masks.paint(wanted.get(frame, ()), self._info.height, self._info.width)
            self._plane.slice_array(self._voxels, frame)[...] = picture
        self._painted = dict(wanted)

    def slice(self, plane: SlicePlane, index: int) -> NDArray[np.uint8]:
        """Return slice index of any direction, uint8 (h, w)."""
        return np.ascontiguousarray(plane.slice_array(self._voxels, index), np.uint8)
