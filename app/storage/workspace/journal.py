"""The journal: every edit of a sequence, durable in SQLite before anything says saved.

WAL with synchronous=FULL: a committed transaction survives kill -9 and a power cut.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from operator import index
from pathlib import Path
from typing import Any, Literal

from app.domain.closeable import Closeable
from app.domain.errors import EditLost, StorageFull, WorkspaceError, WorkspaceNewer
from app.domain.history import CellChange, Edit
from app.domain.sign_off import sign_offs_from_wire
from app.domain.tier import TAKE_OVER_TITLE
from app.domain.tier_wire import change_to_wire, intervals_to_wire, table_from_wire, tiers_to_wire
from app.files.odd_names import spell_name
from app.files.private import make_private_file
from app.storage.workspace import journal_tables as tables
from app.storage.workspace import payloads
from app.storage.workspace.database import lacks_room, set_aside, transaction
from app.storage.workspace.journal_reading import JournalContents, JournalReading

__all__ = ["Journal", "JournalContents", "JournalEntry"]

BUSY_SECONDS = 5.0  # to wait for another connection, such as a backup
EntryKind = Literal["done", "grown", "undone", "redone"]

ABANDONED = -1  # in the column undone: redo can no longer reach it


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An edit to be written."""

    edit: Edit
    how: EntryKind
    at: float  #: seconds since 1970, by the wall clock
    operator: str = ""
    model: str = ""


class Journal(Closeable):
    """The edits of one sequence. One thread at a time may use it."""

    def __init__(self, path: Path) -> None:
        """Open the journal, or make an empty one.

        Raises WorkspaceNewer for a journal of a later version, WorkspaceError when it cannot be used.
        """
        self.path = path
        with self._errors():
            self._db = _connect(path)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise
        self._file = _file_id(path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def is_in_place(self) -> bool:
        """Whether the file at the path is the one that is open, neither deleted nor replaced."""
        return _file_id(self.path) == self._file

    @property
    def is_empty(self) -> bool:
        """Whether it holds no mask, object, comment, interval or tier of a person."""
        with self._errors():
            (is_used,) = self._db.execute(
                "SELECT EXISTS (SELECT 1 FROM cells) OR EXISTS (SELECT 1 FROM edits WHERE objects IS NOT NULL) "
                "OR EXISTS (SELECT 1 FROM comment_changes) OR EXISTS "
                "(SELECT 1 FROM tier_changes JOIN edits USING (edit_id) WHERE title IS NOT ?)",
                (TAKE_OVER_TITLE,),
            ).fetchone()
        return not is_used

    def rewrite(self) -> None:
        """Write all that is in the open file, which was deleted or replaced, to a new one at the path, and use that.

        Another file that lies there is set aside. Raises StorageFull or WorkspaceError; the open file stays in use
        then.
        """
        with self._errors():
            with suppress(OSError):
                set_aside(self.path, "replaced")
            made = _connect(self.path)
            try:
                self._db.backup(made)
                tables.prepare_connection(made)
            except BaseException:
                made.close()
                raise
        self._db.close()
        self._db, self._file = made, _file_id(self.path)

    def write(self, entries: Sequence[JournalEntry], meta: dict[str, Any] | None = None) -> None:
        """Make edits and values durable, all or none.

        Raises StorageFull when the disk is full, WorkspaceError when the file cannot be written, EditLost when a
        value is of a kind that can never be.
        """
        try:
            with self._errors(), transaction(self._db):
                for entry in entries:
                    self._write_entry(entry)
                for key, value in (meta or {}).items():
                    self._set(key, payloads.pack_data(value))
        except (TypeError, ValueError, OverflowError) as error:
            raise EditLost(
                f"An edit cannot be stored ({error}).", subject=self.path, remedy="Undo it and make it again."
            ) from error

    def meta(self, key: str, default: Any = None) -> Any:
        """Return a value that was written before, the default where there is none or a damaged one."""
        payload = self._raw(key)
        if payload is None:
            return default
        try:
            return payloads.unpack_data(payload)
        except ValueError:
            return default

    def read(self, limit: int = 200) -> JournalContents:
        """Return everything, with at most limit edits to undo. What is damaged is left out and named."""
        with self._errors():
            reading = JournalReading(self._db, limit)
            found = reading.contents(self.meta("next_object", 1))
        return replace(found, sign_offs=sign_offs_from_wire(self.meta("sign_offs", [])))

    def authorship(self) -> Iterator[tuple[int, str, float, str, str]]:
        """Yield (edit_id, title, at, operator, model) of every edit ever made, oldest first."""
        with self._errors():
            yield from self._db.execute(
                "SELECT edit_id, CAST(title AS TEXT), at, CAST(operator AS TEXT), CAST(model AS TEXT) FROM edits "
                "ORDER BY edit_id"
            )

    def authors(self) -> dict[tuple[int, int], str]:
        """Return the operator whose edit was the last of a mask, by (frame, object_id)."""
        query = (
            "SELECT frame, object_id, CAST(operator AS TEXT) FROM changes JOIN edits USING (edit_id) "
            "WHERE undone = 0 ORDER BY changes.rowid"
        )
        with self._errors():
            return {(frame, object_id): name for frame, object_id, name in self._db.execute(query)}

    def _prepare(self) -> None:
        tables.prepare_connection(self._db)
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > tables.VERSION:
            raise WorkspaceNewer(
                f"A newer version of the program wrote this workspace (format {version}, known: {tables.VERSION}).",
                subject=self.path,
                remedy="Update the program on this machine; nothing was changed.",
            )
        tables.upgrade_tables(self._db, version)

    def _write_entry(self, entry: JournalEntry) -> None:
        edit = entry.edit
        if entry.how in ("done", "grown"):
            if entry.how == "done":
                self._insert(entry)
            self._insert_changes(edit)
            self._apply(edit)
        elif entry.how == "undone":
            (last,) = self._db.execute("SELECT max(undone) FROM edits").fetchone()
            self._mark(edit.edit_id, max(last, 0) + 1)
            self._apply(edit.inverse)
        else:
            self._mark(edit.edit_id, 0)
            self._apply(edit)

    def _insert(self, entry: JournalEntry) -> None:
        edit = entry.edit
        redoable = self._db.execute("SELECT edit_id FROM edits WHERE undone > 0").fetchall()
        for (edit_id,) in redoable:
            self._mark(edit_id, ABANDONED)
        values = (
            edit.edit_id,
            spell_name(edit.title),
            float(entry.at),
            spell_name(entry.operator),
            spell_name(entry.model),
            edit.labels and payloads.pack_data([payloads.pack_labels(side) for side in edit.labels]),
            edit.objects and payloads.pack_data([payloads.pack_objects(side) for side in edit.objects]),
        )
        if edit.comments is not None:
            self._insert_sides("comment_changes", edit, map(payloads.pack_comments, edit.comments))
        if edit.tiers is not None:
            self._insert_sides("tier_changes", edit, map(payloads.pack_data, change_to_wire(edit.tiers)))
        self._db.execute(
            "INSERT INTO edits (edit_id, title, at, operator, model, labels, objects, undone, clicks, crc) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, row_crc(?1, CAST(?2 AS BLOB), ?3, CAST(?4 AS BLOB), "
            "CAST(?5 AS BLOB), ?6, ?7, 0, ?8))",
            (*values, edit.clicks),
        )

    def _insert_sides(self, table: str, edit: Edit, sides: Iterable[bytes]) -> None:
        self._db.execute(
            f"INSERT INTO {table} VALUES (?1, ?2, ?3, row_crc(?1, ?2, ?3))", (edit.edit_id, *sides)
        )

    def _insert_changes(self, edit: Edit) -> None:
        rows = []
        for change in edit.cells:
            before, after = (payloads.pack_annotation(side) for side in (change.before, change.after))
            values = (edit.edit_id, index(change.frame), index(change.object_id), before, after)
            rows.append((*values, tables.row_crc(*values)))
        self._db.executemany("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?)", rows)
        added = sum(row[-1] for row in rows) & tables.SUM
        self._db.execute(
            f"UPDATE edits SET changes = (changes + ?) & {tables.SUM} WHERE edit_id = ?",
            (added, edit.edit_id),
        )

    def _mark(self, edit_id: int, undone: int) -> None:
        crc = tables.EDIT_CRC.replace("undone", "?1")
        self._db.execute(f"UPDATE edits SET undone = ?1, crc = {crc} WHERE edit_id = ?2", (undone, edit_id))

    def _apply(self, edit: Edit) -> None:
        """Bring labels, objects, comments, tiers and cells to the state after an edit."""
        if edit.labels is not None:
            self._set("labels", payloads.pack_labels(edit.labels[1]))
        if edit.objects is not None:
            self._set("objects", payloads.pack_objects(edit.objects[1]))
            ids = [item.object_id for side in edit.objects for item in side]
            known = self.meta("next_object", 1)
            self._set("next_object", payloads.pack_data(max([known, *(object_id + 1 for object_id in ids)])))
        if edit.comments is not None:
            self._set("comments", payloads.pack_comments(edit.comments[1]))
        if edit.tiers is not None:
            table = table_from_wire(self.meta("tiers"), self.meta("intervals")).changed(edit.tiers)
            self._set("tiers", payloads.pack_data(tiers_to_wire(table.tiers)))
            self._set("intervals", payloads.pack_data(intervals_to_wire(table.intervals)))
        for change in edit.cells:
            self._put(change)

    def _put(self, change: CellChange) -> None:
        where = (index(change.frame), index(change.object_id))
        if change.after is None:
            self._db.execute("DELETE FROM cells WHERE frame = ? AND object_id = ?", where)
        else:
            payload = payloads.pack_annotation(change.after)
            self._db.execute(
                "INSERT OR REPLACE INTO cells VALUES (?1, ?2, ?3, row_crc(?1, ?2, ?3))", (*where, payload)
            )

    def _set(self, key: str, payload: bytes) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO meta VALUES (?1, ?2, row_crc(CAST(?1 AS BLOB), ?2))", (key, payload)
        )

    def _raw(self, key: str) -> bytes | None:
        with self._errors():
            row = self._db.execute(
                f"SELECT value, {tables.META_IS_SOUND} FROM meta WHERE key = ?1", (key,)
            ).fetchone()
        return bytes(row[0]) if row is not None and row[1] and isinstance(row[0], bytes) else None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise _translated(error, self.path) from error
        except UnicodeDecodeError as error:
            # SQLite quotes what it could not parse of a damaged schema.
            raise _damaged(self.path) from error


def _connect(path: Path) -> sqlite3.Connection:
    # Where that fails, SQLite says why in its own words.
    with suppress(OSError):
        make_private_file(path)
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _file_id(path: Path) -> tuple[int, int] | None:
    """Identity of a file, unlike that of any other one that exists; None where there is none."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _translated(error: sqlite3.Error, path: Path) -> StorageFull | WorkspaceError:
    code = getattr(error, "sqlite_errorname", "")
    if isinstance(error, (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.DataError)):
        return EditLost(
            f"An edit cannot be stored ({error}).", subject=path, remedy="Undo it and make it again."
        )
    if code == "SQLITE_FULL":
        return StorageFull(
            "The disk is full: the last edits are not saved yet.",
            subject=path,
            remedy="Free some space; saving goes on by itself.",
        )
    if lacks_room(error, path):
        return StorageFull("The disk is full.", subject=path, remedy="Free some space, and try again.")
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return WorkspaceError(
            "The workspace cannot be written.", subject=path, remedy="Check the permissions of its folder."
        )
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return _damaged(path)
    return WorkspaceError(
        f"The journal failed ({error}).", subject=path, remedy="Check the disk and try again."
    )


def _damaged(path: Path) -> WorkspaceError:
    return WorkspaceError(
        "The journal is damaged.",
        subject=path,
        remedy="Restore the workspace folder from a backup, or move it away to start afresh.",
    )
