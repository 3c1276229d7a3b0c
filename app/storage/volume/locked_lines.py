"""Lines of masks made by hand in one orientation, which propagation in another one must keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.annotation import UNKNOWN, Annotation, Lines, Status
from app.imaging import masks
from app.imaging.volume_geometry import SlicePlane
from app.storage.workspace.journal import JournalContents

LockedLines = Mapping[int, Lines]


def is_hand_made(cell: Annotation) -> bool:
    """Whether a person drew or verified a mask in this direction, rather than in another one."""
    if cell.reference:
        return True
    is_checked = cell.status == Status.VERIFIED
    return is_checked and (cell.sources != UNKNOWN or not masks.area(cell.mask))


def lock_lines(
    found: JournalContents, lines: LockedLines, before: SlicePlane, after: SlicePlane
) -> dict[int, Lines]:
    """Return the lines of an object's frames, by object id, that a person made before a scan is turned.

    found, lines, before: what was made in a direction, and what was pinned there; after: the next direction.
    """
    made: dict[int, set[int]] = {item.object_id: set() for item in found.objects}
    for frame, object_id, cell in found.cells:
        if object_id in made and is_hand_made(cell):
            made[object_id].add(frame)
    turned = {}
    for object_id, frames in made.items():
        here = lines.get(object_id, Lines())
        slices = {before.axis: frames, before.row_axis: here.rows, before.column_axis: here.columns}
        turned[object_id] = Lines(frozenset(slices[after.row_axis]), frozenset(slices[after.column_axis]))
    return {object_id: found for object_id, found in turned.items() if found != Lines()}


def lines_to_wire(lines: LockedLines) -> list[Any]:
    """Pinned lines as plain data for the journal."""
    return [[object_id, sorted(one.rows), sorted(one.columns)] for object_id, one in sorted(lines.items())]


def lines_from_wire(wire: Iterable[Any]) -> dict[int, Lines]:
    """Return the lines of a list that lines_to_wire made."""
    return {object_id: Lines(frozenset(rows), frozenset(columns)) for object_id, rows, columns in wire}
