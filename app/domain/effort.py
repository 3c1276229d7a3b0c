"""Effort and authorship from the journal: who did what, in how many clicks and seconds. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import merge

from app.domain.annotation import Status

# Seconds; a longer gap between edits counts as a break, not as work. Chosen by hand.
PAUSE = 120.0
MADE_BY_HAND = (Status.EDITED, Status.VERIFIED)


@dataclass(frozen=True, slots=True)
class CellEdit:
    """Change of one object's status on one frame by an edit."""

    frame: int
    object_id: int
    before: Status | None  #: None for no mask
    after: Status | None

    @property
    def is_by_hand(self) -> bool:
        """Whether a person did it, not propagation."""
        return self.after is None or self.after in MADE_BY_HAND


@dataclass(frozen=True, slots=True)
class LoggedEdit:
    """An edit as a journal holds it."""

    edit_id: int
    title: str
    at: float  #: seconds since 1970
    operator: str = ""
    model: str = ""
    is_undone: bool = False  #: it was taken back in the end
    clicks: int = 0
    cells: tuple[CellEdit, ...] = ()
    journal: str = ""  #: its name: a scan has one for each direction, with ids and frames of its own

    @property
    def by_hand(self) -> tuple[CellEdit, ...]:
        """The changes in it that a person made."""
        return tuple(cell for cell in self.cells if cell.is_by_hand)


@dataclass(frozen=True, slots=True)
class Effort:
    """Effort spent on one object, or by one operator.

    Each frame of an object counts once in each direction of a scan.
    """

    edits: int = 0
    clicks: int = 0  #: undone ones included
    seconds: float = 0.0  #: undone edits included
    frames_made: int = 0  #: in force, where there was no mask
    frames_corrected: int = 0  #: in force, where there was a mask
    frames_verified: int = 0  #: accepted as they were
    operators: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    first: float | None = None  #: seconds since 1970, of the first edit
    last: float | None = None  #: likewise of the last edit


@dataclass(frozen=True, slots=True)
class EffortReport:
    """Effort spent on one sequence, by object_id and by operator."""

    objects: tuple[tuple[int, Effort], ...] = ()
    operators: tuple[tuple[str, Effort], ...] = ()


def make_effort_report(edits: Iterable[LoggedEdit]) -> EffortReport:
    """Return the effort of edits, by object and by operator."""
    known = tuple(edits)
    return EffortReport(tuple(effort_of_objects(known).items()), tuple(effort_of_operators(known).items()))


def effort_of_objects(edits: Iterable[LoggedEdit]) -> dict[int, Effort]:
    """Return the effort by object_id; the time of an edit is shared among its objects."""
    totals: dict[int, _Totals] = defaultdict(_Totals)
    for edit, seconds in time_edits(edits):
        objects = dict.fromkeys(cell.object_id for cell in edit.by_hand)
        for object_id in objects:
            cells = [cell for cell in edit.by_hand if cell.object_id == object_id]
            totals[object_id].add(edit, cells, edit.clicks / len(objects), seconds / len(objects))
    return {object_id: total.effort() for object_id, total in sorted(totals.items())}


def effort_of_operators(edits: Iterable[LoggedEdit]) -> dict[str, Effort]:
    """Return the effort by operator; "" stands for edits without a name."""
    totals: dict[str, _Totals] = defaultdict(_Totals)
    for edit, seconds in time_edits(edits):
        totals[edit.operator].add(edit, edit.by_hand, edit.clicks, seconds)
    return {operator: total.effort() for operator, total in sorted(totals.items())}


def time_edits(edits: Iterable[LoggedEdit]) -> list[tuple[LoggedEdit, float]]:
    """Return the edits of people with their seconds: since the same operator's edit before.

    A first edit, one after a break, and one before which the clock was set back count 0.
    """
    last: dict[str, float] = {}
    found = []
    for edit in _in_order(edits):
        if not edit.by_hand and edit.cells:
            continue
        spent = edit.at - last.get(edit.operator, edit.at)
        last[edit.operator] = edit.at
        found.append((edit, spent if 0.0 <= spent <= PAUSE else 0.0))
    return found


def _in_order(edits: Iterable[LoggedEdit]) -> Iterable[LoggedEdit]:
    """Merge the journals by time; within one, the order of ids holds, even when the clock was set back."""
    journals: dict[str, list[LoggedEdit]] = defaultdict(list)
    for edit in edits:
        journals[edit.journal].append(edit)
    orders = (sorted(found, key=lambda edit: edit.edit_id) for found in journals.values())
    return merge(*orders, key=lambda edit: edit.at)


@dataclass(slots=True)
class _Totals:
    """Effort while it is being counted."""

    edits: int = 0
    clicks: float = 0.0
    seconds: float = 0.0
    frames: dict[str, set[tuple[str, int, int]]] = field(default_factory=lambda: defaultdict(set))
    operators: dict[str, None] = field(default_factory=dict)
    models: dict[str, None] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)

    def add(self, edit: LoggedEdit, cells: Sequence[CellEdit], clicks: float, seconds: float) -> None:
        self.edits += 1
        self.clicks += clicks
        self.seconds += seconds
        self.operators |= {edit.operator: None} if edit.operator else {}
        self.models |= {edit.model: None} if edit.model else {}
        self.times.append(edit.at)
        for cell in cells if not edit.is_undone else ():
            self.frames[_kind(cell)].add((edit.journal, cell.frame, cell.object_id))

    def effort(self) -> Effort:
        return Effort(
            edits=self.edits,
            clicks=round(self.clicks),
            seconds=self.seconds,
            frames_made=len(self.frames["made"]),
            frames_corrected=len(self.frames["corrected"]),
            frames_verified=len(self.frames["verified"]),
            operators=tuple(self.operators),
            models=tuple(self.models),
            first=min(self.times, default=None),
            last=max(self.times, default=None),
        )


def _kind(cell: CellEdit) -> str:
    if cell.after is Status.VERIFIED and cell.before not in (None, Status.EMPTY):
        return "verified"
    return "made" if cell.before in (None, Status.EMPTY) else "corrected"
