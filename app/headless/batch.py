"""Propagation of many sequences while nobody works. After any end of the program it goes on where it was."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from app.domain.annotation import Status
from app.domain.batch_jobs import MOST_TRIES, BatchEntry, TimeWindow, give_up, next_entry
from app.domain.errors import (
    FramewiseError,
    SourceOutOfReach,
    StorageFull,
    WorkerError,
    WorkspaceBusy,
    WorkspaceError,
)
from app.headless.annotator import Annotator
from app.headless.batch_exports import export_job
from app.storage.workspace.batch_list import BatchList

_CHECK_SECONDS: Final = 30.0  # between looks at the clock outside the hours; chosen by hand
_TELL_SECONDS: Final = 0.5  # between two messages about one job; chosen by hand
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class BatchRunner:
    """Does the jobs of a list one after the other."""

    jobs: BatchList
    make: Callable[[str], Annotator]  #: starts the program with an engine; called again after a worker failed
    window: TimeWindow | None = None  #: None for at any time
    tell: Callable[[BatchEntry], None] = lambda entry: None  #: called as a job begins, goes on and ends
    now: Callable[[], datetime] = datetime.now
    _busy: set[str] = field(default_factory=set)  #: jobs that this run leaves to the next
    _unusable: dict[str, str] = field(default_factory=dict)  #: why an engine cannot be started
    _annotator: Annotator | None = None
    _engine: str = ""
    _frames: int = 0  #: that the job under way has propagated since it was begun

    def run(self) -> None:
        """Do all jobs that wait. What fails is named in its entry and keeps no other from being done.

        Raises WorkspaceBusy while another program does the jobs.
        """
        with self.jobs.running():
            self.jobs.change(lambda entries: give_up(entries, self.now().timestamp()))
            try:
                while (entry := self._next()) is not None:
                    self._attempt(entry.begin())
            finally:
                self._close()

    def _next(self) -> BatchEntry | None:
        """Return the next job, after waiting for the hours; None when no job is left."""
        while True:
            left = [entry for entry in self.jobs.read() if entry.job_id not in self._busy]
            if next_entry(left) is None:
                return None
            found = next_entry(left, self._may_run)
            if found is not None:
                return found
            time.sleep(_CHECK_SECONDS)

    def _attempt(self, entry: BatchEntry) -> None:
        """Do a job and write down what became of it."""
        self._frames = 0
        self._note(entry)
        ended = entry.put_off()
        try:
            ended = self._do(entry)
        finally:
            self._note(ended)

    def _note(self, entry: BatchEntry) -> None:
        """Write down an entry as it was when its job was begun, and what was propagated since."""
        entry = replace(entry, frames=entry.frames + self._frames)
        self.jobs.put(entry)
        self.tell(entry)

    def _do(self, entry: BatchEntry) -> BatchEntry:
        try:
            annotator = self._started(entry.job.engine)
            return self._refuse(entry) if annotator is None else self._work(annotator, entry)
        except WorkspaceBusy as error:
            # It is open in another program: that is no failure, and the next run does it.
            self._busy.add(entry.job_id)
            return entry.put_off(str(error))
        except WorkerError as error:
            # A worker may have been killed for want of memory, which another try may have.
            self._close()
            return self._try_again(entry, str(error))
        except SourceOutOfReach as error:
            return self._try_again(entry, str(error))
        except FramewiseError as error:
            if isinstance(error, (WorkspaceError, StorageFull)):
                self._close()
            return entry.fail(str(error), self.now().timestamp())
        except Exception as error:  # noqa: BLE001 - the edge: a defect in one sequence must not stop the others
            _log.exception("%s could not be done", entry.job_id)
            self._close()
            problem = f"Something went wrong inside the program ({type(error).__name__}: {error})."
            return entry.fail(problem, self.now().timestamp())

    def _try_again(self, entry: BatchEntry, problem: str) -> BatchEntry:
        """Return the entry of a job that lost workers or source: waiting, unless too often without a new frame."""
        tries = next((one.tries for one in self.jobs.read() if one.job_id == entry.job_id), entry.tries)
        if tries < MOST_TRIES:
            return replace(entry, status="waiting", tries=tries, problem=problem, share=0.0)
        return entry.fail(problem, self.now().timestamp())

    def _refuse(self, entry: BatchEntry) -> BatchEntry:
        """Return the entry of a job whose engine could not be started."""
        return entry.fail(self._unusable[entry.job.engine], self.now().timestamp())

    def _started(self, engine: str) -> Annotator | None:
        """Return the program with an engine, None where that could not be started."""
        if engine in self._unusable:
            return None
        if self._annotator is None or engine != self._engine:
            self._close()
            self._annotator, self._engine = self._make(engine), engine
        return self._annotator

    def _make(self, engine: str) -> Annotator | None:
        """Start the program; a start may fail by chance, as for want of memory, and so is tried again."""
        for _ in range(MOST_TRIES):
            try:
                made = self.make(engine)
            except FramewiseError as error:
                self._unusable[engine] = str(error)
            else:
                self._unusable.pop(engine, None)
                return made
        return None

    def _close(self) -> None:
        annotator, self._annotator = self._annotator, None
        if annotator is not None:
            with suppress(FramewiseError):
                annotator.close()

    def _work(self, annotator: Annotator, entry: BatchEntry) -> BatchEntry:
        annotator.open(entry.job.source, entry.job.series)
        if entry.job.propagates:
            entry = self._propagate(annotator, entry)
        if entry.status != "running":
            return entry
        return export_job(annotator, entry, self.now().timestamp())

    def _propagate(self, annotator: Annotator, entry: BatchEntry) -> BatchEntry:
        """Return the entry after the propagation, still running where that came to its end."""
        job = entry.job
        if not annotator.objects:
            problem = "Nothing is annotated in it, so there is nothing to propagate."
            return entry.fail(problem, self.now().timestamp())
        told = time.monotonic()
        for step in annotator.propagate(job.start, job.stop, objects=job.objects, over_cuts=job.over_cuts):
            self._frames += 1
            if self._frames == 1:
                # What gets on is not what ends the program each time, however often that is killed meanwhile.
                entry = replace(entry, tries=0)
                self._note(entry)
            if not self._may_run(entry):
                return entry.put_off()
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                with suppress(FramewiseError):  # a list that cannot be written now is no reason to stop
                    self._note(replace(entry, share=step.done / max(step.total, 1)))
        scores = annotator.client.read_state(
            lambda state: [cell.score for cell in state.cells.values() if cell.status is Status.PROPAGATED]
        )
        return replace(
            entry,
            lowest_score=min(scores, default=1.0),
            stopped_at=annotator.stopped_at,
        )

    def _may_run(self, entry: BatchEntry) -> bool:
        return self.window is None or entry.job.any_hour or self.window.holds(self.now().time())
