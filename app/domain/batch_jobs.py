"""Jobs that are done while nobody works: what is to be propagated and exported, and what became of it. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import time
from pathlib import PurePath
from typing import Any, Final, Literal, Self

from app.domain.finding import PictureAction

JobStatus = Literal["waiting", "running", "done", "failed"]
MOST_TRIES: Final = 3  # starts of one job; one that ends the program each time is left
#: Score in [0, 1] below which a propagated mask is called doubtful, as the review of the window does.
LOOK_SCORE: Final = 0.75


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One sequence."""

    source: str  #: path of the source or of its workspace folder
    series: str | None = None
    objects: tuple[int, ...] = ()  #: to propagate, () for all
    start: int | None = None  #: frames [start, stop), None for all
    stop: int | None = None
    exports: tuple[str, ...] = ()  #: kinds to write when it is done
    engine: str = ""  #: that propagates, "" for that of the run
    into: str = ""  #: folder of the exports, "" for "label" beside the source
    any_hour: bool = False  #: outside the hours of the run too
    over_cuts: bool = False  #: also beyond cuts where an object is not found again
    propagates: bool = True  #: False for exports alone
    pictures: PictureAction = "refuse"  #: what becomes of pictures with text or faces
    operator: str = ""  #: who said so

    @property
    def export_folder(self) -> str:
        """Return where exports go."""
        return self.into or f"{PurePath(self.source).parent / 'label'}"


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """A job and what became of it."""

    job: BatchJob
    job_id: str  #: unique in its list
    status: JobStatus = "waiting"
    tries: int = 0  #: starts so far
    problem: str = ""  #: why it failed, or waits
    frames: int = 0  #: that were propagated
    share: float = 0.0  #: of the propagation under way, in [0, 1]
    lowest_score: float = 1.0  #: of a propagated mask
    stopped_at: tuple[int, ...] = ()  #: cuts that it has stopped at, as first frames of shots
    ended: float = 0.0  #: seconds since 1970, when it was done or failed
    refused: tuple[str, ...] = ()  #: exports whose pictures wait for a person's word
    flagged: int = 0  #: frames that show text or faces in them

    def begin(self) -> Self:
        """Return the entry as it is when its job starts."""
        return replace(self, status="running", tries=self.tries + 1, problem="", share=0.0)

    def put_off(self, problem: str = "") -> Self:
        """Return the entry as it is when its job was stopped for a good reason: that start does not count."""
        return replace(self, status="waiting", tries=max(self.tries - 1, 0), problem=problem, share=0.0)

    def fail(self, problem: str, at: float) -> Self:
        """Return the entry as it is when its job failed."""
        return replace(self, status="failed", problem=problem, share=0.0, ended=at)

    def finish(self, at: float, refused: Sequence[str] = (), flagged: int = 0) -> Self:
        """Return the entry as it is when its job is done but for exports whose pictures were refused."""
        shown = "1 frame shows" if flagged == 1 else f"{flagged} frames show"
        problem = (
            f"{shown} text or people, so {', '.join(refused)} waits for your word: P in the night queue, "
            "or framewise batch --pictures."
            if refused
            else ""
        )
        done = replace(self, status="done", share=0.0, ended=at, problem=problem)
        return replace(done, refused=tuple(refused), flagged=flagged)

    def decide_pictures(self, action: PictureAction, operator: str) -> Self:
        """Return the entry as it is when somebody said what becomes of refused pictures: they are to be exported."""
        if not self.refused:
            return self
        job = replace(
            self.job,
            exports=self.refused,
            propagates=False,
            any_hour=True,
            pictures=action,
            operator=operator,
        )
        return replace(self, job=job, status="waiting", tries=0, problem="", refused=(), flagged=0)

    @property
    def needs_look(self) -> bool:
        """Whether it is done with a mask that is doubtful by its score, has stopped at a cut, or waits for a word."""
        is_doubtful = self.lowest_score < LOOK_SCORE or bool(self.stopped_at) or bool(self.refused)
        return self.status == "done" and is_doubtful

    @property
    def picture_words(self) -> str:
        """How many pictures wait for a person's word, "" for none."""
        count = "1 picture" if self.flagged == 1 else f"{self.flagged} pictures"
        return f"{count} flagged" if self.refused else ""

    @property
    def stop_words(self) -> str:
        """What it has stopped at, "" for nothing."""
        count = len(self.stopped_at)
        return f"stopped at {count} cuts" if count > 1 else "stopped at a cut" if count else ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is done for it."""
        return self.status in ("done", "failed")

    def to_wire(self) -> dict[str, Any]:
        """Return the entry as plain data."""
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Make the entry that to_wire described. Raises KeyError, TypeError or ValueError for anything else."""
        job = dict(wire["job"])
        job |= {"objects": tuple(map(int, job["objects"])), "exports": tuple(map(str, job["exports"]))}
        fields = {name: value for name, value in wire.items() if name != "job"}
        fields["stopped_at"] = tuple(map(int, wire.get("stopped_at", ())))
        fields["refused"] = tuple(map(str, wire.get("refused", ())))
        return cls(BatchJob(**job), **fields)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The hours in which jobs may run; one that ends before it begins lasts over midnight."""

    begin: time
    end: time

    def holds(self, now: time) -> bool:
        """Whether a time of day is within it."""
        if self.begin <= self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read hours such as 22:00-06:00. Raises ValueError for anything else."""
        begin, _, end = text.partition("-")
        return cls(time.fromisoformat(begin.strip()), time.fromisoformat(end.strip()))

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class NightQueue:
    """The jobs of a workspace folder, and when they are done."""

    entries: tuple[BatchEntry, ...] = ()
    is_running: bool = False
    hours: TimeWindow | None = None  #: None for any
    idle_minutes: float = 10.0  #: without a key or the mouse, before it begins

    def entry_of(self, path: str, series: str | None) -> BatchEntry | None:
        """Return the newest job of a sequence."""
        found = (entry for entry in reversed(self.entries) if entry.job.source == path)
        return next((entry for entry in found if entry.job.series == series), None)


def next_entry(
    entries: Sequence[BatchEntry], may_run: Callable[[BatchEntry], bool] = lambda entry: True
) -> BatchEntry | None:
    """Return the entry to do next, None when none is left: one that was cut off first, then in their order."""
    for wanted in ("running", "waiting"):
        for entry in entries:
            if entry.status == wanted and entry.tries < MOST_TRIES and may_run(entry):
                return entry
    return None


def give_up(entries: Sequence[BatchEntry], at: float) -> tuple[BatchEntry, ...]:
    """Return the entries, those failed that ended the program each time they were started."""
    return tuple(
        entry.fail(f"The program ended {entry.tries} times while it did this.", at)
        if entry.status == "running" and entry.tries >= MOST_TRIES
        else entry
        for entry in entries
    )


def move_entry(entries: Sequence[BatchEntry], job_id: str, step: int) -> tuple[BatchEntry, ...]:
    """Return the entries with one of them step places further down, or up where that is negative."""
    places = {entry.job_id: place for place, entry in enumerate(entries)}
    if job_id not in places:
        return tuple(entries)
    moved = list(entries)
    entry = moved.pop(places[job_id])
    moved.insert(min(max(places[job_id] + step, 0), len(moved)), entry)
    return tuple(moved)
