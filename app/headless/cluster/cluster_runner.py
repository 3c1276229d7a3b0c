"""The head of a batch on Dask: sends jobs out, merges what comes back, and goes on after any loss."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.domain.batch_jobs import MOST_TRIES, BatchEntry, TimeWindow, give_up, next_entry
from app.domain.errors import FramewiseError, UsageError, WorkerError, WorkspaceBusy
from app.domain.journal_merging import Work
from app.domain.sign_off import sign_off_in_force
from app.headless.annotator import Annotator
from app.headless.batch_exports import export_job
from app.headless.cluster.cluster_job import ClusterResult, ClusterTask, do_task
from app.headless.cluster.result_merging import merge_result
from app.headless.cluster.scheduler_address import check_address, make_security
from app.headless.cluster.sequence_package import pack_sequence
from app.storage.workspace.batch_list import BatchList
from app.storage.workspace.readings import find_readings
from app.storage.workspace.stored_sequence import StoredSequence, find_sequences

if TYPE_CHECKING:
    from distributed import Client, Future

_CHECK_SECONDS: Final = 0.3  # between two looks at what came back; chosen by hand
_CONNECT_SECONDS: Final = 15.0  # of one try to reach the scheduler
# Without a scheduler before the run is given up: it may be started again meanwhile
_LOST_SECONDS: Final = 300.0
# That a result waits for a sequence which somebody has open, when all else is done
_BUSY_SECONDS: Final = 300.0
_JOBS_A_WORKER: Final = 2  # sent out: one is worked on, one waits there, and no more packages lie in memory
_RETRIES: Final = 2  # of Dask, for a job that ends with an exception
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Where jobs are sent, and how."""

    address: str  #: of Dask's scheduler
    insecure: bool = False  #: without TLS beyond this machine
    share: bool = False  #: the workers see the sources under the paths that they have here
    engine: str = "best"  #: for jobs that do not say which
    propagation: str = ""  #: model beside that engine


@dataclass(frozen=True, slots=True)
class _Sent:
    """A job on its way."""

    entry: BatchEntry
    stored: StoredSequence
    base: Work  #: what was sent
    future: Future[ClusterResult]


@dataclass(frozen=True, slots=True)
class _Returned:
    """A result that is not merged yet."""

    sent: _Sent
    result: ClusterResult
    since: float  #: by the monotonic clock


@dataclass(slots=True)
class ClusterRunner:
    """Does the jobs of a list on the workers of a scheduler."""

    jobs: BatchList
    workspace: Path
    options: ClusterOptions
    make: Callable[[str], Annotator]  #: starts the program with an engine, for exports
    window: TimeWindow | None = None  #: None for at any time
    tell: Callable[[BatchEntry], None] = lambda entry: None  #: called as a job is sent and ends
    now: Callable[[], datetime] = datetime.now
    _sent: dict[str, _Sent] = field(default_factory=dict)  #: by job id
    _returned: dict[str, _Returned] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)  #: jobs that this run leaves to the next
    _annotator: Annotator | None = None

    def run(self) -> None:
        """Do all jobs that wait; a scheduler that is lost is waited for, and its jobs are sent again.

        Raises UsageError for an address that is none or not protected, WorkerError where no scheduler answers,
        WorkspaceBusy while another program does the jobs.
        """
        check_address(self.options.address, insecure=self.options.insecure)
        with self.jobs.running():
            self.jobs.change(lambda entries: give_up(entries, self.now().timestamp()))
            try:
                self._run_until_done()
            finally:
                self._put_off_sent()
                for returned in self._returned.values():
                    self._note(returned.sent.entry.put_off())
                if self._annotator is not None:
                    self._annotator.close()

    def _run_until_done(self) -> None:
        lost_at: float | None = None
        while self._returned or self._waiting() is not None:
            try:
                with self._connect() as client:
                    lost_at = None
                    self._serve(client)
                return
            except (OSError, TimeoutError) as error:
                lost_at = lost_at or time.monotonic()
                self._put_off_sent()
                _log.warning("the scheduler does not answer: %s", error)
                if time.monotonic() - lost_at > _LOST_SECONDS:
                    raise WorkerError(
                        "The scheduler does not answer.",
                        subject=self.options.address,
                        remedy="Start it: dask scheduler. What is done is kept.",
                    ) from error
                time.sleep(_CHECK_SECONDS)

    def _connect(self) -> Client:
        security = make_security(self.options.address)
        from distributed import Client

        return Client(self.options.address, timeout=_CONNECT_SECONDS, security=security, set_as_default=False)

    def _serve(self, client: Client) -> None:
        """Send and merge until nothing is left. Raises OSError when the scheduler is lost."""
        while True:
            self._collect()
            self._merge_returned()
            if client.status != "running":
                raise ConnectionError("the scheduler has gone")
            room = max(_JOBS_A_WORKER * len(client.nthreads()), 1)
            while len(self._sent) < room and (entry := self._next()) is not None:
                self._send(client, entry)
            self._recall()
            if not self._sent and not self._returned and self._waiting() is None:
                return
            time.sleep(_CHECK_SECONDS)

    def _waiting(self) -> BatchEntry | None:
        """Return the next job that is neither sent nor left to the next run."""
        return next_entry(self._left())

    def _next(self) -> BatchEntry | None:
        """Return the next job whose hours it is."""
        return next_entry(self._left(), self._may_run)

    def _left(self) -> list[BatchEntry]:
        under_way = {*self._sent, *self._returned, *self._busy}
        return [entry for entry in self.jobs.read() if entry.job_id not in under_way]

    def _may_run(self, entry: BatchEntry) -> bool:
        return self.window is None or entry.job.any_hour or self.window.holds(self.now().time())

    def _send(self, client: Client, entry: BatchEntry) -> None:
        """Send a job out; one that cannot be sent failed."""
        entry = entry.begin()
        try:
            if not entry.job.propagates:
                self._note(self._export(entry))
                return
            stored = self._find(entry)
            package = pack_sequence(stored, with_source=not self.options.share)
        except WorkspaceBusy as error:
            self._busy.add(entry.job_id)
            self._note(entry.put_off(str(error)))
            return
        except (FramewiseError, OSError) as error:
            self._note(entry.fail(str(error), self.now().timestamp()))
            return
        task = ClusterTask(entry.job, self.options.engine, self.options.propagation)
        self._note(entry)
        # A key of its own for each start: what a lost worker still makes of an earlier one is never taken for this.
        key = f"{entry.job_id}-{uuid.uuid4().hex}"
        future = client.submit(do_task, task, package.data, key=key, retries=_RETRIES, pure=False)
        self._sent[entry.job_id] = _Sent(entry, stored, package.work, future)

    def _find(self, entry: BatchEntry) -> StoredSequence:
        """Return the sequence of a job. Raises UsageError where none was annotated, or where it is signed off."""
        job, first = entry.job, find_sequences(self.workspace)
        for stored in (*first, *find_readings(self.workspace)):
            record = stored.record
            is_source = stored in first and record.path == job.source and job.series in (None, record.series)
            if is_source or stored.folder == Path(job.source):
                if (signed := sign_off_in_force(stored.read()[0].sign_offs)) is not None:
                    raise UsageError(signed.refusal)
                return stored
        raise UsageError("Nothing is annotated in it, so there is nothing to propagate.", subject=job.source)

    def _collect(self) -> None:
        """Take what has come back, failed or got lost."""
        for job_id, sent in list(self._sent.items()):
            if sent.future.status == "pending":
                continue
            del self._sent[job_id]
            try:
                result = sent.future.result(timeout=_CONNECT_SECONDS)
                self._returned[job_id] = _Returned(sent, result, time.monotonic())
            except (OSError, TimeoutError, CancelledError):
                self._note(sent.entry.put_off())
            except Exception as error:  # noqa: BLE001 - whatever was raised on another machine
                self._note_lost(sent.entry, error)

    def _note_lost(self, entry: BatchEntry, error: Exception) -> None:
        """Have a job tried again whose workers were lost, as often as one that ends the program."""
        is_lost = type(error).__name__ == "KilledWorker"
        problem = f"The workers ended {entry.tries} times while they did this." if is_lost else str(error)
        if is_lost and entry.tries < MOST_TRIES:
            self._note(replace(entry, status="waiting", problem=problem))
        else:
            self._note(entry.fail(problem, self.now().timestamp()))

    def _merge_returned(self) -> None:
        """Merge results; one whose sequence somebody has open waits for a while."""
        for job_id, returned in list(self._returned.items()):
            try:
                ended = self._merge(returned)
            except WorkspaceBusy as error:
                is_all = not self._sent and self._next() is None
                if not is_all or time.monotonic() - returned.since < _BUSY_SECONDS:
                    continue
                self._busy.add(job_id)
                ended = returned.sent.entry.put_off(str(error))
            except (FramewiseError, OSError) as error:
                ended = returned.sent.entry.fail(str(error), self.now().timestamp())
            del self._returned[job_id]
            self._note(ended)

    def _merge(self, returned: _Returned) -> BatchEntry:
        """Merge a result and write its exports; return the entry after it."""
        sent = returned.sent
        model, at = sent.entry.job.engine or self.options.engine, self.now().timestamp()
        ended = merge_result(sent.entry, sent.stored, sent.base, returned.result, model, at)
        return self._export(ended) if ended.status == "done" and ended.job.exports else ended

    def _export(self, entry: BatchEntry) -> BatchEntry:
        """Write the exports of a job here; return its entry after it."""
        if self._annotator is None:
            self._annotator = self.make("classic")
        self._annotator.open(entry.job.source, entry.job.series)
        return export_job(self._annotator, entry, self.now().timestamp())

    def _recall(self) -> None:
        """Take back what was sent and may not run any more."""
        for job_id, sent in list(self._sent.items()):
            if not self._may_run(sent.entry):
                del self._sent[job_id]
                sent.future.cancel()
                self._note(sent.entry.put_off())

    def _put_off_sent(self) -> None:
        sent, self._sent = self._sent, {}
        for one in sent.values():
            self._note(one.entry.put_off())

    def _note(self, entry: BatchEntry) -> None:
        self.jobs.put(entry)
        self.tell(entry)
