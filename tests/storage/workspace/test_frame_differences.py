"""What was found about the cuts of a film is kept, and whatever else lies there is not taken for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.storage.workspace.frame_differences import FrameDifferences, differences_path


def test_a_film_is_gone_on_with_where_it_was_left(tmp_path: Path) -> None:
    path = differences_path(tmp_path / "index", "abc")
    known = FrameDifferences.load(path, 100)
    assert known.next_unknown() == 0 and known.cuts() == ()
    known.steps[:60], known.dissolves[:60] = 0.01, 0.0
    known.steps[40] = 0.6
    known.save(path)
    again = FrameDifferences.load(path, 100)
    assert again.next_unknown() == 60 and again.cuts() == (40,)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"no array", bytes(200)])
def test_a_damaged_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(content)
    assert FrameDifferences.load(path, 10).next_unknown() == 0


def test_the_file_of_another_film_is_as_none(tmp_path: Path) -> None:
    path = tmp_path / "film"
    FrameDifferences(np.zeros(5, np.float32), np.zeros(5, np.float32)).save(path)
    assert FrameDifferences.load(path, 5).next_unknown() is None
    assert FrameDifferences.load(path, 6).next_unknown() == 0
