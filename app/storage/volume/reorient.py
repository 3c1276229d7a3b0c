"""Masks of a scan in another direction of annotation: the same voxels, sliced along another axis.

Of a scan over time that is done for each time point; along time the slices are the same in another order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import ELSEWHERE, Annotation, Mask, SequenceInfo, Status, empty_mask
from app.domain.frame_order import FrameOrder, order_of
from app.domain.history import CellChange, Edit
from app.imaging import masks
from app.imaging.label_volume import blank_volume
from app.imaging.volume_geometry import Index, SlicePlane, geometry_of, plane_of
from app.storage.volume.locked_lines import is_hand_made
from app.storage.workspace.journal import JournalContents
from app.storage.workspace.workspace import JOURNAL, TIME_JOURNAL

# What the title of an edit that carries masks from one direction into another begins with.
REORIENT_TITLE = "Turn from "
Cells = Mapping[int, Annotation]


def journal_name(info: SequenceInfo) -> str:
    """Return the journal's file name: each orientation of a scan but the recorded one has its own, and so has time."""
    if info.along == "time":
        return TIME_JOURNAL
    if info.kind != "volume" or info.orientation in (None, geometry_of(info).stored_orientation):
        return JOURNAL
    return f"journal-{info.orientation}.sqlite3"


def reorient_masks(
    found: JournalContents, before: SequenceInfo, known: JournalContents, after: SequenceInfo, spool: Path
) -> Edit | None:
    """Return the edit that brings masks of one direction into another one; None where nothing differs.

    found, before: where it was made; known, after: what is there already, and where it goes. A mask that is the
    same there keeps all that is known of it, so turning there and back changes nothing. spool: folder for what
    does not fit into memory.
    """
    there = _by_object(known)
    changes: list[CellChange] = []
    is_reordered = before.orientation == after.orientation
    for object_id, cells in _by_object(found).items():
        old = there.pop(object_id, {})
        if is_reordered:
            changes += _reordered(object_id, old, cells, order_of(before), order_of(after), known.next_edit)
        else:
            turned = dict(_reoriented_times(cells, before, after, spool))
            changes += _differences(object_id, old, turned, known.next_edit)
    for object_id, rest in there.items():
        changes += [CellChange(frame, object_id, cell, None) for frame, cell in rest.items()]
    edit = Edit(
        known.next_edit,
        turn_title(before),
        tuple(changes),
        labels=(known.labels, found.labels) if known.labels != found.labels else None,
        objects=(known.objects, found.objects) if known.objects != found.objects else None,
    )
    return edit if edit.cells or edit.labels or edit.objects else None


def turn_title(before: SequenceInfo) -> str:
    """Return the title of the edit that carries masks out of a direction."""
    return f"{REORIENT_TITLE}{'time' if before.along == 'time' else before.orientation}"


def reorder_mask(cell: Annotation, edit_id: int) -> Annotation:
    """Return a mask as it is known where other frames are its neighbours: what a person accepted is a reference."""
    if cell.status == Status.PROPAGATED:
        return replace(cell, sources=ELSEWHERE)
    is_reference = cell.reference or cell.status == Status.VERIFIED
    return replace(cell, reference=is_reference, version=edit_id if is_reference else 0)


def _reordered(
    object_id: int, there: Cells, cells: Cells, before: FrameOrder, after: FrameOrder, edit_id: int
) -> Iterator[CellChange]:
    """Yield the changes of an object whose slices stay the same and follow each other in another order."""
    moved = {after.frame(before.time_of(n), before.slice_of(n)): cell for n, cell in cells.items()}
    for frame in sorted(there.keys() | moved.keys()):
        old, new = there.get(frame), moved.get(frame)
        if old is None or new is None or (old.mask, old.status) != (new.mask, new.status):
            yield CellChange(frame, object_id, old, None if new is None else reorder_mask(new, edit_id))


def _by_object(contents: JournalContents) -> dict[int, dict[int, Annotation]]:
    cells: dict[int, dict[int, Annotation]] = {item.object_id: {} for item in contents.objects}
    for frame, object_id, cell in contents.cells:
        if object_id in cells:
            cells[object_id][frame] = cell
    return cells


def _differences(object_id: int, there: Cells, turned: Cells, edit_id: int) -> Iterator[CellChange]:
    """Yield changed cells; a mask made by hand or read from a file stays one."""
    for frame in sorted(there.keys() | turned.keys()):
        old, new = there.get(frame), turned.get(frame)
        if _is_same(old, new):
            continue
        if old is not None and is_hand_made(old):
            mask = new.mask if new is not None else empty_mask(old.mask.height, old.mask.width)
            status = Status.IMPORTED if old.status is Status.IMPORTED else Status.EDITED
            new = Annotation(mask, status, reference=True, version=edit_id, author=old.author)
        yield CellChange(frame, object_id, old, new)


def _is_same(old: Annotation | None, new: Annotation | None) -> bool:
    if old is None or new is None:
        return all(cell is None or not masks.area(cell.mask) for cell in (old, new)) and new is None
    return old.mask == new.mask


def _reoriented_times(
    cells: Cells, before: SequenceInfo, after: SequenceInfo, spool: Path
) -> Iterator[tuple[int, Annotation]]:
    """Yield the frames of an object in the other orientation, one time point after the other."""
    old, new = order_of(before), order_of(after)
    by_time: dict[int, dict[int, Annotation]] = {}
    for frame, cell in cells.items():
        by_time.setdefault(old.time_of(frame), {})[old.slice_of(frame)] = cell
    for time, found in by_time.items():
        for index, cell in _reoriented(found, plane_of(before), plane_of(after), spool):
            yield new.frame(time, index), cell


def _reoriented(
    cells: Cells, before: SlicePlane, after: SlicePlane, spool: Path
) -> Iterator[tuple[int, Annotation]]:
    """Yield the slices of an object in the other orientation, at one time point.

    An object that was made or carried without a gap is done, so propagation must leave it alone in the other
    direction too; one that has gaps, or is there on a single frame, is open to be carried on.
    """
    is_open = any(cell.status == Status.PROPAGATED and cell.sources == ELSEWHERE for cell in cells.values())
    is_done = 1 < len(cells) == max(cells) - min(cells) + 1 and not is_open
    is_known_everywhere = len(cells) == before.frames
    block = _Block(cells, before, spool)
    nothing = empty_mask(after.height, after.width)
    for index in range(after.frames):
        picture = block.picture(index, after)
        if picture is not None:
            crossed = [cells[frame] for frame in block.crossed(picture, after)]
            yield index, _annotation(masks.encode(picture), crossed, is_done)
        elif is_done and is_known_everywhere:
            yield index, _annotation(nothing, list(cells.values()), is_done)


def _annotation(mask: Mask, crossed: list[Annotation], is_done: bool) -> Annotation:
    """A mask is as sure as the least sure one that it crosses: what was propagated still has to be looked at."""
    if not is_done or any(cell.status == Status.PROPAGATED for cell in crossed):
        score = min(cell.score for cell in crossed)
        return Annotation(mask, Status.PROPAGATED, score, sources=ELSEWHERE)
    if any(cell.status == Status.IMPORTED for cell in crossed):
        score = min(cell.score for cell in crossed)
        return Annotation(mask, Status.IMPORTED, score, author=crossed[0].author or "")
    is_verified = all(cell.status == Status.VERIFIED for cell in crossed)
    return Annotation(mask, Status.VERIFIED if is_verified else Status.EDITED)


class _Block:
    """The part of the voxel array that an object fills."""

    def __init__(self, cells: Cells, plane: SlicePlane, spool: Path) -> None:
        boxes = {frame: masks.box(cell.mask) for frame, cell in cells.items()}
        filled = {frame: box for frame, box in boxes.items() if box[2] and box[3]}
        self._plane = plane
        self._low, self._high = _bounds(filled, plane)
        self._voxels = blank_volume(_shape(self._low, self._high), spool) if filled else None
        for frame in filled:
            rows, columns = self._window(plane)
            at = frame - self._low[plane.axis]
            assert self._voxels is not None
            plane.slice_array(self._voxels, at)[...] = masks.decode(cells[frame].mask)[rows, columns]

    def picture(self, index: int, plane: SlicePlane) -> NDArray[np.uint8] | None:
        """Slice index of a direction, 0 or 1; None where there is nothing."""
        axis = plane.axis
        if self._voxels is None or not self._low[axis] <= index < self._high[axis]:
            return None
        part = plane.slice_array(self._voxels, index - self._low[axis])
        if not part.any():
            return None
        picture = np.zeros((plane.height, plane.width), np.uint8)
        picture[self._window(plane)] = part
        return picture

    def crossed(self, picture: NDArray[np.uint8], plane: SlicePlane) -> list[int]:
        """Return the frames of the first direction that a picture has something of."""
        is_row = plane.row_axis == self._plane.axis
        return [int(frame) for frame in np.flatnonzero(picture.any(axis=1 if is_row else 0))]

    def _window(self, plane: SlicePlane) -> tuple[slice, slice]:
        low, high = self._low, self._high
        rows, columns = plane.row_axis, plane.column_axis
        return slice(low[rows], high[rows]), slice(low[columns], high[columns])


def _bounds(boxes: Mapping[int, tuple[int, int, int, int]], plane: SlicePlane) -> tuple[Index, Index]:
    if not boxes:
        return (0, 0, 0), (0, 0, 0)
    low, high = [0, 0, 0], [0, 0, 0]
    sides = np.array(list(boxes.values()))
    low[plane.axis], high[plane.axis] = min(boxes), max(boxes) + 1
    for axis, at in ((plane.column_axis, 0), (plane.row_axis, 1)):
        low[axis], high[axis] = int(sides[:, at].min()), int((sides[:, at] + sides[:, at + 2]).max())
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def _shape(low: Index, high: Index) -> Index:
    return high[0] - low[0], high[1] - low[1], high[2] - low[2]
