"""What is kept of frames: bounded in memory and on disk, and nearest to the work."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.eiseg.frame_cache import FRAMES_IN_MEMORY, FrameCache
from app.models.eiseg.propagation_networks import FrameEncoding
from app.models.feature_file import FeatureFile

SIZE = 4000


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), np.uint8)


@pytest.fixture
def file(tmp_path):
    ten = FeatureFile(tmp_path, 10 * SIZE)
    yield ten
    ten.clear()


class Frames:
    """Takes frames from a cache, works on those that it knows nothing of, and counts these."""

    def __init__(self, pictures, cache):
        self.pictures, self.cache, self.worked_on = pictures, cache, []

    def take(self, *indices):
        for index in indices:
            features = self.cache.features(
                index, self.pictures[index], lambda: FrameEncoding(np.zeros(1, np.float32))
            )
            if features.prepared is None:
                self.worked_on.append(index)
                features.prepared = [np.full(SIZE // 8, index, np.float64)]
            assert features.prepared[0][0] == index

    def take_again(self, *indices):
        """Return those of some frames that were not known any more."""
        self.worked_on.clear()
        self.take(*indices)
        return self.worked_on


def test_a_walk_begun_anew_finds_its_beginning(pictures, file):
    frames = Frames(pictures, FrameCache(file, center=20))
    frames.take(*range(21, 60))
    assert frames.take_again(*range(21, 40)) == list(range(31, 40))


def test_memory_holds_the_latest_alone(pictures, file):
    frames = Frames(pictures, FrameCache(file))
    frames.take(*range(9))
    file.clear()
    assert frames.take_again(*range(9 - FRAMES_IN_MEMORY, 9)) == []
    assert frames.take_again(*range(9 - FRAMES_IN_MEMORY)) == list(range(9 - FRAMES_IN_MEMORY))


def test_work_elsewhere_takes_the_place_of_what_is_far_off(pictures, file):
    frames = Frames(pictures, FrameCache(file, center=0))
    frames.take(*range(10))
    frames.cache.center = 50
    frames.take(*range(50, 60))
    assert frames.take_again(*range(50, 60)) == []


@pytest.mark.parametrize("passed_since", [0, 20])
def test_a_frame_that_looks_otherwise_is_worked_on_anew(pictures, file, passed_since):
    frames = Frames(pictures, FrameCache(file))
    frames.take(3, *range(10, 10 + passed_since))
    frames.pictures = 255 - pictures
    assert frames.take_again(3, 3) == [3]
    frames.take(*range(40, 50))
    assert frames.take_again(3) == []


def test_there_is_room_for_a_frame_nearer_than_those_kept(pictures, file):
    frames = Frames(pictures, FrameCache(file, center=0))
    assert frames.cache.has_room(0)
    frames.take(*range(10 + FRAMES_IN_MEMORY))
    assert not frames.cache.has_room(10)
    frames.cache.center = 10
    assert frames.cache.has_room(10)


def test_frames_of_a_sequence_that_was_left_are_forgotten(pictures, file):
    frames = Frames(pictures, FrameCache(file))
    frames.take(*range(3 + FRAMES_IN_MEMORY))
    frames.cache.clear()
    assert frames.take_again(0, 3 + FRAMES_IN_MEMORY - 1) == [0, 3 + FRAMES_IN_MEMORY - 1]


def test_without_a_disk_the_latest_are_known(pictures):
    frames = Frames(pictures, FrameCache())
    frames.take(*range(10))
    assert frames.take_again(8, 9, 2) == [2]
    assert not frames.cache.has_room(2)
