"""Tracker of which candidates have stopped growing. Pure: the time comes from outside."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.domain.worklist.entry import FileSignature
from app.pipeline.drop_folder.candidate import Candidate


@dataclass(frozen=True, slots=True)
class StabilityDelays:
    """Seconds without a change before a candidate counts as stable.

    Chosen by hand: longer delays every file, shorter may take a copy that stalls; the probe then refuses it and the
    next change brings it back.
    """

    sure: float = 1.0  #: a file that no process has open for writing
    unsure: float = 2.0  #: a file whose writers the system does not report
    remote: float = 5.0  #: the same on a network share, where copies stall
    folder: float = 2.0  #: between two files of a folder
    draft: float = 60.0  #: with an unfinished file in it or beside it, which may have been abandoned

    def least(self, candidate: Candidate) -> float:
        """Return the delay for a candidate without writers."""
        if candidate.is_draft:
            return self.draft
        return self.folder if candidate.is_folder else self.sure

    def most(self, candidate: Candidate) -> float:
        """Return the delay for a candidate whose writers are not known."""
        return max(self.least(candidate), self.unsure)


@dataclass(slots=True)
class _Arrival:
    signature: FileSignature
    since: float  #: seconds of the monotonic clock


class StabilityTracker:
    """Arriving candidates, and the time since which each has not changed.

    Times are seconds of a monotonic clock.
    """

    def __init__(self, delays: StabilityDelays) -> None:
        self._delays = delays
        self._tracker: dict[str, _Arrival] = {}

    def __len__(self) -> int:
        return len(self._tracker)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tracker)

    def record_candidate(self, candidate: Candidate, now: float) -> None:
        """Record the state of a candidate at a time."""
        known = self._tracker.get(candidate.path)
        if known is None or not _is_still(known.signature, candidate.signature):
            self._tracker[candidate.path] = _Arrival(candidate.signature, now)

    def restart_wait(self, path: str, now: float) -> None:
        """Count a candidate as changed now, since it is open for writing."""
        self._tracker[path].since = now

    def remove(self, path: str) -> None:
        """Remove a candidate that was queued or is gone."""
        self._tracker.pop(path, None)

    def retain_paths(self, paths: Collection[str]) -> None:
        """Remove all candidates but these."""
        self._tracker = {path: known for path, known in self._tracker.items() if path in paths}

    def is_quiet(self, candidate: Candidate, now: float) -> bool:
        """Return whether a candidate is stable if it has no writers."""
        return self._age(candidate.path, now) >= self._delays.least(candidate)

    def is_very_quiet(self, candidate: Candidate, now: float) -> bool:
        """Return whether a candidate is stable though its writers are not known."""
        return self._age(candidate.path, now) >= self._delays.most(candidate)

    def _age(self, path: str, now: float) -> float:
        known = self._tracker.get(path)
        return 0.0 if known is None else now - known.since


def _is_still(before: FileSignature, after: FileSignature) -> bool:
    """Return whether nothing changed, including allocated blocks: a copy may reserve the whole file first."""
    return before.has_same_content(after) and before.filled == after.filled
