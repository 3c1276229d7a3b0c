"""The journal: every edit of a sequence, durable in SQLite before anything says saved.

Tables: meta, one row a key; edits, one row a gesture, in order, with who and when; changes, the cells that a
gesture changed, before and after; cells, the masks as they are now. Payloads are msgpack.
WAL with synchronous=FULL: a committed transaction survives kill -9 and a power cut.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from app.domain.annotation import Annotation, Label, Object
from app.domain.errors import StorageFull, WorkspaceError, WorkspaceNewer
from app.domain.history import CellChange, Edit
from app.files.private import make_private_file
from app.storage.workspace import payloads
from app.storage.workspace.database import transaction

VERSION = 2  # of the tables, in user_version
BUSY_SECONDS = 5.0  # to wait for another connection, such as a backup
EntryKind = Literal["done", "grown", "undone", "redone"]

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE edits (
    edit_id INTEGER PRIMARY KEY, title TEXT NOT NULL, at REAL NOT NULL, operator TEXT NOT NULL,
    model TEXT NOT NULL, labels BLOB, objects BLOB, undone INTEGER NOT NULL DEFAULT 0,
    clicks INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE changes (
    edit_id INTEGER NOT NULL, frame INTEGER NOT NULL, object_id INTEGER NOT NULL, before BLOB, after BLOB
);
CREATE INDEX changes_of_edit ON changes (edit_id);
CREATE TABLE cells (
    frame INTEGER NOT NULL, object_id INTEGER NOT NULL, annotation BLOB NOT NULL,
    PRIMARY KEY (frame, object_id)
) WITHOUT ROWID;
"""
# What turns a journal of a version into the next one.
UPGRADES = {1: "ALTER TABLE edits ADD COLUMN clicks INTEGER NOT NULL DEFAULT 0;"}
ABANDONED = -1  # in the column undone: redo can no longer reach it


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An edit to be written."""

    edit: Edit
    how: EntryKind
    at: float  #: seconds since 1970, by the wall clock
    operator: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class JournalContents:
    """Everything that a journal holds."""

    labels: tuple[Label, ...]
    objects: tuple[Object, ...]
    cells: tuple[tuple[int, int, Annotation], ...]
    history: tuple[Edit, ...]  #: the newest edits to undo, oldest first, as History keeps them
    undone: tuple[Edit, ...]  #: the newest edits to redo
    next_edit: int
    next_object: int


class Journal:
    """The edits of one sequence. One thread at a time may use it."""

    def __init__(self, path: Path) -> None:
        """Open the journal, or make an empty one.

        Raises WorkspaceNewer for a journal of a later version, WorkspaceError when it cannot be used.
        """
        self.path = path
        with self._errors():
            # Where that fails, SQLite says why in its own words.
            with suppress(OSError):
                make_private_file(path)
            self._db = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def write(self, entries: Sequence[JournalEntry], meta: dict[str, Any] | None = None) -> None:
        """Make edits and values durable, all or none.

        Raises StorageFull when the disk is full, WorkspaceError when the file cannot be written.
        """
        with self._errors(), transaction(self._db):
            for entry in entries:
                self._write_entry(entry)
            for key, value in (meta or {}).items():
                self._set(key, payloads.pack(value))

    def meta(self, key: str, default: Any = None) -> Any:
        """Return a value that was written before."""
        with self._errors():
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return default if row is None else payloads.unpack(row[0])

    def read(self, limit: int = 200) -> JournalContents:
        """Return everything, with at most limit edits to undo."""
        with self._errors():
            cells = [
                (frame, object_id, annotation)
                for frame, object_id, payload in self._db.execute(
                    "SELECT frame, object_id, annotation FROM cells"
                )
                if (annotation := payloads.unpack_annotation(payload)) is not None
            ]
            done = self._edits("undone = 0 ORDER BY edit_id DESC", limit)
            undone = self._edits("undone > 0 ORDER BY undone ASC", limit)
            (last,) = self._db.execute("SELECT coalesce(max(edit_id), 0) FROM edits").fetchone()
        labels = payloads.unpack_labels(self._raw("labels") or payloads.pack([]))
        objects = payloads.unpack_objects(self._raw("objects") or payloads.pack([]))
        next_object = max([self.meta("next_object", 1), *(item.object_id + 1 for item in objects)])
        return JournalContents(labels, objects, tuple(cells), done[::-1], undone, last + 1, next_object)

    def authorship(self) -> Iterator[tuple[int, str, float, str, str]]:
        """Yield (edit_id, title, at, operator, model) of every edit ever made, oldest first."""
        with self._errors():
            yield from self._db.execute(
                "SELECT edit_id, title, at, operator, model FROM edits ORDER BY edit_id"
            )

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise WorkspaceNewer(
                f"A newer version of the program wrote this workspace (format {version}, known: {VERSION}).",
                subject=self.path,
                remedy="Update the program on this machine; nothing was changed.",
            )
        if version == 0:
            self._db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
            return
        for known in range(version, VERSION):
            self._db.executescript(f"BEGIN; {UPGRADES[known]} PRAGMA user_version = {known + 1}; COMMIT;")

    def _write_entry(self, entry: JournalEntry) -> None:
        edit = entry.edit
        if entry.how in ("done", "grown"):
            if entry.how == "done":
                self._insert(entry)
            self._db.executemany(
                "INSERT INTO changes VALUES (?, ?, ?, ?, ?)",
                [
                    (
                        edit.edit_id,
                        change.frame,
                        change.object_id,
                        payloads.pack_annotation(change.before),
                        payloads.pack_annotation(change.after),
                    )
                    for change in edit.cells
                ],
            )
            self._apply(edit)
        elif entry.how == "undone":
            self._mark(edit.edit_id, "(SELECT max(undone) + 1 FROM edits)")
            self._apply(edit.inverse)
        else:
            self._mark(edit.edit_id, "0")
            self._apply(edit)

    def _insert(self, entry: JournalEntry) -> None:
        edit = entry.edit
        self._db.execute("UPDATE edits SET undone = ? WHERE undone > 0", (ABANDONED,))
        self._db.execute(
            "INSERT INTO edits VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)",
            (
                edit.edit_id,
                edit.title,
                entry.at,
                entry.operator,
                entry.model,
                edit.labels and payloads.pack([payloads.pack_labels(side) for side in edit.labels]),
                edit.objects and payloads.pack([payloads.pack_objects(side) for side in edit.objects]),
                edit.clicks,
            ),
        )

    def _mark(self, edit_id: int, expression: Literal["0", "(SELECT max(undone) + 1 FROM edits)"]) -> None:
        self._db.execute(f"UPDATE edits SET undone = {expression} WHERE edit_id = ?", (edit_id,))

    def _apply(self, edit: Edit) -> None:
        """Bring labels, objects and cells to the state after an edit."""
        if edit.labels is not None:
            self._set("labels", payloads.pack_labels(edit.labels[1]))
        if edit.objects is not None:
            self._set("objects", payloads.pack_objects(edit.objects[1]))
            ids = [item.object_id for side in edit.objects for item in side]
            known = self.meta("next_object", 1)
            self._set("next_object", payloads.pack(max([known, *(object_id + 1 for object_id in ids)])))
        for change in edit.cells:
            self._put(change)

    def _put(self, change: CellChange) -> None:
        where = (change.frame, change.object_id)
        if change.after is None:
            self._db.execute("DELETE FROM cells WHERE frame = ? AND object_id = ?", where)
        else:
            payload = payloads.pack_annotation(change.after)
            self._db.execute("INSERT OR REPLACE INTO cells VALUES (?, ?, ?)", (*where, payload))

    def _edits(self, condition: str, limit: int) -> tuple[Edit, ...]:
        rows = self._db.execute(
            f"SELECT edit_id, title, labels, objects, clicks FROM edits WHERE {condition} LIMIT ?", (limit,)
        ).fetchall()
        return tuple(self._edit(*row) for row in rows)

    def _edit(
        self, edit_id: int, title: str, labels: bytes | None, objects: bytes | None, clicks: int
    ) -> Edit:
        rows = self._db.execute(
            "SELECT frame, object_id, before, after FROM changes WHERE edit_id = ? ORDER BY rowid", (edit_id,)
        )
        cells = tuple(
            CellChange(
                frame, object_id, payloads.unpack_annotation(before), payloads.unpack_annotation(after)
            )
            for frame, object_id, before, after in rows
        )
        return Edit(
            edit_id,
            title,
            cells,
            None
            if labels is None
            else _pair(payloads.unpack_labels(side) for side in payloads.unpack(labels)),
            None
            if objects is None
            else _pair(payloads.unpack_objects(side) for side in payloads.unpack(objects)),
            clicks,
        )

    def _set(self, key: str, payload: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, payload))

    def _raw(self, key: str) -> bytes | None:
        with self._errors():
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise _translated(error, self.path) from error


def _pair(sides: Iterable[Any]) -> tuple[Any, Any]:
    before, after = sides
    return before, after


def _translated(error: sqlite3.Error, path: Path) -> StorageFull | WorkspaceError:
    code = getattr(error, "sqlite_errorname", "")
    if code == "SQLITE_FULL":
        return StorageFull(
            "The disk is full: the last edits are not saved yet.",
            subject=path,
            remedy="Free some space; saving goes on by itself.",
        )
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return WorkspaceError(
            "The workspace cannot be written.", subject=path, remedy="Check the permissions of its folder."
        )
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return WorkspaceError(
            "The journal is damaged.",
            subject=path,
            remedy="Restore the workspace folder from a backup, or move it away to start afresh.",
        )
    return WorkspaceError(
        f"The journal failed ({error}).", subject=path, remedy="Check the disk and try again."
    )
