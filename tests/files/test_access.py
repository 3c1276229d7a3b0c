"""Errors about files that cannot be read blame the drive where it is the drive."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.errors import SequenceError, SourceOutOfReach
from app.files.access import name_lost_drive


def damaged(subject: object) -> SequenceError:
    return SequenceError("The image is damaged.", subject=subject, remedy="Copy it again.")


def test_a_file_that_can_be_read_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    for subject in (tmp_path / "a.png", tmp_path):
        assert type(name_lost_drive(damaged(subject))) is SequenceError


def test_a_file_whose_drive_was_pulled_out_with_its_folder_is_away(tmp_path: Path) -> None:
    told = name_lost_drive(damaged(tmp_path / "USB" / "film.avi"))
    assert isinstance(told, SourceOutOfReach)
    assert "its drive is connected" in str(told)


@pytest.mark.parametrize("subject", ["", "1.2.840.10008", "a" * 300, "nul\0", "{tmp}/study.zip/0001.dcm"])
def test_what_is_no_path_of_a_file_keeps_its_error(tmp_path: Path, subject: str) -> None:
    (tmp_path / "study.zip").write_bytes(b"x")
    error = damaged(subject.format(tmp=tmp_path))
    assert name_lost_drive(error) is error


def test_a_drive_that_does_not_answer_is_named() -> None:
    """Linux gives EIO for the first byte of this file."""
    told = name_lost_drive(damaged("/proc/self/mem"))
    assert isinstance(told, SourceOutOfReach)
    assert "Connect the drive again" in str(told)
