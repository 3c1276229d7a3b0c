"""A propagation as the one who watches it says it, and whether a journal holds all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from app.domain.propagation_plan import PropagationRequest, plan_passes
from app.messages.events import PropagationRequested
from app.storage.workspace.journal import JournalContents


@dataclass(frozen=True, slots=True)
class WatchedPropagation:
    """Masks of all objects on their way to frames [start, stop), both ways; forced: also to what is up to date."""

    start: int
    stop: int
    forced: bool

    @classmethod
    def of(cls, request: PropagationRequested) -> Self:
        """The propagation that was asked for, which names both its ends."""
        assert request.start is not None and request.stop is not None
        return cls(request.start, request.stop, request.force)

    @classmethod
    def read(cls, words: str) -> Self:
        """The inverse of words."""
        start, stop, forced = map(int, words.split())
        return cls(start, stop, bool(forced))

    @property
    def words(self) -> str:
        """What read understands."""
        return f"{self.start} {self.stop} {int(self.forced)}"

    def is_over(self, contents: JournalContents, frames: int) -> bool:
        """Whether a journal holds its last mask. frames: length of the sequence."""
        cells = {(frame, object_id): cell for frame, object_id, cell in contents.cells}
        anchors: dict[int, list[int]] = {}
        for (frame, object_id), cell in sorted(cells.items()):
            if cell.reference:
                anchors.setdefault(object_id, []).append(frame)
        stop = min(self.stop, frames)
        if not self.forced:
            request = PropagationRequest(self.start, stop)
            return not plan_passes(
                anchors, lambda frame, item: cells.get((frame, item)), frames, request, self.start
            )
        newest = contents.history[-1].cells if contents.history else ()
        carried = {(change.frame, change.object_id) for change in newest}
        return all(
            (place := (frame, object_id)) in carried or (place in cells and cells[place].status.is_locked)
            for frame in range(self.start, stop)
            for object_id in anchors
        )
