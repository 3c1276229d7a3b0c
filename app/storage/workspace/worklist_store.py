"""The worklist in SQLite, one row an entry; it survives kill -9 and a power cut."""

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgpack

from app.domain.closeable import Closeable
from app.domain.errors import StorageFull, WorkspaceBusy, WorkspaceError, WorkspaceNewer
from app.domain.worklist.entry import Copy, EntryState, FileSignature, WorklistEntry
from app.files.private import make_private_file, make_private_folder
from app.storage.workspace.database import set_aside, transaction

NAME = "worklist.sqlite3"
VERSION = 1  # of the table, in user_version
SCHEMA = "CREATE TABLE entries (entry_id TEXT PRIMARY KEY, entry BLOB NOT NULL) WITHOUT ROWID;"
DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
# A file name need not be UTF-8; Python then spells it with surrogates, and they must come back.
_ODD_NAMES = "surrogatepass"
# Names of fields in the file, where they differ from ours.
_STORED = {"signature": "trace"}


class Worklist(Closeable):
    """The entries in memory, and behind them on the disk.

    put and forget change the memory at once and tell the listeners; save makes it durable and may be called
    from another thread. damaged: where a damaged file was put, None when all was well.
    """

    def __init__(self, path: Path) -> None:
        """Open the list, or make an empty one; a damaged file is moved aside and stays there.

        Raises WorkspaceBusy when another instance of the program has it open, WorkspaceNewer for a list of a
        later version, WorkspaceError or StorageFull when it cannot be written.
        """
        self.path = path
        self.damaged: Path | None = None
        self.listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._changed: dict[str, WorklistEntry | None] = {}
        self._sorted: tuple[WorklistEntry, ...] | None = None
        # Ids by path and by content: thousands of files may arrive at once, and each is looked for several times.
        self._by_path: defaultdict[str, set[str]] = defaultdict(set)
        self._by_content: defaultdict[str, set[str]] = defaultdict(set)
        try:
            self._db, self._entries = _open(path)
        except sqlite3.Error as error:
            if not getattr(error, "sqlite_errorname", "").startswith(DAMAGE):
                raise _translated(error, path) from error
            self.damaged = set_aside(path, "damaged")
            with _errors(path):
                self._db, self._entries = _open(path)
        for entry in self._entries.values():
            self._index(entry)

    def close(self) -> None:
        """Write what is left, if that can be done, and let go of the file."""
        with suppress(StorageFull, WorkspaceError):
            self.save()
        self._db.close()

    @property
    def entries(self) -> tuple[WorklistEntry, ...]:
        """All entries, in order of arrival."""
        with self._lock:
            if self._sorted is None:
                found = sorted(self._entries.values(), key=lambda entry: (entry.arrived, entry.entry_id))
                self._sorted = tuple(found)
            return self._sorted

    @property
    def is_saved(self) -> bool:
        """Whether everything is durable."""
        return not self._changed

    def get(self, entry_id: str) -> WorklistEntry | None:
        """Return the entry of this id."""
        return self._entries.get(entry_id)

    def find_by_path(self, path: str) -> tuple[WorklistEntry, ...]:
        """Return the entries of a source, one for each series, those of a missing source last."""
        found = (self._entries[entry_id] for entry_id in self._by_path.get(path, ()))
        return tuple(sorted(found, key=lambda entry: (entry.missing, entry.arrived, entry.series or "")))

    def find_by_fingerprint(self, fingerprint: str) -> WorklistEntry | None:
        """Return the openable entry of this content, rather one whose source is there."""
        openable = (entry for entry in self.find_all_by_fingerprint(fingerprint) if entry.state.can_open)
        return min(openable, key=lambda entry: entry.missing, default=None)

    def find_all_by_fingerprint(self, fingerprint: str) -> list[WorklistEntry]:
        """Return all entries of this content, in order of arrival."""
        found = (self._entries[entry_id] for entry_id in self._by_content.get(fingerprint, ()))
        return sorted(found, key=lambda entry: (entry.arrived, entry.entry_id))

    def put(self, *entries: WorklistEntry) -> None:
        """Add entries or replace those with the same id."""
        news = [entry for entry in entries if self._entries.get(entry.entry_id) != entry]
        with self._lock:
            for entry in news:
                self._unindex(entry.entry_id)
                self._entries[entry.entry_id] = self._changed[entry.entry_id] = entry
                self._index(entry)
        if news:
            self._notify()

    def remove(self, *entry_ids: str) -> None:
        """Take entries out of the list; unknown ids do not matter."""
        known = [entry_id for entry_id in entry_ids if entry_id in self._entries]
        with self._lock:
            for entry_id in known:
                self._unindex(entry_id)
                del self._entries[entry_id]
                self._changed[entry_id] = None
        if known:
            self._notify()

    def save(self) -> None:
        """Make everything durable.

        Raises StorageFull or WorkspaceError; what could not be written is kept for the next time.
        """
        with self._saving:
            with self._lock:
                changed, self._changed = self._changed, {}
            try:
                self._write(changed)
            except BaseException:
                with self._lock:
                    self._changed = {**changed, **self._changed}
                raise

    def _write(self, changed: dict[str, WorklistEntry | None]) -> None:
        if not changed:
            return
        kept = [(key, _pack(entry)) for key, entry in changed.items() if entry is not None]
        gone = [(key,) for key, entry in changed.items() if entry is None]
        with _errors(self.path), transaction(self._db):
            self._db.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?)", kept)
            self._db.executemany("DELETE FROM entries WHERE entry_id = ?", gone)

    def _index(self, entry: WorklistEntry) -> None:
        self._by_path[entry.path].add(entry.entry_id)
        self._by_content[entry.fingerprint].add(entry.entry_id)
        self._sorted = None

    def _unindex(self, entry_id: str) -> None:
        entry = self._entries.get(entry_id)
        if entry is not None:
            for index, key in ((self._by_path, entry.path), (self._by_content, entry.fingerprint)):
                index[key].discard(entry_id)
                if not index[key]:
                    del index[key]
        self._sorted = None

    def _notify(self) -> None:
        for listener in tuple(self.listeners):
            listener()


def _open(path: Path) -> tuple[sqlite3.Connection, dict[str, WorklistEntry]]:
    try:
        if not path.parent.exists():
            make_private_folder(path.parent)
    except OSError as error:
        raise _unwritable(path) from error
    # Where that fails, SQLite says why in its own words.
    with suppress(OSError):
        make_private_file(path)
    db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        return db, _read(db, path)
    except BaseException:
        db.close()
        raise


def _read(db: sqlite3.Connection, path: Path) -> dict[str, WorklistEntry]:
    # Held until close: a second instance would undo what this one writes.
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise WorkspaceNewer(
            f"A newer version of the program wrote this worklist (format {version}, known: {VERSION}).",
            subject=path,
            remedy="Update the program on this machine; nothing was changed.",
        )
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    if version == 0:
        db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    rows = db.execute("SELECT entry FROM entries").fetchall()
    return {entry.entry_id: entry for entry in _unpacked(payload for (payload,) in rows)}


def _pack(entry: WorklistEntry) -> bytes:
    plain = {
        _STORED.get(field.name, field.name): getattr(entry, field.name) for field in fields(WorklistEntry)
    }
    return bytes(msgpack.packb(plain, default=_plain, unicode_errors=_ODD_NAMES))


def _plain(value: object) -> object:
    if isinstance(value, (FileSignature, Copy)):
        return [getattr(value, field.name) for field in fields(value)]
    raise TypeError(f"{type(value).__name__} in an entry")


def _unpacked(payloads: Iterable[bytes]) -> Iterator[WorklistEntry]:
    """Yield the entries of valid rows; the source of another is still in the drop folder and is found again."""
    for payload in payloads:
        with suppress(ValueError, TypeError, KeyError, msgpack.UnpackException):
            yield _entry(msgpack.unpackb(payload, unicode_errors=_ODD_NAMES))


def _entry(plain: dict[str, Any]) -> WorklistEntry:
    stored = {field.name: _STORED.get(field.name, field.name) for field in fields(WorklistEntry)}
    known = {name: plain[key] for name, key in stored.items() if key in plain}
    known["state"] = EntryState(known["state"])
    known["signature"] = FileSignature(*known["signature"])
    known["copies"] = tuple(Copy(path, FileSignature(*signature)) for path, signature in known["copies"])
    known["labels"], known["warnings"] = tuple(known["labels"]), tuple(known["warnings"])
    known["unmasked"] = tuple(known.get("unmasked", ()))
    return WorklistEntry(**known)


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error, path) from error


def _translated(error: sqlite3.Error, path: Path) -> StorageFull | WorkspaceError:
    code = getattr(error, "sqlite_errorname", "")
    if code == "SQLITE_FULL":
        return StorageFull(
            "The disk is full: the worklist is not saved.",
            subject=path,
            remedy="Free some space; saving goes on by itself.",
        )
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return WorkspaceBusy(
            "Another instance of the program has this worklist open.",
            subject=path,
            remedy="Close it there first.",
        )
    return _unwritable(path)


def _unwritable(path: Path) -> WorkspaceError:
    return WorkspaceError(
        "The worklist cannot be read or written.",
        subject=path,
        remedy="Check the permissions of its folder and the disk it is on.",
    )
