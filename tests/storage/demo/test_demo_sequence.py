"""The demo sequence: the same every time, true to its labels, whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import StorageFull, UsageError
from app.storage.demo.demo_sequence import demo_frames, demo_labels, write_demo
from app.storage.opening import open_source


def test_the_film_shows_what_was_drawn_and_the_truth_belongs_to_it(tmp_path: Path) -> None:
    demo = write_demo(tmp_path, frames=12, width=240, height=136)
    with open_source(demo.video) as video:
        assert (video.info.frames, video.info.width, video.info.height) == (12, 240, 136)
        assert video.info.warnings == ()
        for frame, (image, labels) in enumerate(demo_frames(12, 240, 136)):
            assert np.abs(video.read(frame).astype(int) - image).mean() < 5
            assert np.array_equal(demo.true_labels(frame), labels)


def test_the_truth_is_index_images_with_the_labels_colours(tmp_path: Path) -> None:
    demo = write_demo(tmp_path, frames=2, width=160, height=96)
    assert sorted(path.name for path in demo.masks.iterdir()) == ["00000.png", "00001.png"]
    with Image.open(demo.masks / "00000.png") as picture:
        assert picture.mode == "P"
        palette = np.array(picture.getpalette()).reshape(-1, 3)
    for label in demo.labels:
        assert tuple(palette[label.value]) == label.color


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    first = write_demo(tmp_path / "a", frames=5, width=160, height=96)
    second = write_demo(tmp_path / "b", frames=5, width=160, height=96)
    assert first.video.read_bytes() == second.video.read_bytes()
    again = write_demo(tmp_path / "a", frames=5, width=160, height=96)
    assert again.video.read_bytes() == second.video.read_bytes()


def test_things_hide_one_another_grow_and_leave() -> None:
    maps = [labels for _, labels in demo_frames(40, 240, 136)]
    areas = np.array(
        [[np.count_nonzero(labels == label.value) for label in demo_labels()] for labels in maps]
    )
    ball, jelly, rod = areas.T
    assert ball[-1] > 1.5 * ball[0]
    assert ball.min() < 0.7 * ball[0]
    assert rod[0] > 0 and (rod[-8:] == 0).all()
    assert (jelly > 0).all()


def test_neighbouring_frames_differ_a_little_everywhere() -> None:
    frames = [image.astype(int) for image, _ in demo_frames(60, 240, 136)]
    steps = [np.abs(after - before).mean() for before, after in zip(frames, frames[1:], strict=False)]
    assert min(steps) > 0.5 and max(steps) < 30


@pytest.mark.parametrize(("frames", "width", "height"), [(0, 160, 96), (5, 161, 96), (5, 160, 8)])
def test_impossible_sizes_are_refused(tmp_path: Path, frames: int, width: int, height: int) -> None:
    with pytest.raises(UsageError):
        write_demo(tmp_path / "x", frames, width, height)
    assert not (tmp_path / "x").exists()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        write_demo(tmp_path, frames=2, width=160, height=96)
    assert list(tmp_path.iterdir()) == []
