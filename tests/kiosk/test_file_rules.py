"""A kiosk's dialogs show the configured folders only, and the program's own files are known as such."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.settings import Settings
from app.config.settings_file import copy_of, save_settings
from app.kiosk.file_rules import file_access


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A settings file."""
    path = tmp_path / "config" / "settings.toml"
    save_settings(Settings(), path)
    return path


def test_only_a_kiosk_is_confined(tmp_path: Path, own: Path) -> None:
    assert file_access(Settings(), own, ()).roots == ()
    kiosk = Settings(kiosk=True, drop_folder=str(tmp_path / "drop"), export_folder=str(tmp_path / "out"))
    access = file_access(kiosk, own, ())
    assert access.allows_path(tmp_path / "drop" / "clip.mp4") and access.allows_path(tmp_path / "out")
    assert access.allows_path(Path("/media/stick/study"))
    assert not access.allows_path(tmp_path) and not access.allows_path(own)


def test_known_truth_is_hidden_in_a_kiosk_and_outside(tmp_path: Path, own: Path) -> None:
    truth = tmp_path / "out" / "truth"
    for kiosk in (False, True):
        settings = Settings(kiosk=kiosk, export_folder=str(tmp_path / "out"), truth_folder=str(truth))
        access = file_access(settings, own, (), (tmp_path / "work" / "lead",))
        assert access.allows_path(tmp_path / "out" / "other")
        assert not access.allows_path(truth / "clip.json")
        assert not access.allows_path(tmp_path / "work" / "lead" / "report.html")


def test_the_configured_folders_are_the_only_ones(tmp_path: Path, own: Path) -> None:
    kiosk = Settings(kiosk=True, drop_folder=str(tmp_path / "drop"), kiosk_folders=(str(tmp_path / "in"),))
    access = file_access(kiosk, own, ())
    assert access.roots == (tmp_path / "in",)


def test_a_kiosk_without_any_folder_shows_none(own: Path) -> None:
    assert file_access(Settings(kiosk=True, drop_folder="none"), own, ()).roots


def test_settings_logs_and_workspaces_are_the_programs_own(tmp_path: Path, own: Path) -> None:
    work, log = tmp_path / "work", tmp_path / "log"
    (work / "clip" / "index").mkdir(parents=True)
    (work / "clip" / "journal.sqlite3").touch()
    (work / "worklist.sqlite3").touch()
    (work / "drop").mkdir()
    access = file_access(Settings(), own, (log,))
    private = [
        own,
        copy_of(own),
        log / "framewise.log",
        work,
        work / "clip",
        work / "clip" / "index" / "x.txt",
    ]
    assert [path for path in private if not access.is_private(path)] == []
    assert not access.is_private(work / "drop" / "label")
    assert not access.is_private(tmp_path / "labels.txt")
