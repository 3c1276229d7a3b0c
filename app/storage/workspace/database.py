"""Databases of SQLite: transactions, and files with those beside them."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from app.domain.errors import WorkspaceError

_LEAST_BYTES = 64 << 10  # free, which a database takes to be opened: its shared memory is a file of 32 KiB


def lacks_room(error: sqlite3.Error, path: Path) -> bool:
    """Whether an I/O error of SQLite is that of a full disk, where a database can be neither opened nor read."""
    if not getattr(error, "sqlite_errorname", "").startswith("SQLITE_IOERR"):
        return False
    try:
        return shutil.disk_usage(path.parent).free < _LEAST_BYTES
    except OSError:
        return False


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Write everything or nothing; raises sqlite3.Error."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def reading(journal: Path) -> Iterator[sqlite3.Connection]:
    """Open a journal, which may be open elsewhere, to read. Raises WorkspaceError for what the block cannot read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(os.fsencode(journal))}?mode=ro", uri=True)) as db:
            yield db
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise WorkspaceError(
            f"The journal cannot be read ({error}).", subject=journal, remedy="Open the sequence once."
        ) from error


def set_aside(path: Path, word: str) -> Path:
    """Move a database with its side files out of the way, to "<name>.<word><number>"; return where. Raises OSError."""
    number = 1
    while (target := path.with_name(f"{path.name}.{word}{number}")).exists():
        number += 1
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(target.with_name(target.name + suffix))
    return target
