"""Real videos, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from app.storage.opening import open_source
from app.storage.video.video_source import VideoSource
from tests.helpers.clips import digest


@pytest.mark.parametrize("name", ["bedroom.mp4", "example.mp4"])
def test_real_videos_give_the_frames_that_ffmpeg_shows(shared_data: Path, tmp_path: Path, name: str) -> None:
    path = shared_data / "video" / name
    with av.open(str(path)) as film:
        expected = [
            digest(frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False))
            for frame in film.decode(video=0)
        ]
    order = np.random.default_rng(7).permutation(len(expected))[:12]
    with VideoSource(path, tmp_path) as video:
        assert video.info.frames == len(expected)
        assert video.info.warnings == ()
        assert [digest(video.read(int(n))) for n in order] == [expected[n] for n in order]
    with VideoSource(path, tmp_path) as video:
        assert [digest(video.read(n)) for n in reversed(range(len(expected)))] == expected[::-1]


def test_a_real_image_folder(shared_data: Path) -> None:
    folder = shared_data / "video/judo/frames"
    with open_source(folder) as source:
        assert source.info.frames == len(source.info.frame_names) == 16
        assert source.read(15).shape == (source.info.height, source.info.width, 3)
