"""When a candidate has stopped growing. Pure: the time comes from outside."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.domain.worklist.entry import FileSignature
from app.pipeline.drop_folder.candidate import Candidate


@dataclass(frozen=True, slots=True)
class StabilityDelays:
    """Seconds for which nothing may change before a candidate is taken.

    sure: a file that nobody has open for writing. unsure: a file of which the system does not tell that;
    remote: the same on a network share, where copies stall. folder: between two files of a folder.
    draft: something with an unfinished file in it or beside it, which may have been left for good.
    """

    sure: float = 1.0
    unsure: float = 2.0
    remote: float = 5.0
    folder: float = 2.0
    draft: float = 60.0

    def least(self, candidate: Candidate) -> float:
        """How long to wait at least."""
        if candidate.is_draft:
            return self.draft
        return self.folder if candidate.is_folder else self.sure

    def most(self, candidate: Candidate) -> float:
        """How long to wait when nobody can tell whether it is still being written."""
        return max(self.least(candidate), self.unsure)


@dataclass(slots=True)
class _Arrival:
    signature: FileSignature
    since: float


class StabilityTracker:
    """The candidates that are still coming in, and since when each has not changed."""

    def __init__(self, delays: StabilityDelays) -> None:
        self._delays = delays
        self._tracker: dict[str, _Arrival] = {}

    def __len__(self) -> int:
        return len(self._tracker)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tracker)

    def record(self, candidate: Candidate, now: float) -> None:
        """Take note of how a candidate looks at a time, in seconds of a clock that never goes back."""
        known = self._tracker.get(candidate.path)
        if known is None or not _is_still(known.signature, candidate.signature):
            self._tracker[candidate.path] = _Arrival(candidate.signature, now)

    def restart_wait(self, path: str, now: float) -> None:
        """Somebody has it open for writing, so it counts as changed."""
        self._tracker[path].since = now

    def remove(self, path: str) -> None:
        """It has been taken, or is gone."""
        self._tracker.pop(path, None)

    def retain(self, paths: Collection[str]) -> None:
        """Drop all others."""
        self._tracker = {path: known for path, known in self._tracker.items() if path in paths}

    def is_quiet(self, candidate: Candidate, now: float) -> bool:
        """Whether it has not changed for so long that it may be taken if nobody writes to it."""
        return self._age(candidate.path, now) >= self._delays.least(candidate)

    def is_very_quiet(self, candidate: Candidate, now: float) -> bool:
        """Whether it has not changed for so long that it may be taken though somebody might write to it."""
        return self._age(candidate.path, now) >= self._delays.most(candidate)

    def _age(self, path: str, now: float) -> float:
        known = self._tracker.get(path)
        return 0.0 if known is None else now - known.since


def _is_still(before: FileSignature, after: FileSignature) -> bool:
    """Space that fills up counts: a copy may reserve the whole file first and keep its time to the end."""
    return before.has_same_content(after) and before.filled == after.filled
