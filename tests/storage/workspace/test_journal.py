"""The journal: what was recorded is there again, whatever happens."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgpack
import numpy as np
import pytest

from app.domain.annotation import Annotation, Label, Object, Status
from app.domain.comment import Comment, comments_from_wire
from app.domain.errors import StorageFull, WorkspaceError, WorkspaceNewer
from app.domain.history import CellChange, Edit
from app.domain.segment_code import CodedTerm, SegmentCode
from app.domain.tier import Interval, Term, Tier, TierChange, TierTable
from app.domain.tier_wire import table_from_wire
from app.imaging.masks import encode
from app.storage.workspace.journal import Journal, JournalEntry
from app.storage.workspace.journal_tables import row_crc
from tests.storage.workspace.flipped_bits import flipped_copies
from tests.storage.workspace.sqlite_connections import connections

ROOT = Path(__file__).parents[3]
KILLS = 10


def annotation(seed: int, status: Status = Status.EDITED) -> Annotation:
    made = encode(np.random.default_rng(seed).random((20, 30)) > 0.5)
    return Annotation(made, status, 0.25, reference=True, version=seed, sources=(seed, 2))


def entry(edit: Edit, how: str = "done") -> JournalEntry:
    return JournalEntry(edit, how, at=12.5, operator="Ada", model="classic")  # type: ignore[arg-type]


CODE = SegmentCode(
    CodedTerm("123037004", "SCT", "Anatomical Structure"),
    CodedTerm("64033007", "SCT", "Kidney"),
    CodedTerm("7771000", "SCT", "Left"),
)
FIRST = Edit(
    1,
    "Finish mask",
    (CellChange(4, 1, None, annotation(1)),),
    labels=((), (Label(3, "left ventricle", (1, 2, 3), CODE), Label(4, "tool", (1, 2, 4)))),
    objects=((), (Object(1, 3),)),
)
SECOND = Edit(2, "Move vertex", (CellChange(4, 1, annotation(1), annotation(2)),))


def test_everything_comes_back_after_closing(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST), entry(SECOND)], {"frame": 17})
    with Journal(tmp_path / "j") as journal:
        found = journal.read()
        assert found.cells == ((4, 1, annotation(2)),)
        assert FIRST.labels is not None and FIRST.objects is not None
        assert found.labels == FIRST.labels[1] and found.objects == FIRST.objects[1]
        assert found.history == (FIRST, SECOND)
        assert (found.next_edit, found.next_object) == (3, 2)
        assert journal.meta("frame") == 17
        assert [row[3:] for row in journal.authorship()] == [("Ada", "classic")] * 2


def test_undo_and_redo_are_durable_too(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST), entry(SECOND), entry(SECOND, "undone"), entry(FIRST, "undone")])
    with Journal(tmp_path / "j") as journal:
        found = journal.read()
        assert not found.cells and not found.labels and not found.objects
        assert found.undone[-1] == FIRST and found.undone[0] == SECOND
        journal.write([entry(FIRST, "redone")])
        assert journal.read().cells == ((4, 1, annotation(1)),)
        assert journal.read().undone == (SECOND,)


def test_a_new_edit_leaves_nothing_to_redo_but_the_record_of_it_stays(tmp_path: Path) -> None:
    third = Edit(3, "Verify", (CellChange(4, 1, annotation(1), annotation(3)),))
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST), entry(SECOND), entry(SECOND, "undone"), entry(third)])
        found = journal.read()
        assert found.history == (FIRST, third) and not found.undone
        assert found.next_edit == 4
        assert [row[0] for row in journal.authorship()] == [1, 2, 3]


def test_an_edit_that_grows_is_undone_as_a_whole(tmp_path: Path) -> None:
    more = Edit(1, "", tuple(CellChange(frame, 1, None, annotation(frame)) for frame in range(10, 20)))
    whole = Edit(1, FIRST.title, FIRST.cells + more.cells, FIRST.labels, FIRST.objects)
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST)])
        journal.write([entry(more, "grown")])
        assert len(journal.read().cells) == 11
        assert journal.read().history == (whole,)
        journal.write([entry(whole, "undone")])
        assert not journal.read().cells


def test_a_write_that_fails_changes_nothing(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST)])
        with pytest.raises(WorkspaceError):
            journal.write([entry(SECOND), entry(FIRST)])
        assert journal.read().history == (FIRST,)


def test_a_full_disk_says_so_keeps_what_was_there_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = connections(monkeypatch)
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST)])
        (pages,) = opened[0].execute("PRAGMA page_count").fetchone()
        opened[0].execute(f"PRAGMA max_page_count = {pages}")
        big = Edit(2, "Propagate", tuple(CellChange(n, 1, None, annotation(n)) for n in range(500, 900)))
        with pytest.raises(StorageFull, match="disk is full"):
            journal.write([entry(big)])
        assert journal.read().history == (FIRST,)
        opened[0].execute("PRAGMA max_page_count = 1000000")
        journal.write([entry(big)])
        assert len(journal.read().cells) == 401


def test_a_journal_from_before_clicks_were_counted_opens_and_counts_them_from_now_on(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST)])
    downgrade(tmp_path / "j", "ALTER TABLE edits DROP COLUMN clicks; PRAGMA user_version = 1;")
    counted = replace(SECOND, clicks=3)
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(counted)])
        assert journal.read().history == (FIRST, counted)


def test_names_notes_and_locks_of_objects_come_back_and_a_journal_without_them_opens(tmp_path: Path) -> None:
    assert FIRST.objects is not None
    plain = FIRST.objects[1]
    told = tuple(replace(item, name="left", note="blurred", locked=True) for item in plain)
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST), entry(Edit(2, "Change object", objects=(plain, told)))])
    with closing(sqlite3.connect(tmp_path / "j")) as db:
        db.execute("PRAGMA user_version = 4")
    with Journal(tmp_path / "j") as journal:
        assert journal.read().objects == told and not journal.read().damage


def test_comments_and_their_undo_come_back_and_a_journal_without_them_opens(tmp_path: Path) -> None:
    said = (Comment(1, "blurred #smoke", 3, 4, "Ada"),)
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST)])
    with closing(sqlite3.connect(tmp_path / "j")) as db:
        db.executescript("DROP TABLE comment_changes; PRAGMA user_version = 5;")
    told = Edit(2, "Add comment", comments=((), said))
    gone = Edit(3, "Delete comment", comments=(said, ()))
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(told), entry(gone), entry(gone, "undone")])
    with Journal(tmp_path / "j") as journal:
        found = journal.read()
        assert (found.history, found.undone, found.damage) == ((FIRST, told), (gone,), ())
        assert comments_from_wire(journal.meta("comments")) == said
    with closing(sqlite3.connect(tmp_path / "j")) as db:
        db.execute("UPDATE comment_changes SET after = before WHERE edit_id = 2")
        db.commit()
    with Journal(tmp_path / "j") as journal:
        assert journal.read().history == () and journal.read().damage


def test_intervals_and_their_undo_come_back_and_a_journal_without_them_opens(tmp_path: Path) -> None:
    tier = Tier("phase", "phases", (Term("cut", "1"),))
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST)])
    with closing(sqlite3.connect(tmp_path / "j")) as db:
        db.executescript("DROP TABLE tier_changes; PRAGMA user_version = 6;")
    made = Edit(2, "Add tier", tiers=TierChange(tiers=((), (tier,))))
    begun = Edit(3, "Mark cut", tiers=TierChange(added=(Interval("phase", "cut", 3, None, "Ada"),)))
    ended = Edit(4, "Mark cut", tiers=TierChange(begun.tiers.added, (Interval("phase", "cut", 3, 9, "Ada"),)))
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(made), entry(begun), entry(ended), entry(ended, "undone")])
    with Journal(tmp_path / "j") as journal:
        found = journal.read()
        assert (found.history, found.undone, found.damage) == ((FIRST, made, begun), (ended,), ())
        kept = table_from_wire(journal.meta("tiers"), journal.meta("intervals"))
        assert kept == TierTable((tier,), begun.tiers.added)
    with closing(sqlite3.connect(tmp_path / "j")) as db:
        db.execute("UPDATE tier_changes SET after = before WHERE edit_id = 3")
        db.commit()
    with Journal(tmp_path / "j") as journal:
        assert journal.read().history == () and journal.read().damage


def test_the_author_of_an_imported_mask_stays_and_others_have_the_operator_of_their_last_edit(
    tmp_path: Path,
) -> None:
    foreign = replace(annotation(1), status=Status.IMPORTED, score=0.5, author="Ada")
    with Journal(tmp_path / "j") as journal:
        cells = (CellChange(1, 7, None, foreign), CellChange(2, 7, None, annotation(2)))
        journal.write([replace(entry(Edit(1, "Import masks", cells)), operator="Bob")])
        assert {frame: cell for frame, _, cell in journal.read().cells} == {1: foreign, 2: annotation(2)}
        undone = Edit(2, "Set mask", (CellChange(2, 7, annotation(2), annotation(3)),))
        journal.write([replace(entry(undone), operator="Eve"), entry(undone, "undone")])
        assert journal.authors() == {(1, 7): "Bob", (2, 7): "Bob"}


def downgrade(path: Path, script: str = "") -> None:
    """Make a journal one of version 2, which had no checksums, and run a script on it."""
    with closing(sqlite3.connect(path)) as db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {trigger}")
        for table in ("meta", "edits", "changes", "cells"):
            db.execute(f"ALTER TABLE {table} DROP COLUMN crc")
        db.executescript(
            f"ALTER TABLE edits DROP COLUMN changes; DROP TABLE totals; PRAGMA user_version = 2; {script}"
        )


def test_a_journal_from_before_checksums_opens_as_it_was(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST), entry(SECOND), entry(SECOND, "undone")], {"frame": 3})
        before = journal.read()
    downgrade(tmp_path / "j")
    with Journal(tmp_path / "j") as journal:
        assert journal.read() == before and not before.damage
        journal.write([entry(SECOND, "redone")])
        assert journal.read().history == (FIRST, SECOND) and not journal.read().damage


def test_a_journal_from_before_imports_had_a_status_opens_as_it_was(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST)])
        before = journal.read()
    with closing(sqlite3.connect(tmp_path / "j")) as db:
        db.execute("PRAGMA user_version = 3")
    with Journal(tmp_path / "j") as journal:
        assert journal.read() == before and not before.damage


def test_frames_that_were_stored_as_bytes_of_numpy_are_repaired(tmp_path: Path) -> None:
    edit = Edit(1, "Set mask", (CellChange(300, 7, None, annotation(1)),))
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(edit)])
    odd = np.int64(300).tobytes()
    downgrade(tmp_path / "j")
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as db:
        db.execute("UPDATE cells SET frame = ?", (odd,))
        db.execute("UPDATE changes SET frame = ?", (odd,))
    with Journal(tmp_path / "j") as journal:
        assert journal.read().cells == ((300, 7, annotation(1)),)
        assert journal.read().history == (edit,)


def test_numbers_of_numpy_are_stored_as_numbers(tmp_path: Path) -> None:
    made = replace(annotation(1), score=np.float32(0.25), version=np.int64(1))  # type: ignore[arg-type]
    edit = Edit(1, "Set mask", (CellChange(np.int64(300), np.uint8(7), None, made),))  # type: ignore[arg-type]
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(edit)])
        assert journal.read().cells == ((300, 7, annotation(1)),)


def test_what_cannot_be_stored_is_an_error_and_nothing_of_it_is_written(tmp_path: Path) -> None:
    edit = Edit(1, "Set mask", (CellChange(1, 7, None, annotation(1)), CellChange("one", 7, None, None)))  # type: ignore[arg-type]
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(WorkspaceError, match="cannot be stored"):
            journal.write([entry(edit)])
        assert journal.read().cells == () and journal.read().history == ()


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        ((2**31, 2**31), b"0"),
        ((0, 0), b""),
        ((20, 30), b"oooooooooooooo"),
        ((20, 30), b"1"),
        ((20, -30), b"h1"),
        ((20, 30), "h1"),
    ],
)
def test_a_mask_that_cannot_be_is_left_out_and_named_and_the_others_stay(
    tmp_path: Path, size: tuple[int, int], counts: bytes | str
) -> None:
    with Journal(tmp_path / "j") as journal:
        edit = Edit(1, "Set", tuple(CellChange(n, 1, None, annotation(n)) for n in (3, 8)))
        journal.write([entry(edit)])
    bad = msgpack.packb([*size, counts, int(Status.EDITED), 1.0, False, 1, [1, 1]])
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as db:
        crc = row_crc(3, 1, bad)
        db.execute("UPDATE cells SET annotation = ?, crc = ? WHERE frame = 3", (bad, crc))
    with Journal(tmp_path / "j") as journal:
        found = journal.read()
    assert found.cells == ((8, 1, annotation(8)),)
    assert any("1 mask" in sentence and "3" in sentence for sentence in found.damage)


def test_no_flipped_bit_changes_work_in_silence(tmp_path: Path) -> None:
    with Journal(tmp_path / "good") as journal:
        labels = (Label(1, "liver", (1, 2, 3)), Label(2, "tumour", (4, 5, 6)))
        made = Edit(1, "Add", (), labels=((), labels), objects=((), (Object(1, 1), Object(2, 2))))
        edits = [
            Edit(n, "Set", tuple(CellChange(k, n % 2 + 1, None, annotation(n)) for k in range(n, n + 4)))
            for n in range(2, 12)
        ]
        journal.write([entry(edit) for edit in (made, *edits)], {"frame": 3})
        journal.write([entry(edit, "undone") for edit in edits[:-4:-1]])
        good = journal.read()
    assert not good.damage
    for seed, path in flipped_copies(tmp_path / "good", 400):
        try:
            with Journal(path) as journal:
                found = journal.read()
        except (WorkspaceError, WorkspaceNewer):
            continue
        assert found.damage or found == good, seed


def test_after_damage_the_masks_keep_an_object_and_work_goes_on(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.write([entry(FIRST), entry(SECOND)])
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as db:
        db.execute("UPDATE meta SET value = x'c1' WHERE key IN ('objects', 'labels')")
        db.execute("UPDATE edits SET title = 'x'")
    with Journal(tmp_path / "j") as journal:
        found = journal.read()
        assert found.cells and found.damage and not found.history
        assert {cell[1] for cell in found.cells} <= {item.object_id for item in found.objects}
        later = Edit(found.next_edit, "Set", (CellChange(50, 1, None, annotation(50)),))
        journal.write([entry(later)])
        assert journal.read().history == (later,)


def test_a_journal_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "j") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = (tmp_path / "j").read_bytes()
    with pytest.raises(WorkspaceNewer, match="newer version"):
        Journal(tmp_path / "j")
    assert (tmp_path / "j").read_bytes()[:16] == before[:16]


def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"something else entirely, long enough to be read" * 50)
    with pytest.raises(WorkspaceError, match="damaged"):
        Journal(tmp_path / "j")


WRITER = """
import sys
from pathlib import Path
from app.domain.annotation import Annotation, Status
from app.domain.history import CellChange, Edit
from app.imaging.masks import encode
from app.storage.workspace.journal import Journal, JournalEntry
import numpy as np
mask = encode(np.eye(40, dtype=bool))
with Journal(Path(sys.argv[1])) as journal:
    number = journal.read(limit=0).next_edit
    while True:
        after = Annotation(mask, Status.EDITED, reference=True, version=number)
        journal.write([JournalEntry(Edit(number, "Set", (CellChange(number, 1, None, after),)), "done", 0.0)])
        print(number, flush=True)
        number += 1
"""


def test_kill_9_at_any_moment_loses_at_most_the_edit_in_flight(tmp_path: Path) -> None:
    chance = random.Random(4)
    for _ in range(KILLS):
        command = [sys.executable, "-c", WRITER, str(tmp_path / "j")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as victim:
            assert victim.stdout is not None
            for _ in range(chance.randrange(1, 8)):
                said = victim.stdout.readline()
            os.kill(victim.pid, signal.SIGKILL)
            rest = victim.stdout.read().split()
        durable = int((rest or [said])[-1])
        with Journal(tmp_path / "j") as journal:
            found = journal.read(limit=0)
        with closing(sqlite3.connect(tmp_path / "j")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        frames = sorted(frame for frame, _, _ in found.cells)
        assert frames == list(range(1, found.next_edit))
        assert found.next_edit - 1 in (durable, durable + 1)
