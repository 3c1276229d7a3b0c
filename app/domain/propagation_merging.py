"""Merging of masks that another machine has propagated into the work as it is now. Pure."""

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass

from app.domain.annotation import Status
from app.domain.history import CellChange, Edit
from app.domain.journal_merging import Cells, Work


@dataclass(frozen=True, slots=True)
class PropagatedWork:
    """What came back, as one edit."""

    edit: Edit
    outdated: int  #: masks left out, since the references that they came from have changed meanwhile


def merge_propagated(base: Work, ours: Work, theirs: Work, edit_id: int) -> PropagatedWork:
    """Return the edit that adds their propagated masks to ours.

    base: the work that was sent. A mask stays ours where a person changed, deleted, made or verified it since then,
    and in an object that is locked or gone. One whose nearest references have changed since then is left out.
    """
    free = {item.object_id for item in ours.objects if not item.locked}
    sent, present = _References(base.cells), _References(ours.cells)
    changes, outdated = [], 0
    for key, cell in sorted(theirs.cells.items()):
        before = ours.cells.get(key)
        if cell.status is not Status.PROPAGATED or key[1] not in free or before == cell:
            continue
        if before != base.cells.get(key) or (before is not None and before.status.is_locked):
            continue
        if sent.nearest(*key) != present.nearest(*key):
            outdated += 1
            continue
        changes.append(CellChange(*key, before, cell))
    return PropagatedWork(Edit(edit_id, "Propagate", tuple(changes)), outdated)


class _References:
    """The reference frames of each object."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._frames: defaultdict[int, list[int]] = defaultdict(list)
        for (frame, object_id), cell in cells.items():
            if cell.reference:
                insort(self._frames[object_id], frame)

    def nearest(self, frame: int, object_id: int) -> tuple[tuple[int, int], ...]:
        """Return frame and version of the references before and after a frame."""
        frames = self._frames[object_id]
        after = bisect_left(frames, frame)
        found = (*frames[max(after - 1, 0) : after], *frames[after : after + 1])
        return tuple((one, self._cells[one, object_id].version) for one in found)
