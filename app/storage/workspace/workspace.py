"""The workspace of a sequence: one folder with its journal, which can be copied to another machine."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

from app.domain.annotation import SequenceInfo
from app.domain.closeable import Closeable
from app.domain.errors import StorageFull, WorkspaceBusy, WorkspaceError
from app.files.private import make_private_folder
from app.storage.workspace.identity import sequence_identity
from app.storage.workspace.journal import Journal
from app.storage.workspace.source_record import ABOUT, SourceRecord

JOURNAL = "journal.sqlite3"
JOURNALS = "journal*.sqlite3"
TIME_JOURNAL = "journal-time.sqlite3"  # of a scan that is annotated along time
LOCK = "lock"
UNSAFE = re.compile(r"[^\w.-]+")
NAME_LENGTH = 80  # characters of the source's name in the folder's; enough to know it by


class Workspace(Closeable):
    """An open workspace; holds a lock so that a second instance is refused."""

    def __init__(self, folder: Path) -> None:
        """Open a workspace folder, or make one.

        Raises WorkspaceBusy when another instance holds it, WorkspaceError when it cannot be written.
        """
        self.folder = folder
        self._record: SourceRecord | None = None
        with _errors(folder):
            make_private_folder(folder)
            self._lock = _open_lock(folder)
        try:
            _acquire_lock(self._lock, folder)
            self.journal = Journal(folder / JOURNAL)
        except BaseException:
            os.close(self._lock)
            raise

    def close(self) -> None:
        """Let go of the journal and the lock."""
        self.journal.close()
        os.close(self._lock)

    @property
    def index_folder(self) -> Path:
        """Folder of the readers' indexes of the source."""
        return self.folder / "index"

    def switch_journal(self, journal: str) -> None:
        """Use another of the journals in this folder."""
        if self.journal.path.name != journal:
            opened = Journal(self.folder / journal)
            self.journal.close()
            self.journal = opened

    def describe(self, info: SequenceInfo, fingerprint: str, series: str | None = None) -> None:
        """Write down which source the workspace belongs to."""
        self._record = SourceRecord.of(info, fingerprint, series)
        with _errors(self.folder / ABOUT):
            self._record.write(self.folder)

    def set_journals_aside(self) -> Path:
        """Move all journals into a folder of their own, begin an empty one, and return that folder."""
        numbers = (self.folder / f"earlier-{number}" for number in itertools.count(1))
        aside = next(folder for folder in numbers if not folder.exists())
        self.journal.close()
        with _errors(aside):
            make_private_folder(aside)
            for journal in self.folder.glob(JOURNALS):
                journal.rename(aside / journal.name)
        self.journal = Journal(self.folder / JOURNAL)
        return aside

    def restore(self) -> bool:
        """Write the workspace again where its folder or journal was deleted or replaced; return whether it was.

        Raises WorkspaceError or StorageFull when it cannot be written; then the old journal stays in use.
        """
        if self.journal.is_in_place:
            return False
        with _errors(self.folder):
            make_private_folder(self.folder)
            lock = _open_lock(self.folder)
        try:
            _acquire_lock(lock, self.folder)
            self.journal.rewrite()
            if self._record is not None:
                with _errors(self.folder / ABOUT):
                    self._record.write(self.folder)
        except BaseException:
            os.close(lock)
            raise
        os.close(self._lock)
        self._lock = lock
        return True


def _open_lock(folder: Path) -> int:
    return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _acquire_lock(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise WorkspaceBusy(
            "Another instance of the program has this sequence open.",
            subject=folder,
            remedy="Close it there first.",
        ) from error


def folder_for(root: Path, name: str, fingerprint: str) -> Path:
    """Return the workspace folder of a source: the one with its fingerprint, also under another name.

    Of several, as copies are, the one that was worked in last.
    """
    tail = f"-{fingerprint[:12]}"
    with contextlib.suppress(OSError):
        found = [path for path in root.iterdir() if path.name.endswith(tail)]
        if found:
            return max(found, key=lambda folder: (_last_used(folder), folder.name))
    return root / f"{UNSAFE.sub('_', name)[:NAME_LENGTH]}{tail}"


def folders_of_path(root: Path, path: str, series: str | None) -> list[Path]:
    """Return the workspaces of the source at a path, for earlier contents too, the one used last first."""
    found = []
    with contextlib.suppress(OSError):
        for folder in root.iterdir():
            record = SourceRecord.read(folder)
            if record is not None and (record.path, record.series) == (path, series):
                found.append(folder)
    return sorted(found, key=_last_used, reverse=True)


def _last_used(folder: Path) -> float:
    times = [0.0]
    with contextlib.suppress(OSError):
        times += [file.stat().st_mtime for file in folder.glob(f"{JOURNALS}*")]
    return max(times)


def find_source(folder: Path) -> Path:
    """Return the source that a workspace folder was made for, looked for where it was and beside the folder.

    Another file in its place is not taken for it; a folder of images may have changed since.
    Raises WorkspaceError when it is in no place, or only something else.
    """
    record = SourceRecord.read(folder)
    if record is None:
        raise WorkspaceError(
            "This folder is no workspace.", subject=folder, remedy=f"Choose a folder that holds {ABOUT}."
        )
    recorded = Path(record.path)
    near = (folder, folder.parent, folder.parent.parent)
    found = [place for place in (recorded, *(one / recorded.name for one in near)) if place.exists()]
    for place in found:
        if not record.fingerprint or sequence_identity(place, record.series) == record.fingerprint:
            return place
    if found and record.kind == "folder":
        return found[0]
    if found:
        raise WorkspaceError(
            f"This workspace was made for another file than {found[0]}: the content differs.",
            subject=folder,
            remedy=f"Put the original {recorded.name} beside the workspace folder, or open the file itself.",
        )
    raise WorkspaceError(
        f"The source of this workspace is not here: {recorded.name}.",
        subject=folder,
        remedy="Connect its drive, copy the source beside the workspace folder, or open the source itself.",
    )


def is_workspace(path: Path) -> bool:
    """Whether a folder is a workspace."""
    return (path / ABOUT).is_file() and (path / JOURNAL).is_file()


@contextlib.contextmanager
def _errors(subject: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("The disk is full.", subject=subject, remedy="Free some space.") from error
        raise WorkspaceError(
            f"The workspace cannot be written ({error.strerror}).",
            subject=subject,
            remedy="Choose another workspace folder or check its permissions.",
        ) from error
