"""What models proposed before a person changed or verified it, read from the changes that a journal holds."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.annotation import Annotation, Status
from app.domain.effort import MADE_BY_HAND
from app.storage.volume.reorient import REORIENT_TITLE
from app.storage.workspace import payloads
from app.storage.workspace.database import reading

Cell = tuple[int, int]  # frame and object id


@dataclass(frozen=True, slots=True)
class Proposal:
    """The last mask that propagation gave an object on a frame."""

    annotation: Annotation
    model: str  #: engine, "" where it is not known
    at: float  #: seconds since 1970
    is_answered: bool = False  #: a person changed, deleted or verified it since


def read_proposals(journal: Path) -> dict[Cell, Proposal]:
    """Return the last proposal for each (frame, object id) that had one; edits that were undone count for nothing.

    What turning a scan or a merge carried along is no answer of a person. The journal may be open elsewhere.
    Raises WorkspaceError where it cannot be read.
    """
    found: dict[Cell, Proposal] = {}
    with reading(journal) as db:
        for cell, title, at, model, before, after in _changes(db):
            if after is not None and after.status is Status.PROPAGATED:
                if not _is_unlocked(before, after):
                    found[cell] = Proposal(after, model, at)
            elif cell in found and _is_by_hand(title, after):
                found[cell] = replace(found[cell], is_answered=True)
    return found


def _changes(
    db: sqlite3.Connection,
) -> Iterator[tuple[Cell, str, float, str, Annotation | None, Annotation | None]]:
    """Yield cell, title, time, model, and the masks before and after of each change in force, oldest first."""
    query = (
        "SELECT frame, object_id, title, at, model, before, after FROM changes JOIN edits USING (edit_id) "
        "WHERE undone = 0 ORDER BY changes.rowid"
    )
    for frame, object_id, title, at, model, before, after in db.execute(query):
        sides = payloads.unpack_annotation(before), payloads.unpack_annotation(after)
        yield (frame, object_id), title, at, model, *sides


def _is_unlocked(before: Annotation | None, after: Annotation) -> bool:
    """Whether a verified mask lost its lock: that is no new proposal."""
    return before is not None and before.status is Status.VERIFIED and before.mask == after.mask


def _is_by_hand(title: str, after: Annotation | None) -> bool:
    if title.startswith(REORIENT_TITLE):
        return False
    return after is None or (after.status in MADE_BY_HAND and after.author is None)
