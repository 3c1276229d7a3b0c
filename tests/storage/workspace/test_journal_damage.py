"""Damaged values of a journal are named as what they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.comment import Comment
from app.domain.errors import WorkspaceError, WorkspaceNewer
from app.domain.history import Edit
from app.domain.sign_off import SignOff, sign_offs_to_wire
from app.domain.tier import Interval, Term, Tier, TierChange
from app.storage.workspace.journal import Journal, JournalEntry
from app.storage.workspace.stored_values import read_comments, read_tiers
from tests.storage.workspace.flipped_bits import flipped_copies

TIER = Tier("phase", "phases", (Term("approach", "1"), Term("resection", "2")))
TIERS = Edit(
    1,
    "Add tier",
    (),
    tiers=TierChange(added=(Interval("phase", "approach", 0, 9, "Ada"),), tiers=((), (TIER,))),
)
COMMENTS = Edit(2, "Comment", (), comments=((), (Comment(1, "A bubble. #artifact", 3, 5),)))
KEYS = ("comments", "tiers", "intervals", "sign_offs", "seen")


def write(path: Path) -> None:
    """Write tiers, a comment, a sign-off and what was looked at."""
    with Journal(path) as journal:
        entries = [JournalEntry(edit, "done", 1.0) for edit in (TIERS, COMMENTS)]
        signed = sign_offs_to_wire([SignOff("Ada", 12.5)])
        journal.write(entries, {"sign_offs": signed, "seen": b"\1\0\1"})


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("sign_offs", "who signed this sequence off"),
        ("comments", "the comments were lost"),
        ("tiers", "the tiers were lost"),
        ("intervals", "the intervals were lost"),
        ("seen", "looked at"),
    ],
)
@pytest.mark.parametrize("column", ["value", "crc"])
def test_a_damaged_value_is_named_as_what_it_was(tmp_path: Path, key: str, words: str, column: str) -> None:
    write(tmp_path / "j")
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as db:
        damaged = "substr(value, 2)" if column == "value" else "crc + 1"
        db.execute(f"UPDATE meta SET {column} = {damaged} WHERE key = ?", (key,))
    with Journal(tmp_path / "j") as journal:
        found = journal.read()
        assert any(words in sentence for sentence in found.damage)
        assert journal.meta(key) is None
        assert all(journal.meta(other) for other in KEYS if other != key), "the others stay"


@pytest.mark.parametrize(
    ("key", "read"), [("comments", read_comments), ("tiers", read_tiers), ("intervals", read_tiers)]
)
def test_an_export_refuses_a_damaged_value(tmp_path: Path, key: str, read: Callable[[Path], object]) -> None:
    write(tmp_path / "j")
    assert read(tmp_path / "j")
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as db:
        (value,) = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        changed = value.replace(b"a", b"b", 1)
        assert changed != value
        db.execute("UPDATE meta SET value = ? WHERE key = ?", (changed, key))
    with pytest.raises(WorkspaceError, match=f"its {key} are damaged"):
        read(tmp_path / "j")


def test_a_key_whose_type_is_damaged_gives_no_other_key_its_value(tmp_path: Path) -> None:
    write(tmp_path / "j")
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as db:
        db.execute("UPDATE meta SET key = CAST(key AS BLOB) WHERE key = 'seen'")
    with Journal(tmp_path / "j") as journal:
        assert any("looked at" in sentence for sentence in journal.read().damage)
        assert journal.meta("seen") is None


def test_a_sign_off_whose_name_in_the_file_is_damaged_is_named_too(tmp_path: Path) -> None:
    write(tmp_path / "j")
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as db:
        db.execute("UPDATE meta SET key = 'sign_offr' WHERE key = 'sign_offs'")
    with Journal(tmp_path / "j") as journal:
        assert any("signed this sequence off" in sentence for sentence in journal.read().damage)


@pytest.mark.parametrize("table", ["comment_changes", "tier_changes"])
def test_changes_that_no_edit_finds_for_a_damaged_schema_are_named(tmp_path: Path, table: str) -> None:
    write(tmp_path / "j")
    content = (tmp_path / "j").read_bytes()
    head = content.index(f"CREATE TABLE {table}".encode())
    at = content.index(b"PRIMARY KEY", head)
    (tmp_path / "j").write_bytes(content[:at] + b"PRHMARY KEY" + content[at + 11 :])
    with Journal(tmp_path / "j") as journal:
        damage = journal.read().damage
    assert any(f"changes of {table.split('_')[0]}" in sentence for sentence in damage)


def test_rows_that_a_damaged_page_hides_are_missed(tmp_path: Path) -> None:
    write(tmp_path / "j")
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as db:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'tier_changes'"
        (page,) = db.execute(query).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray((tmp_path / "j").read_bytes())
    content[(page - 1) * size + 4] ^= 64  # the number of cells of the page, file format section 1.6
    (tmp_path / "j").write_bytes(content)
    try:
        with Journal(tmp_path / "j") as journal:
            assert journal.read().damage
    except WorkspaceError:
        pass  # refused as damaged


def test_no_flipped_bit_changes_tiers_comments_or_a_sign_off_in_silence(tmp_path: Path) -> None:
    write(tmp_path / "good")
    with Journal(tmp_path / "good") as journal:
        good = journal.read(), [journal.meta(key) for key in KEYS]
    for seed, path in flipped_copies(tmp_path / "good", 300):
        try:
            with Journal(path) as journal:
                found = journal.read(), [journal.meta(key) for key in KEYS]
        except (WorkspaceError, WorkspaceNewer):
            continue
        assert found[0].damage or found == good, seed
