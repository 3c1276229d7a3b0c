"""Lines of masks made by hand in one orientation, which propagation in another one must keep."""

from collections.abc import Mapping
from typing import Any

from app.domain.annotation import UNKNOWN, Annotation, Lines, SequenceInfo, Status
from app.domain.frame_order import order_of
from app.imaging import masks
from app.imaging.volume_geometry import plane_of
from app.storage.workspace.journal import JournalContents

LockedLines = Mapping[tuple[int, int], Lines]  #: by object id and time point


def is_hand_made(cell: Annotation) -> bool:
    """Whether a person drew or verified a mask in this direction, rather than in another one."""
    if cell.reference:
        return True
    is_checked = cell.status == Status.VERIFIED
    return is_checked and (cell.sources != UNKNOWN or not masks.area(cell.mask))


def lock_lines(
    found: JournalContents, lines: LockedLines, before: SequenceInfo, after: SequenceInfo
) -> dict[tuple[int, int], Lines]:
    """Return the lines of an object's frames that a person made before a scan is turned.

    found, lines, before: what was made in a direction, and what was pinned there; after: the next direction.
    """
    known, order = {item.object_id for item in found.objects}, order_of(before)
    made: dict[tuple[int, int], set[int]] = {key: set() for key in lines if key[0] in known}
    for frame, object_id, cell in found.cells:
        if object_id in known and is_hand_made(cell):
            made.setdefault((object_id, order.time_of(frame)), set()).add(order.slice_of(frame))
    turned, old, new = {}, plane_of(before), plane_of(after)
    for key, indices in made.items():
        here = lines.get(key, Lines())
        slices = {old.axis: indices, old.row_axis: here.rows, old.column_axis: here.columns}
        turned[key] = Lines(frozenset(slices[new.row_axis]), frozenset(slices[new.column_axis]))
    return {key: found for key, found in turned.items() if found != Lines()}


def lines_to_wire(lines: LockedLines) -> list[Any]:
    """Pinned lines as plain data for the journal."""
    pinned = sorted(lines.items())
    return [[object_id, sorted(one.rows), sorted(one.columns), time] for (object_id, time), one in pinned]


def lines_from_wire(wire: object) -> dict[tuple[int, int], Lines]:
    """Return the lines of a list that lines_to_wire made; before there were time points it named none.

    What is none is left out.
    """
    found: dict[tuple[int, int], Lines] = {}
    for row in wire if isinstance(wire, list) else []:
        match row:
            case [int(object_id), list(rows), list(columns), *time] if all(
                isinstance(number, int) for number in (*rows, *columns, *time)
            ):
                found[object_id, time[0] if time else 0] = Lines(frozenset(rows), frozenset(columns))
    return found
