"""What is installed is said once: pyproject.toml, and the lists that are made from it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import framewise

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins(path: Path) -> list[str]:
    """The requirements of a file, without comments and references to other files."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


@pytest.mark.parametrize(
    ("file", "listed"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-dev.txt", PROJECT["optional-dependencies"]["dev"]),
    ],
)
def test_the_requirements_files_repeat_what_the_project_declares(file, listed):
    assert sorted(pins(ROOT / file)) == sorted(listed)


def test_every_version_that_ships_is_pinned():
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in PROJECT["dependencies"])


def test_the_command_says_its_version_from_any_folder(tmp_path):
    command = [sys.executable, str(ROOT / "main.py"), "--version"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"framewise {framewise.__version__}"


def test_the_changelog_has_an_entry_for_this_version():
    assert f"## {framewise.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_scripts_name_functions_that_are_there():
    for target in PROJECT["scripts"].values():
        module, _, name = target.partition(":")
        __import__(module)
        assert callable(getattr(sys.modules[module], name))
