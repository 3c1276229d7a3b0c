"""A scan that has gained or lost slices since it was annotated: where its masks belong now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from app.domain.annotation import Annotation, SequenceInfo
from app.imaging import masks
from app.imaging.volume_geometry import geometry_of, plane_of

Cells = Iterable[tuple[int, int, Annotation]]  # masks by frame and object id


def list_slices(slice_ids: Sequence[str]) -> list[list[str | bytes]]:
    """Return the slices of a scan as they are stored, in the order of the voxel array: name and content are one."""
    return [[name, name.encode()] for name in slice_ids]


def place_frames(cells: Cells, places: Mapping[int, int]) -> Iterator[tuple[int, int, Annotation]]:
    """Yield the masks of frames that are still there. places: frame now by frame before."""
    return ((places[frame], object_id, cell) for frame, object_id, cell in cells if frame in places)


def carry_slices(
    cells: Cells, places: Mapping[int, int], info: SequenceInfo
) -> Iterator[tuple[int, int, Annotation]]:
    """Yield the masks where they belong now: on another frame, or with other rows where frames cross the slices.

    places: slice now by slice before, counted in the voxel array. info: the scan as it is now.
    """
    plane = plane_of(info)
    if plane.axis == 0:
        yield from place_frames(cells, places)
        return
    before = np.full(geometry_of(info).shape[0], -1)
    for old, new in places.items():
        before[new] = old
    for frame, object_id, cell in cells:
        mask = masks.decode(cell.mask)
        mask = mask if plane.row_axis == 0 else mask.T
        moved = np.where((before >= 0)[:, None], mask[np.maximum(before, 0)], False)
        yield frame, object_id, replace(cell, mask=masks.encode(moved if plane.row_axis == 0 else moved.T))
