"""The command answers without a window what needs none, from any folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app import __version__
from app.kiosk.command_line import main, parse_arguments

ROOT = Path(__file__).parents[2]


def test_the_version_is_said_from_any_folder_without_loading_the_window(tmp_path: Path) -> None:
    words = [sys.executable, "-X", "importtime", str(ROOT / "main.py"), "--version"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"framewise {__version__}"
    assert "dearpygui" not in done.stderr


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--demmo"])
    assert ended.value.code == 2
    assert "--demmo" in capsys.readouterr().err


def test_what_to_open_is_read() -> None:
    found = parse_arguments(["clip.mp4", "--workspace", "work", "--fullscreen"])
    assert (found.path, found.workspace, found.fullscreen, found.demo) == (
        Path("clip.mp4"),
        Path("work"),
        True,
        False,
    )
