"""Files and folders for others appear whole or not at all, also when the program is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.files import atomic_folder as folders
from app.files.atomic_file import atomic_file, move_files, write_file
from app.files.atomic_folder import atomic_folder, move_folder, temporary_folder
from app.files.temporary_sibling import backup_sibling

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from app.files.atomic_file import atomic_file
from app.files.atomic_folder import atomic_folder
folder = Path(sys.argv[1])
with atomic_file(folder / "a.txt") as file, atomic_folder(folder / "b") as inner:
    file.write_text("half a sen")
    (inner / "0.txt").write_text("half")
    print("writing", flush=True)
    sys.stdin.read()
"""


@contextmanager
def writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program in the middle of writing a.txt and b; killed with SIGKILL in the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None and process.stdout.readline() == "writing\n"
        try:
            yield process
        finally:
            process.kill()


def write(folder: Path, text: str) -> None:
    with atomic_file(folder / "a.txt") as file, atomic_folder(folder / "b") as inner:
        file.write_text(text)
        (inner / f"{text}.txt").write_text(text)


def listed(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_killed_writer_leaves_the_old_content_and_the_next_one_clears_up(tmp_path: Path) -> None:
    write(tmp_path, "old")
    with writer(tmp_path):
        pass
    shown = {name: text for name, text in listed(tmp_path).items() if not name.startswith(".")}
    assert shown == {"a.txt": "old", "b/old.txt": "old"}
    write(tmp_path, "new")
    assert listed(tmp_path) == {"a.txt": "new", "b/new.txt": "new"}


def test_what_another_program_is_writing_is_left_alone(tmp_path: Path) -> None:
    with writer(tmp_path) as other:
        write(tmp_path, "mine")
        assert len([name for name in listed(tmp_path) if name.startswith(".")]) == 2
        other.communicate("")
        assert other.returncode == 0
    assert listed(tmp_path) == {"a.txt": "half a sen", "b/0.txt": "half"}


def test_an_error_on_the_way_leaves_the_old_content_and_no_draft(tmp_path: Path) -> None:
    write(tmp_path, "old")
    with pytest.raises(RuntimeError), atomic_file(tmp_path / "a.txt") as file:
        file.write_text("new")
        raise RuntimeError
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "b") as inner:
        (inner / "x").write_text("new")
        raise RuntimeError
    assert listed(tmp_path) == {"a.txt": "old", "b/old.txt": "old"}


def test_a_disk_that_cannot_swap_folders_never_loses_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "old")
    monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    write(tmp_path, "new")
    assert listed(tmp_path) == {"a.txt": "new", "b/new.txt": "new"}
    (tmp_path / "b").rename(backup_sibling(tmp_path / "b"))
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "b"):
        raise RuntimeError("the power went between two renames, and now again")
    assert listed(tmp_path) == {"a.txt": "new", "b/new.txt": "new"}


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    write(tmp_path / "far", "old")
    for name in ("a.txt", "b"):
        (tmp_path / name).symlink_to(tmp_path / "far" / name)
    write(tmp_path, "new")
    assert (tmp_path / "a.txt").is_symlink() and (tmp_path / "b").is_symlink()
    assert listed(tmp_path / "far") == {"a.txt": "new", "b/new.txt": "new"}


def test_the_longest_name_there_can_be_is_written(tmp_path: Path) -> None:
    target = tmp_path / ("é" * 125 + ".nii.gz"[-5:])
    with atomic_file(target) as draft:
        assert draft.name.endswith(target.name[-5:])
        draft.write_text("all")
    assert listed(tmp_path) == {target.name: "all"}


def test_others_may_read_what_is_written(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write(tmp_path, "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o755


def test_many_writers_of_one_folder_never_take_each_others_drafts_for_leftovers(tmp_path: Path) -> None:
    def work(number: int) -> bool:
        with temporary_folder(tmp_path) as draft:
            (draft / "file").write_text(str(number))
            return (draft / "file").read_text() == str(number)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(400)))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_never_takes_a_name_that_is_taken(tmp_path: Path) -> None:
    for name in ("new", "taken"):
        write_file(tmp_path / name / "file", name.encode())
    with pytest.raises(FileExistsError):
        move_folder(tmp_path / "new", tmp_path / "taken")
    move_folder(tmp_path / "new", tmp_path / "free")
    assert listed(tmp_path) == {"taken/file": "taken", "free/file": "new"}


def test_finished_files_take_the_place_of_others_of_their_names(tmp_path: Path) -> None:
    write_file(tmp_path / "there" / "a", b"old")
    write_file(tmp_path / "there" / "b", b"kept")
    with temporary_folder(tmp_path) as draft:
        (draft / "a").write_text("new")
        move_files([draft / "a"], tmp_path / "there")
    assert listed(tmp_path) == {"there/a": "new", "there/b": "kept"}
