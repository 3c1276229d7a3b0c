"""What is kept of frames on disk: the same again, within its limit, and never in the way."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.feature_file import FeatureFile

SIZE = 2 * 3 * 5 * 4 + 4 * 8


def arrays(number):
    return [np.full((2, 3, 5), number + 0.5, np.float32), np.array([1, 3, 5, number], np.int64)]


@pytest.fixture
def file(tmp_path):
    with_room = FeatureFile(tmp_path, 10 * SIZE)
    yield with_room
    with_room.clear()


def test_arrays_come_back_as_they_were(file):
    for index in (3, 9, 1):
        file.put(index, arrays(index))
    for index in (1, 3, 9):
        for given_array, kept in zip(arrays(index), file.get(index), strict=True):
            assert kept.dtype == given_array.dtype
            np.testing.assert_array_equal(kept, given_array)
    assert file.get(2) is None


def test_nothing_lies_in_the_folder(file, tmp_path):
    file.put(0, arrays(0))
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.tuples(st.sampled_from(["put", "drop", "clear"]), st.integers(0, 15)), max_size=60))
def test_it_holds_what_was_put_last_and_no_more_than_fits(tmp_path_factory, steps):
    file = FeatureFile(tmp_path_factory.getbasetemp(), 4 * SIZE)
    expected: dict[int, int] = {}
    for number, (step, index) in enumerate(steps):
        if step == "put":
            if index in expected or len(expected) < 4:
                expected[index] = number
            file.put(index, arrays(number))
        elif step == "drop":
            expected.pop(index, None)
            file.drop(index)
        else:
            expected.clear()
            file.clear()
        assert file.has_room() == (len(expected) < 4)
    held = {index: file.get(index) for index in file.indices()}
    assert {index: found and found[1][-1] for index, found in held.items()} == expected
    file.clear()


def test_arrays_of_other_shapes_take_the_place_of_all(file):
    file.put(0, arrays(0))
    file.put(1, [np.zeros(7, np.float16)])
    assert list(file.indices()) == [1]


def test_frames_of_many_sizes_share_slots_of_a_fixed_size(tmp_path):
    file = FeatureFile(tmp_path, 4 * SIZE, SIZE)
    file.put(0, arrays(0))
    file.put(1, [np.arange(7, dtype=np.float16)])
    for index, put in ((0, arrays(0)), (1, [np.arange(7, dtype=np.float16)])):
        for kept, one in zip(file.get(index) or (), put, strict=True):
            np.testing.assert_array_equal(kept, one)
    with pytest.raises(ValueError, match="do not fit"):
        file.put(2, [np.zeros(SIZE, np.float64)])
    file.clear()


def test_it_takes_a_share_of_what_the_disk_has_free(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=12 * SIZE))
    file = FeatureFile(tmp_path)
    for index in range(10):
        file.put(index, arrays(index))
    assert sorted(file.indices()) == [0, 1, 2]
    file.clear()


def test_a_disk_that_takes_no_more_costs_what_is_kept_until_the_next_sequence(file, caplog):
    with longest_file(SIZE + SIZE // 2):
        file.put(0, arrays(0))
        assert file.get(0) is not None
        file.put(1, arrays(1))
    assert "cannot be kept" in caplog.text
    assert file.get(0) is None
    assert not file.has_room()
    file.put(2, arrays(2))
    assert file.get(2) is None
    file.clear()
    file.put(2, arrays(2))
    assert file.get(2) is not None


@contextmanager
def longest_file(size):
    """Let no file of this process grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
