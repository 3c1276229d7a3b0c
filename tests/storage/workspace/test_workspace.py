"""Workspaces: one folder a sequence, one instance at a time, portable."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.annotation import SequenceInfo
from app.domain.errors import WorkspaceBusy, WorkspaceError
from app.domain.history import Edit
from app.storage.workspace.journal import JournalEntry
from app.storage.workspace.workspace import Workspace, find_source, folder_for, is_workspace

ROOT = Path(__file__).parents[3]
HOLDER = """
import sys, time
from pathlib import Path
from app.storage.workspace.workspace import Workspace
with Workspace(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_instance_is_refused_until_the_first_is_gone_however_it_went(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "w")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(WorkspaceBusy, match="Another instance"):
            Workspace(tmp_path / "w")
        holder.kill()
        holder.wait()
        with Workspace(tmp_path / "w"):
            pass


def test_a_workspace_copied_elsewhere_finds_its_source_beside_it(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (here / "clip.mp4").write_bytes(b"frames")
    info = SequenceInfo("clip.mp4", str(here / "clip.mp4"), "video", 3, 4, 5)
    folder = folder_for(here, info.name, "abc123")
    with Workspace(folder) as workspace:
        workspace.describe(info, "")
        workspace.journal.write([JournalEntry(Edit(1, "Set mask"), "done", 0.0)])
    shutil.move(here, there)
    moved = there / folder.name
    assert is_workspace(moved)
    assert find_source(moved) == there / "clip.mp4"
    assert folder_for(there, "renamed.mp4", "abc123") == moved
    with Workspace(moved) as workspace:
        assert [edit.title for edit in workspace.journal.read().history] == ["Set mask"]


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    info = SequenceInfo("clip.mp4", str(tmp_path / "gone" / "clip.mp4"), "video", 3, 4, 5)
    with Workspace(tmp_path / "w") as workspace:
        workspace.describe(info, "abc")
    with pytest.raises(WorkspaceError, match=r"clip\.mp4"):
        find_source(tmp_path / "w")


@pytest.mark.parametrize("name", ["../../etc/passwd", "внутри/a b.mp4", "手術 1.mp4", ""])
def test_the_folder_of_any_name_lies_under_the_root(tmp_path: Path, name: str) -> None:
    folder = folder_for(tmp_path, name, "0123456789abcdef")
    assert folder.parent == tmp_path and folder.name.endswith("-0123456789ab")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        Workspace(tmp_path / "file" / "w")
