"""What names patients and people is readable by its owner only."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config.pin_misses import PinMisses
from app.config.settings import Settings
from app.config.settings_file import save_settings
from app.domain.annotation import SequenceInfo
from app.domain.batch_jobs import BatchJob
from app.files.private import make_private_file, make_private_folder
from app.storage.logging.logs import open_log
from app.storage.workspace.batch_list import BatchList
from app.storage.workspace.worklist_store import Worklist
from app.storage.workspace.workspace import Workspace


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """The program starts with a umask that lets everybody read."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """What others could read or enter, of a folder and all below it."""
    found = [folder, *folder.rglob("*")]
    return [str(path.relative_to(folder)) for path in found if path.lstat().st_mode & 0o077]


def test_folders_are_made_private_and_those_there_are_closed(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "a" / "b")
    assert open_to_others(tmp_path / "a") == []
    (tmp_path / "mine").mkdir(mode=0o775)
    make_private_folder(tmp_path / "mine")
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        make_private_folder(tmp_path / "file")


def test_a_file_keeps_its_content_and_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"work")
    make_private_file(path)
    assert path.read_bytes() == b"work" and open_to_others(path) == []


def test_a_workspace_and_its_journal_are_private(tmp_path: Path) -> None:
    with Workspace(tmp_path / "data" / "clip") as workspace:
        workspace.describe(SequenceInfo("clip", "/clip.mp4", "video", 9, 64, 48), "fingerprint")
        assert (tmp_path / "data" / "clip" / "sequence.json").exists()
        assert (tmp_path / "data" / "clip" / "journal.sqlite3").exists()
        assert open_to_others(tmp_path / "data") == []


def test_a_workspace_of_before_is_closed_when_it_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    Workspace(folder).close()
    folder.chmod(0o755)
    (folder / "journal.sqlite3").chmod(0o644)
    with Workspace(folder):
        modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.glob("journal.*"))}
        assert set(modes.values()) <= {0o700, 0o600}, modes


def test_worklist_log_and_settings_are_private(tmp_path: Path) -> None:
    Worklist(tmp_path / "data" / "worklist.sqlite3").close()
    for _ in range(2):
        with open_log(tmp_path / "log", size=200) as log:
            assert log.problem == ""
            for _ in range(9):
                logging.getLogger().warning("so long that a new file is begun now and then")
    save_settings(Settings(), tmp_path / "config" / "settings.toml")
    PinMisses(tmp_path / "config" / "settings.toml.pin").add()
    BatchList(tmp_path / "config" / "jobs.json").add([BatchJob("/clips/Name.mp4")])
    for name in ("data", "config", "log"):
        assert open_to_others(tmp_path / name) == []
    assert len([*(tmp_path / "log").iterdir()]) > 2
