"""Propagation of many sequences while nobody works. After any end of the program it goes on where it was."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from app.domain.annotation import Status
from app.domain.batch_jobs import FORMAT, BatchEntry, BatchJob, TimeWindow, give_up, next_entry
from app.domain.errors import (
    FramewiseError,
    StorageFull,
    UsageError,
    WorkerError,
    WorkspaceBusy,
    WorkspaceError,
)
from app.files.atomic_file import atomic_file
from app.headless.annotator import Annotator

_CHECK_SECONDS: Final = 30.0  # between looks at the clock outside the hours; chosen by hand


class BatchList:
    """The jobs in a file, which is written whole after each change."""

    def __init__(self, path: Path) -> None:
        """Read the jobs; an absent file holds none. Raises UsageError for a file that is no list of jobs."""
        self.path = path
        self.entries: list[BatchEntry] = []
        if path.exists():
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
                if found["format"] != FORMAT:
                    raise ValueError("another format")
                self.entries = [BatchEntry.from_wire(wire) for wire in found["jobs"]]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise UsageError(
                    "This is no list of jobs.", subject=path, remedy="Choose another file."
                ) from error

    def add(self, jobs: Iterable[BatchJob]) -> None:
        """Add jobs at the end; one that is there already and waits is not added twice."""
        waiting = {entry.job for entry in self.entries if entry.status in ("waiting", "running")}
        self.entries += [BatchEntry(job) for job in dict.fromkeys(jobs) if job not in waiting]
        self.save()

    def replace_entry(self, number: int, entry: BatchEntry) -> None:
        """Change an entry."""
        self.entries[number] = entry
        self.save()

    def save(self) -> None:
        """Write the file."""
        wire = {"format": FORMAT, "jobs": [entry.to_wire() for entry in self.entries]}
        with atomic_file(self.path) as draft:
            draft.write_text(json.dumps(wire, indent=1), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class BatchRunner:
    """Does the jobs of a list one after the other."""

    jobs: BatchList
    make: Callable[[], Annotator]  #: starts the program; called again after a worker failed
    folder: Path  #: for exports
    window: TimeWindow | None = None  #: None for at any time
    tell: Callable[[BatchEntry], None] = lambda entry: None  #: called with each entry that ended
    now: Callable[[], datetime] = datetime.now

    def run(self) -> None:
        """Do all jobs that wait. What fails is named in its entry and keeps no other from being done."""
        self.jobs.entries = give_up(self.jobs.entries)
        busy: set[int] = set()
        annotator: Annotator | None = None
        try:
            while (number := self._next(busy)) is not None:
                self._wait_for_window()
                entry = self.jobs.entries[number].begin()
                self.jobs.replace_entry(number, entry)
                annotator = annotator or self.make()
                ended, is_sound = self._do(annotator, entry)
                if not is_sound:
                    annotator.close()
                    annotator = None
                if ended.status == "waiting" and ended.problem:
                    busy.add(number)
                self.jobs.replace_entry(number, ended)
                self.tell(ended)
        finally:
            if annotator is not None:
                annotator.close()

    def _next(self, busy: set[int]) -> int | None:
        waiting = [
            replace(entry, status="failed") if number in busy else entry
            for number, entry in enumerate(self.jobs.entries)
        ]
        return next_entry(waiting)

    def _do(self, annotator: Annotator, entry: BatchEntry) -> tuple[BatchEntry, bool]:
        """Return what became of a job, and whether the program is sound after it."""
        try:
            return self._propagate(annotator, entry), True
        except WorkspaceBusy as error:
            # Somebody works on it: that is no failure, and the next run does it.
            return replace(entry, status="waiting", tries=entry.tries - 1, problem=str(error)), True
        except FramewiseError as error:
            is_sound = not isinstance(error, (WorkerError, WorkspaceError, StorageFull))
            return replace(entry, status="failed", problem=str(error)), is_sound

    def _propagate(self, annotator: Annotator, entry: BatchEntry) -> BatchEntry:
        job = entry.job
        annotator.open(job.source, job.series)
        if not annotator.objects:
            return replace(
                entry,
                status="failed",
                problem="Nothing is annotated in it, so there is nothing to propagate.",
            )
        frames = 0
        for _ in annotator.propagate(job.start, job.stop, objects=job.objects):
            frames += 1
            if not self._is_in_window():
                return replace(entry, status="waiting", tries=entry.tries - 1, frames=entry.frames + frames)
        scores = annotator.client.read_state(
            lambda state: [cell.score for cell in state.cells.values() if cell.status is Status.PROPAGATED]
        )
        for kind in job.exports:
            annotator.export(kind, self.folder)
        return replace(
            entry,
            status="done",
            frames=entry.frames + frames,
            lowest_score=min(scores, default=1.0),
            problem="",
        )

    def _is_in_window(self) -> bool:
        return self.window is None or self.window.holds(self.now().time())

    def _wait_for_window(self) -> None:
        while not self._is_in_window():
            time.sleep(_CHECK_SECONDS)
