"""Effort and authorship as the journal knows them: who did what, in how many clicks and seconds. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import merge

from app.domain.annotation import Status

# Who makes no edit for longer has done something else, and the time up to the next edit is not known.
PAUSE = 120.0
MADE_BY_HAND = (Status.EDITED, Status.VERIFIED)


@dataclass(frozen=True, slots=True)
class Touch:
    """What an edit did to one object on one frame; None: no mask there."""

    frame: int
    object_id: int
    before: Status | None
    after: Status | None

    @property
    def is_by_hand(self) -> bool:
        """Whether a person did it; what travels from frame to frame is the machine's."""
        return self.after is None or self.after in MADE_BY_HAND


@dataclass(frozen=True, slots=True)
class Act:
    """An edit as a journal has it. at: seconds since 1970; is_undone: it was taken back in the end.

    journal: its name, as a scan has one for each direction of annotation, with numbers and frames of its own.
    """

    edit_id: int
    title: str
    at: float
    operator: str = ""
    model: str = ""
    is_undone: bool = False
    clicks: int = 0
    touches: tuple[Touch, ...] = ()
    journal: str = ""

    @property
    def by_hand(self) -> tuple[Touch, ...]:
        """What a person did in it."""
        return tuple(touch for touch in self.touches if touch.is_by_hand)


@dataclass(frozen=True, slots=True)
class Effort:
    """What one object, or one operator, took.

    clicks and seconds count what was undone as well, for it was done; frames count what is in force:
    made where nothing was, corrected where a mask was, verified as it was, each frame of an object once in
    each direction of a scan.
    """

    edits: int = 0
    clicks: int = 0
    seconds: float = 0.0
    frames_made: int = 0
    frames_corrected: int = 0
    frames_verified: int = 0
    operators: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    first: float | None = None
    last: float | None = None


@dataclass(frozen=True, slots=True)
class EffortReport:
    """What one sequence took: by object id, and by operator."""

    objects: tuple[tuple[int, Effort], ...] = ()
    operators: tuple[tuple[str, Effort], ...] = ()


def report_of(acts: Iterable[Act]) -> EffortReport:
    """Return what the acts took, in all."""
    known = tuple(acts)
    return EffortReport(tuple(effort_of_objects(known).items()), tuple(effort_of_operators(known).items()))


def effort_of_objects(acts: Iterable[Act], pause: float = PAUSE) -> dict[int, Effort]:
    """Return the effort for each object. The time of an edit of several objects is shared among them."""
    tallies: dict[int, _Tally] = defaultdict(_Tally)
    for act, seconds in timed(acts, pause):
        objects = dict.fromkeys(touch.object_id for touch in act.by_hand)
        for object_id in objects:
            touches = [touch for touch in act.by_hand if touch.object_id == object_id]
            tallies[object_id].add(act, touches, act.clicks / len(objects), seconds / len(objects))
    return {object_id: tally.effort() for object_id, tally in sorted(tallies.items())}


def effort_of_operators(acts: Iterable[Act], pause: float = PAUSE) -> dict[str, Effort]:
    """Return the effort of each operator; "" stands for edits that nobody put a name to."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for act, seconds in timed(acts, pause):
        tallies[act.operator].add(act, act.by_hand, act.clicks, seconds)
    return {operator: tally.effort() for operator, tally in sorted(tallies.items())}


def timed(acts: Iterable[Act], pause: float = PAUSE) -> list[tuple[Act, float]]:
    """Return the acts of people with the seconds that each took: since the same operator's last one.

    A first act, one after a pause, and one before which the clock was set back take none.
    """
    last: dict[str, float] = {}
    found = []
    for act in _in_order(acts):
        if not act.by_hand and act.touches:
            continue
        spent = act.at - last.get(act.operator, act.at)
        last[act.operator] = act.at
        found.append((act, spent if 0.0 <= spent <= pause else 0.0))
    return found


def _in_order(acts: Iterable[Act]) -> Iterable[Act]:
    """Each journal in its own order, whatever the clock said, and all of them side by side."""
    journals: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        journals[act.journal].append(act)
    orders = (sorted(found, key=lambda act: act.edit_id) for found in journals.values())
    return merge(*orders, key=lambda act: act.at)


@dataclass(slots=True)
class _Tally:
    """Effort while it is being counted."""

    edits: int = 0
    clicks: float = 0.0
    seconds: float = 0.0
    frames: dict[str, set[tuple[str, int, int]]] = field(default_factory=lambda: defaultdict(set))
    operators: dict[str, None] = field(default_factory=dict)
    models: dict[str, None] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)

    def add(self, act: Act, touches: Sequence[Touch], clicks: float, seconds: float) -> None:
        self.edits += 1
        self.clicks += clicks
        self.seconds += seconds
        self.operators |= {act.operator: None} if act.operator else {}
        self.models |= {act.model: None} if act.model else {}
        self.times.append(act.at)
        for touch in touches if not act.is_undone else ():
            self.frames[_kind(touch)].add((act.journal, touch.frame, touch.object_id))

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


def _kind(touch: Touch) -> str:
    if touch.after is Status.VERIFIED and touch.before in (Status.PROPAGATED, Status.EDITED, Status.VERIFIED):
        return "verified"
    return "made" if touch.before in (None, Status.EMPTY) else "corrected"
