"""The list of jobs that are done while nobody works, in a file that survives kill -9 and a power cut."""

import fcntl
import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.domain.batch_jobs import BatchEntry, BatchJob, move_entry
from app.domain.errors import UsageError, WorkspaceBusy, WorkspaceError
from app.domain.finding import PictureAction
from app.files.atomic_file import atomic_file
from app.files.private import make_private_file

NAME: Final = "night.json"  # in the folder of workspaces
FORMAT: Final = 2  # of the file

Entries = tuple[BatchEntry, ...]


class BatchList:
    """The jobs in a file, which is written whole with each change. Several programs may change it at a time.

    Every call raises UsageError for a file that is no list of jobs, and WorkspaceError where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        """Use a file; an absent one holds no job."""
        self.path = path

    def read(self) -> Entries:
        """Return the jobs in their order."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            if found["format"] != FORMAT:
                raise ValueError("another format")
            return tuple(BatchEntry.from_wire(wire) for wire in found["jobs"])
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(
                "This is no list of jobs.", subject=self.path, remedy="Move it away, or choose another file."
            ) from error

    def add(self, jobs: Iterable[BatchJob]) -> Entries:
        """Add jobs at the end; one that is there already and waits is not added twice. Earlier ends of them go."""
        wanted = tuple(dict.fromkeys(jobs))

        def change(entries: Entries) -> Entries:
            waiting = {entry.job for entry in entries if not entry.is_over}
            kept = [entry for entry in entries if entry.job not in wanted or not entry.is_over]
            return (*kept, *(BatchEntry(job, uuid.uuid4().hex[:12]) for job in wanted if job not in waiting))

        return self.change(change)

    def put_new(self, entry: BatchEntry) -> Entries:
        """Add an entry at the end, in place of earlier ones of the same job."""
        return self.change(lambda entries: (*(one for one in entries if one.job != entry.job), entry))

    def put(self, entry: BatchEntry) -> Entries:
        """Change an entry; one that was removed meanwhile stays removed."""
        return self.change(
            lambda entries: tuple(entry if one.job_id == entry.job_id else one for one in entries)
        )

    def decide_pictures(
        self, action: PictureAction, operator: str, job_ids: Sequence[str] | None = None
    ) -> Entries:
        """Have refused pictures of jobs exported as somebody said; of all where job_ids is None."""
        return self.change(
            lambda entries: tuple(
                one.decide_pictures(action, operator) if job_ids is None or one.job_id in job_ids else one
                for one in entries
            )
        )

    def remove(self, job_ids: Sequence[str]) -> Entries:
        """Remove jobs; ids that are not there do not matter."""
        return self.change(lambda entries: tuple(one for one in entries if one.job_id not in job_ids))

    def move(self, job_id: str, step: int) -> Entries:
        """Move a job step places further down, or up where that is negative."""
        return self.change(lambda entries: move_entry(entries, job_id, step))

    def change(self, change: Callable[[Entries], Entries]) -> Entries:
        """Write what a function makes of the jobs, and return it; no other program changes them in between."""
        lock = self._lock("lock", fcntl.LOCK_EX)
        try:
            before = self.read()
            after = change(before)
            if after != before:
                self._write(after)
        finally:
            os.close(lock)
        return after

    @contextmanager
    def running(self) -> Iterator[None]:
        """Be the one program that does the jobs. Raises WorkspaceBusy while there is another."""
        try:
            lock = self._lock("runner", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceBusy(
                "Another program does these jobs.", subject=self.path, remedy="Wait for it, or end it first."
            ) from error
        try:
            yield
        finally:
            os.close(lock)

    def _lock(self, what: str, how: int) -> int:
        """Return the handle of a locked file beside the list."""
        path = self.path.with_name(f".{self.path.name}.{what}")
        with _errors(self.path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, how)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def _write(self, entries: Entries) -> None:
        wire = {"format": FORMAT, "jobs": [entry.to_wire() for entry in entries]}
        with _errors(self.path), atomic_file(self.path, private=True) as draft:
            make_private_file(draft)
            draft.write_text(json.dumps(wire, indent=1), encoding="utf-8")


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorkspaceError(
            f"The list of jobs cannot be written ({error.strerror}).",
            subject=path,
            remedy="Check the permissions of its folder and the disk it is on.",
        ) from error
