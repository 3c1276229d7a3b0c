"""Folders are listed the way people look for things in them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from app.views.dialogs.folder_listing import (
    FolderEntry,
    FolderReader,
    filter_entries,
    format_size,
    natural_sort_key,
    read_folder,
)


def test_folders_come_first_and_numbers_count_as_numbers(tmp_path: Path) -> None:
    for name in ("clip10.mp4", "clip2.mp4", "Clip1.mp4", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "z").mkdir()
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    assert [entry.name for entry in read_folder(tmp_path).entries] == [
        "z",
        "Clip1.mp4",
        "clip2.mp4",
        "clip10.mp4",
    ]


def test_names_of_any_kind_can_be_sorted_together() -> None:
    names = ["", "7", "a7", "7a", "病变", "a", "10", "²"]
    assert sorted(names, key=natural_sort_key)[0] == ""


def test_a_folder_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    contents = read_folder(tmp_path / "gone")
    assert contents.entries == ()
    assert "gone" in contents.error


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_forbidden_folder_says_why(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    assert read_folder(tmp_path / "locked").error


def test_only_the_newest_question_is_answered(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    reader = FolderReader()
    reader.start_reading(tmp_path)
    reader.start_reading(tmp_path / "one")
    until = time.monotonic() + 120
    answer = None
    while answer is None and time.monotonic() < until:
        answer = reader.poll()
    assert answer is not None
    assert answer.folder == tmp_path / "one"


def test_suffixes_choose_files_and_never_hide_folders() -> None:
    entries = [FolderEntry(name, Path(name), name == "dir") for name in ("dir", "a.MP4", "b.txt", "c.nii.gz")]
    assert [entry.name for entry in filter_entries(entries, frozenset({".mp4", ".nii.gz"}))] == [
        "dir",
        "a.MP4",
        "c.nii.gz",
    ]
    assert filter_entries(entries, frozenset()) == entries


def test_sizes_are_readable() -> None:
    assert [format_size(n) for n in (0, 999, 1500, 25_000_000, 3_200_000_000)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "25 MB",
        "3.2 GB",
    ]
