"""Which sequence of a folder comes before and after the open one."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.views.input.file_commands import neighbour

MEDIA = frozenset({".mp4", ".dcm"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three clips, a text between them, and three folders."""
    for name in ("clip2.mp4", "clip10.mp4", "clip3.txt", "Clip1.MP4"):
        (tmp_path / name).touch()
    for name in ("study b", "study a", "study c"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("here", "before", "after"),
    [
        ("clip2.mp4", "Clip1.MP4", "clip10.mp4"),
        ("Clip1.MP4", None, "clip2.mp4"),
        ("clip10.mp4", "clip2.mp4", None),
        ("study b", "study a", "study c"),
        ("study a", None, "study b"),
        ("gone.mp4", None, None),
    ],
)
def test_files_are_followed_by_files_and_folders_by_folders(
    folder: Path, here: str, before: str | None, after: str | None
) -> None:
    found = [neighbour(folder / here, direction, MEDIA) for direction in (-1, 1)]
    assert found == [None if name is None else folder / name for name in (before, after)]
