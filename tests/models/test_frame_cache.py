"""What is kept of frames: bounded, and nearest to the work."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.frame_cache import FrameCache
from app.models.propagation_networks import Features

SIZE = 4000


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), np.uint8)


class Frames:
    """Takes frames from a cache and counts those that were not in it."""

    def __init__(self, pictures, cache):
        self.pictures, self.cache, self.encoded = pictures, cache, []

    def take(self, *indices):
        for index in indices:

            def encode(index=index):
                self.encoded.append(index)
                return Features(np.zeros(SIZE // 4, np.float32))

            self.cache.features(index, self.pictures[index], encode)


def test_it_is_bounded_and_a_walk_begun_anew_finds_its_beginning(pictures):
    frames = Frames(pictures, FrameCache(limit=10 * SIZE, center=20))
    frames.take(*range(21, 60))
    frames.encoded.clear()
    frames.take(*range(21, 40))
    assert frames.encoded == list(range(30, 40))


def test_work_elsewhere_takes_the_place_of_what_is_far_off(pictures):
    frames = Frames(pictures, FrameCache(limit=10 * SIZE, center=0))
    frames.take(*range(10))
    frames.cache.center = 50
    frames.take(*range(50, 60))
    frames.encoded.clear()
    frames.take(*range(50, 60))
    assert frames.encoded == []


def test_a_frame_that_looks_otherwise_is_encoded_anew(pictures):
    frames = Frames(pictures, FrameCache(limit=10 * SIZE))
    frames.take(3)
    frames.pictures = 255 - pictures
    frames.take(3, 3)
    assert frames.encoded == [3, 3]


def test_there_is_room_for_a_frame_nearer_than_those_kept(pictures):
    frames = Frames(pictures, FrameCache(limit=10 * SIZE, center=0))
    frames.take(*range(10))
    assert not frames.cache.has_room(10)
    frames.cache.center = 10
    assert frames.cache.has_room(10)


def test_frames_of_a_sequence_that_was_left_are_forgotten(pictures):
    frames = Frames(pictures, FrameCache(limit=10 * SIZE))
    frames.take(3)
    frames.cache.clear()
    frames.take(3)
    assert frames.encoded == [3, 3]
