"""A scan that has gained or lost slices, rows or columns since it was annotated: where its masks belong now. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from app.domain.annotation import Annotation, SequenceInfo
from app.domain.frame_order import FrameOrder, order_of
from app.imaging import masks
from app.imaging.volume_geometry import Index, geometry_of, plane_of

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


def carry_by_offset(
    cells: Cells, before: Index, offset: Index, info: SequenceInfo
) -> Iterator[tuple[int, int, Annotation]]:
    """Yield the masks that have a pixel in another part of the same scan, cut at its border; empty ones stay empty.

    before: voxels (z, y, x) that the scan had; offset: what is added to a voxel of then to find it in the scan as it
    is now, info.
    """
    plane = plane_of(info)
    height, width = before[plane.row_axis], before[plane.column_axis]
    down, right = offset[plane.row_axis], offset[plane.column_axis]
    top, left = max(down, 0), max(right, 0)
    for frame, object_id, cell in cells:
        at = frame_by_offset(frame, before, offset, info)
        if at is None or (cell.mask.height, cell.mask.width) != (height, width):
            continue
        moved = np.zeros((info.height, info.width), bool)
        part = masks.decode(cell.mask)[max(-down, 0) :, max(-right, 0) :]
        part = part[: max(info.height - top, 0), : max(info.width - left, 0)]
        moved[top : top + part.shape[0], left : left + part.shape[1]] = part
        if moved.any() or not masks.area(cell.mask):
            yield at, object_id, replace(cell, mask=masks.encode(moved))


def frame_by_offset(frame: int, before: Index, offset: Index, info: SequenceInfo) -> int | None:
    """Return which frame of another part of the same scan a frame is, None where it is not in it."""
    axis, now = plane_of(info).axis, order_of(info)
    then = FrameOrder(before[axis], now.times, now.along)
    index = then.slice_of(frame) + offset[axis]
    inside = frame < then.frames and 0 <= index < now.slices
    return now.frame(then.time_of(frame), index) if inside else None
