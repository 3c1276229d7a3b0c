"""What a walk remembers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.models.eiseg.memory_bank import ObjectMemory, PassMemory


def memories(index):
    nothing = np.zeros((1, 1, 1), np.float32)
    return {1: ObjectMemory(index, nothing, nothing)}


def walk(start, frames, keep_every=5, keep_at_most=99):
    bank = PassMemory(start, keep_every, keep_at_most)
    for index in frames:
        bank.add(index, memories(index))
    return [memory.index for memory in bank.memories_of(1)]


def test_every_fifth_frame_stays_and_the_last_is_there_until_the_next_comes():
    assert walk(0, range(1, 13)) == [5, 10, 12]
    assert walk(20, range(19, 7, -1)) == [15, 10, 8]
    assert walk(0, range(1, 11)) == [5, 10]


@given(
    start=st.integers(0, 50),
    length=st.integers(1, 400),
    keep_every=st.integers(1, 9),
    keep_at_most=st.integers(1, 12),
)
def test_it_stays_within_its_bound_and_knows_the_last_frame(start, length, keep_every, keep_at_most):
    indices = walk(start, range(start + 1, start + length + 1), keep_every, keep_at_most)
    assert len(indices) <= keep_at_most + 1
    assert indices == sorted(set(indices))
    assert indices[-1] == start + length


def test_a_long_walk_remembers_the_near_past_densely_and_the_far_past_sparsely():
    indices = walk(0, range(1, 1001), keep_at_most=6)
    gaps = np.diff(indices)
    assert (gaps[:-1] >= gaps[1:]).all()
    assert indices[0] < 1000 - 200 < 1000 - 10 < indices[-2]


def test_what_is_remembered_of_an_object_begins_where_it_joined():
    bank = PassMemory(0, keep_every=1)
    nothing = np.zeros((1, 1, 1), np.float32)
    for index in range(1, 6):
        numbers = (1,) if index < 4 else (1, 2)
        bank.add(index, {number: ObjectMemory(index, nothing, nothing) for number in numbers})
    assert [memory.index for memory in bank.memories_of(1)] == [1, 2, 3, 4, 5]
    assert [memory.index for memory in bank.memories_of(2)] == [4, 5]
    assert bank.memories_of(3) == []
