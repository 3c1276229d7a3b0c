"""Tests of frames that are read ahead of a pass."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.pipeline.roles.frames_ahead import FramesAhead

LONG = 60  # seconds that a busy machine may take


class PlainTracker:
    """Cannot encode ahead."""

    def add_reference(self, index, image, masks):
        raise NotImplementedError

    def start(self, index, direction):
        raise NotImplementedError

    def fuse(self, index, image, earlier, newer, weight):
        raise NotImplementedError


class EncodingTracker(PlainTracker):
    """Notes what it is to encode."""

    def __init__(self):
        self.encoded = []

    def encode_ahead(self, image):
        self.encoded.append(int(image[0, 0, 0]))


def picture(frame):
    return np.full((2, 2, 3), frame, np.uint8)


def test_a_walk_gives_every_frame_in_its_order():
    with FramesAhead(picture, PlainTracker()) as ahead:
        found = [(frame, int(image[0, 0, 0])) for frame, image in ahead.iterate(range(5, 1, -1))]
        assert int(ahead.read(9)[0, 0, 0]) == 9
    assert found == [(5, 5), (4, 4), (3, 3), (2, 2)]


def test_the_next_frame_is_read_and_encoded_while_one_is_worked_on():
    read, tracker = {frame: threading.Event() for frame in range(3)}, EncodingTracker()

    def note(frame):
        read[frame].set()
        return picture(frame)

    with FramesAhead(note, tracker) as ahead:
        frames = ahead.iterate(range(3))
        next(frames)
        assert read[1].wait(LONG)
        assert [frame for frame, _ in frames] == [1, 2]
    assert tracker.encoded == [0, 1, 2]


def test_a_frame_that_cannot_be_read_stops_the_walk_there_and_not_earlier():
    def read(frame):
        if frame == 2:
            raise OSError("gone")
        return picture(frame)

    with FramesAhead(read, PlainTracker()) as ahead:
        frames = ahead.iterate(range(4))
        assert [next(frames)[0], next(frames)[0]] == [0, 1]
        with pytest.raises(OSError, match="gone"):
            next(frames)


def test_nothing_is_read_any_more_once_it_is_closed():
    begun, goes_on, done = threading.Event(), threading.Event(), []

    def read(frame):
        if frame == 1:
            begun.set()
            goes_on.wait(LONG)
        done.append(frame)
        return picture(frame)

    with FramesAhead(read, PlainTracker()) as ahead:
        frames = ahead.iterate(range(9))
        next(frames)
        begun.wait(LONG)
        goes_on.set()
    assert done[:2] == [0, 1]
    assert len(done) <= 3
    count = len(done)
    assert not [t for t in threading.enumerate() if t.name.startswith("frames-ahead")]
    assert len(done) == count
