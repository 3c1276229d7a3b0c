"""Jobs that are done while nobody works: what is to be propagated and exported, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import time
from typing import Any, Final, Literal, Self

JobStatus = Literal["waiting", "running", "done", "failed"]
MOST_TRIES: Final = 3  # starts of one job; one that ends the program each time is left
FORMAT: Final = 1  # of the file


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One sequence."""

    source: str  #: path of the source or of its workspace folder
    series: str | None = None
    objects: tuple[int, ...] = ()  #: to propagate, () for all
    start: int | None = None  #: frames [start, stop), None for all
    stop: int | None = None
    exports: tuple[str, ...] = ()  #: kinds to write when it is done


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """A job and what became of it."""

    job: BatchJob
    status: JobStatus = "waiting"
    tries: int = 0  #: starts so far
    problem: str = ""  #: why it failed, or waits
    frames: int = 0  #: that were propagated
    lowest_score: float = 1.0  #: of a propagated mask

    def begin(self) -> Self:
        """Return the entry as it is when its job starts."""
        return replace(self, status="running", tries=self.tries + 1, problem="")

    def to_wire(self) -> dict[str, Any]:
        """Return the entry as plain data."""
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Make the entry that to_wire described. Raises KeyError, TypeError or ValueError for anything else."""
        job = dict(wire["job"])
        job |= {"objects": tuple(map(int, job["objects"])), "exports": tuple(map(str, job["exports"]))}
        fields = {name: value for name, value in wire.items() if name != "job"}
        return cls(BatchJob(**job), **fields)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The hours in which jobs may run; one that ends before it begins lasts over midnight."""

    begin: time
    end: time

    def holds(self, now: time) -> bool:
        """Whether a time of day lies in it."""
        if self.begin <= self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end


def next_entry(entries: Sequence[BatchEntry]) -> int | None:
    """Return which entry to do next, None when none is left: one that was cut off first, then in their order."""
    for wanted in ("running", "waiting"):
        for number, entry in enumerate(entries):
            if entry.status == wanted and entry.tries < MOST_TRIES:
                return number
    return None


def give_up(entries: Sequence[BatchEntry]) -> list[BatchEntry]:
    """Return the entries, those failed that ended the program each time they were started."""
    return [
        replace(entry, status="failed", problem=f"The program ended {entry.tries} times while it did this.")
        if entry.status == "running" and entry.tries >= MOST_TRIES
        else entry
        for entry in entries
    ]
