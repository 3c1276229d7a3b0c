"""A sequence as its workspace folder holds it, for reading alone: without lock, source or engine."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from app.domain.errors import WorkspaceError
from app.domain.journal_merging import Work
from app.domain.tier import TierTable
from app.storage.workspace.journal import Journal
from app.storage.workspace.journal_reading import JournalContents
from app.storage.workspace.proposals import Proposal, read_proposals
from app.storage.workspace.source_record import SourceRecord
from app.storage.workspace.stored_values import read_tiers
from app.storage.workspace.workspace import JOURNAL, TIME_JOURNAL, is_workspace


@dataclass(frozen=True, slots=True)
class StoredSequence:
    """A workspace folder and what its source was when it was used last."""

    folder: Path
    record: SourceRecord

    @property
    def journal(self) -> Path:
        """The journal of the direction that the sequence was annotated in last."""
        is_over_time = self.record.along == "time"
        own = self.folder / (TIME_JOURNAL if is_over_time else f"journal-{self.record.orientation}.sqlite3")
        return own if own.is_file() else self.folder / JOURNAL

    def read(self) -> tuple[JournalContents, dict[tuple[int, int], str]]:
        """Return what the journal holds, and the author of each mask by (frame, object id).

        Another instance of the program may have it open, and a journal of an earlier version is not changed: a copy
        is read. Raises WorkspaceError where it cannot be read, WorkspaceNewer for one of a later version.
        """
        with self._copy() as copy, Journal(copy) as edits:
            return edits.read(limit=0), edits.authors()

    def proposals(self) -> dict[tuple[int, int], Proposal]:
        """Return what models proposed last by (frame, object id). Raises WorkspaceError where it cannot be read."""
        with self._copy() as copy:
            return read_proposals(copy)

    def read_tiers(self) -> TierTable:
        """Return what happens when. Raises WorkspaceError where it cannot be read."""
        with self._copy() as copy:
            return read_tiers(copy)

    def values(self, *keys: str) -> dict[str, object]:
        """Return some of the values beside the edits, None for those that there are not."""
        with self._copy() as copy, Journal(copy) as edits:
            return {key: edits.meta(key) for key in keys}

    @contextmanager
    def _copy(self) -> Iterator[Path]:
        with TemporaryDirectory() as folder:
            copy = Path(folder) / JOURNAL
            copy_database(self.journal, copy)
            yield copy


def find_sequences(root: Path) -> tuple[StoredSequence, ...]:
    """Return the sequences of a folder of workspaces, or of one workspace folder, in order of their names.

    Raises WorkspaceError where there is no such folder.
    """
    if not root.is_dir():
        raise WorkspaceError("There is no such folder.", subject=root, remedy="Check the path.")
    folders: Iterable[Path] = (
        [root] if is_workspace(root) else (path for path in root.iterdir() if is_workspace(path))
    )
    pairs = ((folder, SourceRecord.read(folder)) for folder in folders)
    found = [StoredSequence(folder, record) for folder, record in pairs if record is not None]
    return tuple(
        sorted(found, key=lambda item: (item.record.name, item.record.fingerprint, item.folder.name))
    )


def is_work(path: Path) -> bool:
    """Whether a path is a workspace, or a folder that holds one."""
    return path.is_dir() and (is_workspace(path) or any(map(is_workspace, path.iterdir())))


def work_of(contents: JournalContents, authors: Mapping[tuple[int, int], str] | None = None) -> Work:
    """Return what a journal holds. authors: of masks that do not say themselves who made them."""
    cells = {(frame, object_id): cell for frame, object_id, cell in contents.cells}
    if authors is not None:
        cells = {
            key: cell if cell.author is not None else replace(cell, author=authors.get(key, ""))
            for key, cell in cells.items()
        }
    return Work(contents.labels, contents.objects, cells)


def copy_database(source: Path, target: Path) -> None:
    """Copy a database that others may be writing to; one that cannot be written is read as it lies there."""
    address = f"file:{quote(os.fsencode(source))}?mode=ro"
    can_write = os.access(source.parent, os.W_OK)
    try:
        with (
            closing(sqlite3.connect(address if can_write else f"{address}&immutable=1", uri=True)) as db,
            closing(sqlite3.connect(target)) as copy,
        ):
            db.backup(copy)
    except sqlite3.Error as error:
        raise WorkspaceError(f"The journal cannot be read ({error}).", subject=source) from error
