"""What reading a video costs, counted in packets decoded."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from av.video.frame import VideoFrame

from app.storage.video.video_source import VideoSource
from tests.helpers.clips import HEIGHT, WIDTH, digest, number_on, write_clip

PICTURE = WIDTH * HEIGHT * 3 // 2
# Frames that a decoder with several threads holds back, and those it reorders.
UNDER_WAY = 40


@pytest.fixture(scope="module")
def long_group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 frames, keyframes at 0 and 250 only."""
    options = {"x264-params": "keyint=250:min-keyint=250:scenecut=0:bframes=3"}
    return write_clip(tmp_path_factory.mktemp("clip") / "long.mp4", 300, options=options)


@pytest.fixture(scope="module")
def short_groups(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 frames in open groups of 12."""
    options = {"x264-params": "open-gop=1:keyint=12:min-keyint=12:scenecut=0:bframes=3"}
    return write_clip(tmp_path_factory.mktemp("clip") / "short.mkv", 120, options=options)


def spent(video: VideoSource, frames: list[int]) -> int:
    """Packets decoded to read some frames."""
    before = video.decoded
    for n in frames:
        assert number_on(video.read(n)) == n
    return video.decoded - before


@pytest.mark.parametrize("budget", [1, 20 * PICTURE, 96 << 20])
def test_reading_forward_decodes_each_frame_once(short_groups: Path, long_group: Path, budget: int) -> None:
    for path, frames in ((short_groups, 120), (long_group, 300)):
        with VideoSource(path, budget=budget) as video:
            assert spent(video, list(range(frames))) <= frames


def test_reading_backward_decodes_a_group_once_when_it_fits(long_group: Path) -> None:
    with VideoSource(long_group) as video:
        assert spent(video, list(range(299, -1, -1))) <= 2 * 300 + UNDER_WAY


@pytest.mark.parametrize("kept", [20, 50])
def test_reading_backward_through_a_longer_group_decodes_it_once_a_block(long_group: Path, kept: int) -> None:
    with VideoSource(long_group, budget=kept * PICTURE * 2) as video:
        cost = spent(video, list(range(249, -1, -1)))
    blocks = 250 / kept
    assert cost <= 250 * (blocks + 1) / 2 + blocks * UNDER_WAY


def test_reading_backward_over_short_groups_costs_a_few_decodes_a_frame(short_groups: Path) -> None:
    with VideoSource(short_groups, budget=30 * PICTURE * 2) as video:
        assert spent(video, list(range(119, -1, -1))) <= 3 * 120 + UNDER_WAY


def test_stepping_back_and_forth_around_a_frame_is_free(long_group: Path) -> None:
    with VideoSource(long_group) as video:
        video.read(200)
        assert spent(video, [199, 200, 198, 197, 199, 200]) == 0


def test_a_jump_forward_within_a_group_does_not_begin_again(long_group: Path) -> None:
    with VideoSource(long_group) as video:
        video.read(100)
        assert spent(video, [150]) <= 50 + UNDER_WAY


def test_kept_pictures_stay_within_the_budget(long_group: Path) -> None:
    with VideoSource(long_group, budget=10 * PICTURE) as small, VideoSource(long_group) as large:
        for video in (small, large):
            video.read(249)
        assert spent(small, list(range(248, 230, -1))) > 0
        assert spent(large, list(range(248, 230, -1))) == 0


def test_pictures_are_let_go_without_waiting_for_garbage_collection(short_groups: Path) -> None:
    with VideoSource(short_groups, budget=10 * PICTURE) as video:
        gc.collect()
        gc.disable()
        try:
            for n in range(120):
                video.read(n)
            alive = sum(isinstance(thing, VideoFrame) for thing in gc.get_objects())
        finally:
            gc.enable()
        assert alive < UNDER_WAY


def test_opening_again_with_an_index_decodes_nothing(long_group: Path, tmp_path: Path) -> None:
    with VideoSource(long_group, tmp_path) as first:
        info, pixels = first.info, digest(first.read(123))
    with VideoSource(long_group, tmp_path) as again:
        assert again.decoded == 0
        assert again.info == info
        assert digest(again.read(123)) == pixels
