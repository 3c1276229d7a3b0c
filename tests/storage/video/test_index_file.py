"""The kept list of frames: used when it is sound and of this file, made anew otherwise."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.storage.video import index_file
from app.storage.video.video_source import VideoSource
from tests.helpers.clips import number_on, write_clip

FRAMES = 30


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "film.mp4", FRAMES, options={"g": "10", "bf": "2"})


def kept_in(folder: Path) -> Path:
    (kept,) = folder.iterdir()
    return kept


def test_the_list_is_found_again_after_the_video_was_moved(film: Path, tmp_path: Path) -> None:
    with VideoSource(film, tmp_path / "index"):
        pass
    moved = tmp_path / "other name.mp4"
    shutil.copy(film, moved)
    with VideoSource(moved, tmp_path / "index") as video:
        assert video.decoded == 0
        assert number_on(video.read(17)) == 17


def test_another_video_under_the_same_name_gets_its_own_list(film: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(film, tmp_path / "film.mp4"))
    with VideoSource(path, tmp_path / "index") as video:
        assert video.info.frames == FRAMES
    write_clip(path, 12)
    with VideoSource(path, tmp_path / "index") as video:
        assert video.info.frames == 12
        assert number_on(video.read(11)) == 11


@given(st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_list_is_made_anew(
    film: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("index")
    with VideoSource(film, folder):
        pass
    kept = kept_in(folder)
    content = bytearray(kept.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        del content[place:]
    kept.write_bytes(content)
    with VideoSource(film, folder) as video:
        assert video.info.frames == FRAMES
        assert [number_on(video.read(n)) for n in (29, 0, 15)] == [29, 0, 15]
    assert index_file.load_index(kept) is not None


def test_a_list_by_another_version_is_made_anew(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with VideoSource(film, tmp_path):
        pass
    monkeypatch.setattr(index_file, "VERSION", index_file.VERSION + 1)
    assert index_file.load_index(kept_in(tmp_path)) is None


def test_a_video_opens_where_no_list_can_be_kept(film: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "index"
    in_the_way.write_text("a file where the folder should be")
    with VideoSource(film, in_the_way) as video:
        assert number_on(video.read(3)) == 3


def test_a_full_disk_leaves_no_half_written_list(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with VideoSource(film, tmp_path) as video:
        assert number_on(video.read(3)) == 3
    assert list(tmp_path.iterdir()) == []
