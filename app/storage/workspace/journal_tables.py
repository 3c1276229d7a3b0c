"""Tables of the journal: schema, upgrades, and a checksum for each row.

Tables: meta, one row a key; edits, one row a gesture, in order, with who and when; changes, comment_changes and
tier_changes, the cells, comments and intervals that a gesture changed, before and after; cells, the masks as they are
now. Payloads are msgpack. crc of a row is the CRC-32 of its other columns; totals holds the number of rows and the
sum of their checksums of every table but changes, so that rows that vanish are missed; edits.changes is that sum over
the changes of an edit.
"""

import sqlite3
import zlib
from typing import Final

import msgpack

VERSION: Final = 8  # of the tables and payloads, in user_version
FIRST_CHECKED: Final = 3  # version whose rows have checksums
SUM: Final = 0xFFFFFFFF  # sums of checksums are taken modulo 2^32
# Tables whose rows are counted and summed in totals, and what a person calls their rows.
COUNTED: Final = {
    "meta": "values",
    "edits": "edits",
    "cells": "masks",
    "comment_changes": "changes of comments",
    "tier_changes": "changes of tiers",
}

META_CRC: Final = "row_crc(CAST(key AS BLOB), value)"
# Whether the row of key ?1 is sound: where keys are damaged, SQLite may find another one in its place.
META_IS_SOUND: Final = f"crc = {META_CRC} AND CAST(key AS BLOB) = CAST(?1 AS BLOB)"
EDIT_CRC: Final = (
    "row_crc(edit_id, CAST(title AS BLOB), at, CAST(operator AS BLOB), CAST(model AS BLOB), labels, objects, "
    "undone, clicks)"
)
CHANGE_CRC: Final = "row_crc(edit_id, frame, object_id, before, after)"
# Of comment_changes and tier_changes.
SIDES_CRC: Final = "row_crc(edit_id, before, after)"
CELL_CRC: Final = "row_crc(frame, object_id, annotation)"

_TABLES: Final = """
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
_CHECKSUMS: Final = "".join(
    f"""
ALTER TABLE {table} ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
UPDATE {table} SET crc = {crc};
"""
    for table, crc in (
        ("meta", META_CRC),
        ("edits", EDIT_CRC),
        ("changes", CHANGE_CRC),
        ("cells", CELL_CRC),
    )
)


def _keep_totals(*names: str) -> str:
    """Return the script that begins the totals of tables, and the triggers that keep them."""
    return "".join(
        f"""
INSERT OR REPLACE INTO totals SELECT '{table}', count(*), coalesce(sum(crc), 0) & {SUM} FROM {table};
CREATE TRIGGER IF NOT EXISTS {table}_added AFTER INSERT ON {table} BEGIN
    UPDATE totals SET rows = rows + 1, crc = (crc + NEW.crc) & {SUM} WHERE name = '{table}';
END;
CREATE TRIGGER IF NOT EXISTS {table}_removed AFTER DELETE ON {table} BEGIN
    UPDATE totals SET rows = rows - 1, crc = (crc - OLD.crc) & {SUM} WHERE name = '{table}';
END;
CREATE TRIGGER IF NOT EXISTS {table}_changed AFTER UPDATE OF crc ON {table} BEGIN
    UPDATE totals SET crc = (crc - OLD.crc + NEW.crc) & {SUM} WHERE name = '{table}';
END;
"""
        for table in names
    )


_TOTALS: Final = (
    "CREATE TABLE totals (name TEXT PRIMARY KEY, rows INTEGER, crc INTEGER) WITHOUT ROWID;"
    + _keep_totals("meta", "edits", "cells")
)
_CHANGES: Final = f"""
ALTER TABLE edits ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
UPDATE edits SET changes =
    (SELECT coalesce(sum(crc), 0) & {SUM} FROM changes WHERE changes.edit_id = edits.edit_id);
"""
_COMMENT_CHANGES: Final = """
CREATE TABLE IF NOT EXISTS comment_changes (
    edit_id INTEGER PRIMARY KEY, before BLOB NOT NULL, after BLOB NOT NULL, crc INTEGER NOT NULL
);
"""
_TIER_CHANGES: Final = """
CREATE TABLE IF NOT EXISTS tier_changes (
    edit_id INTEGER PRIMARY KEY, before BLOB NOT NULL, after BLOB NOT NULL, crc INTEGER NOT NULL
);
"""
# NumPy's integers were stored as their bytes.
_PLAIN_NUMBERS: Final = "".join(
    f"UPDATE OR REPLACE {table} SET {column} = whole_number({column}) WHERE typeof({column}) = 'blob';\n"
    for table in ("changes", "cells")
    for column in ("frame", "object_id")
)
# What turns a journal of a version into the next one.
_UPGRADES: Final = {
    0: _TABLES,
    1: "ALTER TABLE edits ADD COLUMN clicks INTEGER NOT NULL DEFAULT 0;",
    2: _PLAIN_NUMBERS + _CHECKSUMS + _CHANGES + _TOTALS,
    3: "",  # payloads may have the status "imported" and an author
    4: "",  # objects may have a name, a note and a lock
    5: _COMMENT_CHANGES,
    6: _TIER_CHANGES,
    7: _keep_totals("comment_changes", "tier_changes"),
}
_NEXT: Final = {0: 2, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 7, 7: 8}


def prepare_connection(db: sqlite3.Connection) -> None:
    """Set how a connection writes, and register the functions that statements use."""
    db.text_factory = lambda content: content.decode("utf-8", "replace")
    db.create_function("row_crc", -1, row_crc, deterministic=True)
    db.create_function("whole_number", 1, _whole_number, deterministic=True)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    # Without it, a row that replaces another one does not take it out of the totals.
    db.execute("PRAGMA recursive_triggers = ON")


def upgrade_tables(db: sqlite3.Connection, version: int) -> None:
    """Bring tables of a version, 0 for an empty file, to the present one; each step whole or not at all."""
    while version < VERSION:
        after = _NEXT[version]
        db.executescript(f"BEGIN; {_UPGRADES[version]} PRAGMA user_version = {after}; COMMIT;")
        version = after


def row_crc(*values: object) -> int:
    """Return the checksum of the columns of a row."""
    return zlib.crc32(msgpack.packb(values))


def _whole_number(content: bytes) -> int:
    return int.from_bytes(content, "little", signed=True)
