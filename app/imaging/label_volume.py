"""Label volumes: the masks of all frames in voxel space, and back."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Label, Object
from app.imaging.masks import paint
from app.imaging.volume_geometry import Index, SlicePlane

LabelMap = NDArray[np.uint8]


def label_volume(
    shape: Index, plane: SlicePlane, picture: Callable[[int], LabelMap], folder: Path | None = None
) -> LabelMap:
    """Put the label maps of all frames into one array, uint8 (z, y, x), in any orientation of annotation.

    picture: gives the label map of a frame, uint8 (h, w). folder: where the array lies, in a file without a
    name that goes with it; so that it may be larger than memory.
    """
    voxels = blank_volume(shape, folder)
    for index in range(plane.frames):
        plane.slice_array(voxels, index)[...] = picture(index)
    return voxels


def blank_volume(shape: Index, folder: Path | None = None) -> LabelMap:
    """Return an empty label volume on disk, uint8 (z, y, x)."""
    with tempfile.TemporaryFile(dir=folder) as file:
        voxels: Any = np.memmap(file, np.uint8, "w+", shape=shape)
        return voxels.view(np.ndarray)  # type: ignore[no-any-return]


def label_map(
    annotations: Mapping[int, Annotation],
    objects: Sequence[Object],
    labels: Sequence[Label],
    plane: SlicePlane,
) -> LabelMap:
    """Return the label map of a frame, uint8 (h, w): labels painted in list order, lower rows over upper ones."""
    rows = {label.value: row for row, label in enumerate(labels)}
    ordered = sorted(objects, key=lambda item: rows.get(item.label, len(rows)))
    layers = [
        (item.label, annotations[item.object_id].mask) for item in ordered if item.object_id in annotations
    ]
    return paint(layers, plane.height, plane.width)
