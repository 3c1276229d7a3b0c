"""Undo and redo: edits as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import takewhile

from app.domain.annotation import Annotation, Label, Object
from app.domain.comment import Comment
from app.domain.tier import TierChange


@dataclass(frozen=True, slots=True)
class CellChange:
    """One object on one frame before and after an edit, None for no annotation."""

    frame: int
    object_id: int
    before: Annotation | None
    after: Annotation | None

    @property
    def inverse(self) -> CellChange:
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class Edit:
    """One undoable change, a whole gesture."""

    edit_id: int
    title: str
    cells: tuple[CellChange, ...] = ()
    labels: tuple[tuple[Label, ...], tuple[Label, ...]] | None = None  #: before and after, None if unchanged
    objects: tuple[tuple[Object, ...], tuple[Object, ...]] | None = None  #: likewise
    clicks: int = 0  #: how many it took
    comments: tuple[tuple[Comment, ...], tuple[Comment, ...]] | None = None  #: before and after
    tiers: TierChange | None = None

    @property
    def frames(self) -> frozenset[int]:
        """The frames that it changes."""
        return frozenset(change.frame for change in self.cells)

    @property
    def inverse(self) -> Edit:
        """The edit that takes this one back; it keeps the id."""
        return replace(
            self,
            cells=tuple(change.inverse for change in reversed(self.cells)),
            labels=self.labels and (self.labels[1], self.labels[0]),
            objects=self.objects and (self.objects[1], self.objects[0]),
            comments=self.comments and (self.comments[1], self.comments[0]),
            tiers=self.tiers and self.tiers.inverse,
        )


def merge_changes(changes: Iterable[CellChange]) -> tuple[CellChange, ...]:
    """Join changes of the same cell: the first before, the last after."""
    cells: dict[tuple[int, int], CellChange] = {}
    for change in changes:
        key = (change.frame, change.object_id)
        known = cells.get(key)
        cells[key] = change if known is None else replace(known, after=change.after)
    return tuple(cells.values())


@dataclass(slots=True)
class History:
    """The edits that can be undone, oldest first, and those that can be redone, next one last."""

    limit: int = 500  #: edits, chosen by hand; bounds the memory of a long day
    done: list[Edit] = field(default_factory=list)
    undone: list[Edit] = field(default_factory=list)

    def add(self, edit: Edit) -> None:
        """Append an edit; what was undone before can no longer be redone."""
        self.undone.clear()
        self.done.append(edit)
        del self.done[: -self.limit]

    def extend(self, edit_id: int, cells: tuple[CellChange, ...]) -> None:
        """Add changes to an edit that is still growing; one that was dropped at the limit is left alone."""
        for position in range(len(self.done) - 1, -1, -1):
            edit = self.done[position]
            if edit.edit_id == edit_id:
                self.done[position] = replace(edit, cells=edit.cells + cells)
                return

    def is_changed_since(self, edit_id: int, cells: Iterable[CellChange]) -> bool:
        """Whether an edit after this one changed one of the cells."""
        keys = {(change.frame, change.object_id) for change in cells}
        later = takewhile(lambda edit: edit.edit_id != edit_id, reversed(self.done))
        return any((change.frame, change.object_id) in keys for edit in later for change in edit.cells)

    def undo(self) -> Edit | None:
        """Move the last edit to the redo side and return it."""
        if not self.done:
            return None
        self.undone.append(self.done.pop())
        return self.undone[-1]

    def redo(self) -> Edit | None:
        """Move the last undone edit back and return it."""
        if not self.undone:
            return None
        self.done.append(self.undone.pop())
        return self.done[-1]
