"""The worklist on the disk: kill -9, a full disk, damage, a second instance."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import StorageFull, WorkspaceBusy, WorkspaceError, WorkspaceNewer
from app.domain.worklist.entry import Copy, EntryState, FileSignature, WorklistEntry
from app.storage.workspace.worklist_store import Worklist
from tests.storage.workspace.sqlite_connections import connections

ROOT = Path(__file__).parents[3]
FULL = WorklistEntry(
    "e1",
    "/drop/m\udcfcller.mp4",
    "m\ufffdller.mp4",
    12.5,
    EntryState.DONE,
    series="1.2.3",
    kind="video",
    frames=100,
    fps=29.97,
    width=640,
    height=480,
    modality="US",
    signature=FileSignature(2**40, 17, 3, 2**62, 4096),
    reason="reason",
    warnings=("one", "two"),
    progress=0.5,
    propagation=0.25,
    labels=("tool", "組織"),
    unmasked=("cut: 2 without a mask",),
    touched=13.0,
    thumbnail="/pictures/1.jpg",
    fingerprint="ab" * 20,
    finished_by="Ana",
    finished_at=14.0,
    copies=(Copy("/drop/copy.mp4", FileSignature(1, 2, 3)),),
    dropped=False,
    missing=True,
)


def plain(number: int) -> WorklistEntry:
    return WorklistEntry(f"e{number}", f"/drop/{number}.mp4", f"{number}.mp4", float(number))


def test_an_entry_comes_back_as_it_was(tmp_path: Path) -> None:
    with Worklist(tmp_path / "list.sqlite3") as worklist:
        worklist.put(FULL, plain(2), plain(3))
        worklist.remove("e2", "unknown")
    with Worklist(tmp_path / "list.sqlite3") as worklist:
        assert worklist.entries == (plain(3), FULL)
        assert worklist.find_by_path(FULL.path) == (FULL,)


def test_the_file_keeps_the_names_of_fields_that_it_has_always_had(tmp_path: Path) -> None:
    path = tmp_path / "list.sqlite3"
    with Worklist(path) as worklist:
        worklist.put(FULL)
    with closing(sqlite3.connect(path)) as db:
        stored = msgpack.unpackb(
            db.execute("SELECT entry FROM entries").fetchone()[0], unicode_errors="surrogatepass"
        )
    assert stored["trace"] == [2**40, 17, 3, 2**62, 4096]
    assert set(stored) - {"trace"} == {field.name for field in fields(WorklistEntry)} - {"signature"}


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.sampled_from(EntryState))))
def test_the_disk_follows_any_series_of_changes(tmp_path_factory, steps) -> None:
    path = tmp_path_factory.mktemp("list") / "list.sqlite3"
    expected: dict[str, WorklistEntry] = {}
    with Worklist(path) as worklist:
        for number, is_put, state in steps:
            entry = WorklistEntry(f"e{number}", "/p", "p", float(number), state)
            if is_put:
                worklist.put(entry)
                expected[entry.entry_id] = entry
            else:
                worklist.remove(entry.entry_id)
                expected.pop(entry.entry_id, None)
            if state is EntryState.READY:
                worklist.save()
    with Worklist(path) as worklist:
        assert {entry.entry_id: entry for entry in worklist.entries} == expected


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.booleans(), st.sampled_from(["/a", "/b"]), st.sampled_from(["", "x"]))
    )
)
def test_entries_are_found_by_path_and_content_through_any_series_of_changes(tmp_path_factory, steps) -> None:
    path = tmp_path_factory.mktemp("list") / "list.sqlite3"
    with Worklist(path) as worklist:
        for number, is_put, source, content in steps:
            entry = WorklistEntry(f"e{number}", source, "p", float(number), fingerprint=content)
            worklist.put(entry) if is_put else worklist.remove(entry.entry_id)
            found = worklist.entries
            assert [one.arrived for one in found] == sorted(one.arrived for one in found)
            for place in ("/a", "/b"):
                assert worklist.find_by_path(place) == tuple(one for one in found if one.path == place)
            for text in ("", "x"):
                same = [one for one in found if one.fingerprint == text]
                assert worklist.find_all_by_fingerprint(text) == same
    with Worklist(path) as again:
        assert {one.path for one in again.entries} == {
            place for place in ("/a", "/b") if again.find_by_path(place)
        }


def test_what_was_saved_survives_kill_9(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from itertools import count
        from pathlib import Path
        from app.storage.workspace.worklist_store import Worklist
        from app.domain.worklist.entry import WorklistEntry
        worklist = Worklist(Path(sys.argv[1]))
        for number in count():
            worklist.put(WorklistEntry(f"e{number}", "/p", "p", float(number)))
            worklist.save()
            print(number, flush=True)
        """
    )
    words = [sys.executable, "-c", script, str(tmp_path / "list.sqlite3")]
    for lines in (1, 7, 20):
        with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT) as process:
            assert process.stdout is not None
            last = [int(process.stdout.readline()) for _ in range(lines)][-1]
            os.kill(process.pid, signal.SIGKILL)
        with Worklist(tmp_path / "list.sqlite3") as worklist:
            assert len(worklist.entries) >= last + 1
            worklist.remove(*(entry.entry_id for entry in worklist.entries))


def test_a_full_disk_is_named_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself runs out of pages; when there is room again, all that was kept is written."""
    path, opened = tmp_path / "list.sqlite3", connections(monkeypatch)
    with Worklist(path) as worklist:
        worklist.put(plain(0))
        worklist.save()
        (pages,) = opened[0].execute("PRAGMA page_count").fetchone()
        opened[0].execute(f"PRAGMA max_page_count = {pages}")
        many = [plain(number) for number in range(1, 500)]
        worklist.put(*many)
        with pytest.raises(StorageFull, match="saving goes on by itself"):
            worklist.save()
        assert not worklist.is_saved
        worklist.remove("e0")
        opened[0].execute("PRAGMA max_page_count = 1000000")
        worklist.save()
        assert worklist.is_saved
    with Worklist(path) as worklist:
        assert worklist.entries == tuple(many)


def test_a_second_instance_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "list.sqlite3"
    with Worklist(path) as worklist:
        with pytest.raises(WorkspaceBusy, match="Another instance"):
            Worklist(path)
        worklist.put(plain(1))
    with Worklist(path) as worklist:
        assert worklist.entries == (plain(1),)


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b""])
def test_a_damaged_list_is_set_aside_and_begun_anew(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "list.sqlite3"
    path.write_bytes(damage)
    with Worklist(path) as worklist:
        assert worklist.entries == ()
        if damage:
            assert worklist.damaged is not None and worklist.damaged.read_bytes() == damage
        worklist.put(plain(1))
    with Worklist(path) as worklist:
        assert worklist.entries == (plain(1),)


def test_a_row_that_makes_no_sense_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "list.sqlite3"
    with Worklist(path) as worklist:
        worklist.put(plain(1))
    db = sqlite3.connect(path)
    for number, payload in enumerate((b"", b"\xc1", b"\x80", b"\x81\xa5state\xa3odd")):
        db.execute("INSERT INTO entries VALUES (?, ?)", (f"bad{number}", payload))
    db.commit()
    db.close()
    with Worklist(path) as worklist:
        assert worklist.entries == (plain(1),)


def test_a_list_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "list.sqlite3"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(WorkspaceNewer, match="99"):
        Worklist(path)
    assert path.read_bytes() == before


def test_a_list_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="permissions"):
        Worklist(tmp_path / "file" / "list.sqlite3")


def test_an_entry_is_found_by_its_content(tmp_path: Path) -> None:
    with Worklist(tmp_path / "list.sqlite3") as worklist:
        gone = replace(plain(1), state=EntryState.READY, fingerprint="ab", missing=True)
        here = replace(plain(2), state=EntryState.READY, fingerprint="ab")
        worklist.put(gone, here, replace(plain(3), fingerprint="cd"))
        assert worklist.find_by_fingerprint("ab") == here
        assert worklist.find_by_fingerprint("cd") is None


def test_listeners_hear_of_changes_only(tmp_path: Path) -> None:
    heard: list[int] = []
    with Worklist(tmp_path / "list.sqlite3") as worklist:
        worklist.listeners.append(lambda: heard.append(len(worklist.entries)))
        worklist.put(plain(1))
        worklist.put(plain(1))
        worklist.remove("unknown")
        worklist.remove("e1")
        assert heard == [1, 0]
