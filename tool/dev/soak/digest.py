"""What has been annotated, as one short word; and what it was one gesture before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.annotation import Annotation, Label, Object
from app.domain.history import Edit
from app.session.state import State
from app.storage.workspace import payloads
from app.storage.workspace.journal import JournalContents

Cells = Mapping[tuple[int, int], Annotation]


@dataclass(frozen=True)
class Work:
    """Labels, objects, and the annotations by (frame, object_id)."""

    labels: tuple[Label, ...]
    objects: tuple[Object, ...]
    cells: Cells

    @property
    def digest(self) -> str:
        """The same for the same work, in every process."""
        found = hashlib.sha256(payloads.pack_labels(self.labels) + payloads.pack_objects(self.objects))
        for place, annotation in sorted(self.cells.items()):
            found.update(payloads.pack_data([*place, payloads.pack_annotation(annotation)]))
        return found.hexdigest()[:16]

    def after(self, edit: Edit) -> Work:
        """The work when an edit is carried out."""
        cells = dict(self.cells)
        for change in edit.cells:
            cells.pop((change.frame, change.object_id), None)
            if change.after is not None:
                cells[change.frame, change.object_id] = change.after
        labels = edit.labels[1] if edit.labels is not None else self.labels
        objects = edit.objects[1] if edit.objects is not None else self.objects
        return Work(labels, objects, cells)


def work_of_state(state: State) -> Work:
    """The work as a Session has it."""
    return Work(state.labels, state.sequence.objects, dict(state.cells))


def work_of_contents(contents: JournalContents) -> Work:
    """The work as a journal has it."""
    cells = {(frame, object_id): annotation for frame, object_id, annotation in contents.cells}
    return Work(contents.labels, contents.objects, cells)


def digests_around(contents: JournalContents) -> tuple[str, ...]:
    """The digest of a journal's work, and those that it may have had one gesture earlier.

    The newest gesture either made or redid the newest edit in force, or took back the newest that is not.
    """
    work = work_of_contents(contents)
    found = [work]
    if contents.history:
        found.append(work.after(contents.history[-1].inverse))
    if contents.undone:
        found.append(work.after(contents.undone[-1]))
    return tuple(one.digest for one in found)
