"""The shared pool: slots never overlap, and memory goes back."""

from __future__ import annotations

import mmap
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import StorageFull, UsageError
from app.pipeline.workers.free_list import FreeList
from app.pipeline.workers.protocol import ArrayRef, Slot
from app.pipeline.workers.shared_memory import SharedPool

PAGE = mmap.PAGESIZE

steps = st.lists(st.one_of(st.integers(1, 40), st.integers(-20, -1)), max_size=60)


@given(steps)
def test_free_list_never_overlaps_and_always_joins(steps: list[int]) -> None:
    free, taken = FreeList(100), []
    for step in steps:
        if step > 0:
            start = free.allocate(step)
            if start is None:
                assert all(length < step for _, length in free.gaps)
            else:
                taken.append((start, step))
        elif taken:
            free.free(*taken.pop(step % len(taken)))
        covered = sorted([*taken, *free.gaps])
        assert sum(length for _, length in covered) == 100
        assert all(a + n == b for (a, n), (b, _) in zip(covered, covered[1:], strict=False))
        assert all(a + n < b for (a, n), (b, _) in zip(free.gaps, free.gaps[1:], strict=False))
    for slot in taken:
        free.free(*slot)
    assert free.gaps == ((0, 100),)


@given(st.lists(st.integers(0, 9 * PAGE), max_size=30), st.randoms())
def test_arrays_in_the_pool_keep_what_was_written(sizes: list[int], random) -> None:
    with SharedPool.create(64 * PAGE) as pool:
        slots = [slot for slot in map(pool.allocate, sizes) if slot is not None]
        for value, slot in enumerate(slots):
            pool.view(slot, (slot.nbytes,), np.uint8)[:] = value
        for value, slot in enumerate(slots):
            assert (pool.view(slot, (slot.nbytes,), np.uint8) == value).all()
        random.shuffle(slots)
        for slot in slots:
            pool.free(slot)
        assert pool.used == 0
        assert pool.allocate(pool.capacity) is not None


def test_full_pool_answers_none_and_too_large_is_an_error() -> None:
    with SharedPool.create(4 * PAGE) as pool:
        slot = pool.allocate(3 * PAGE)
        assert slot is not None
        assert pool.allocate(2 * PAGE) is None
        pool.free(slot)
        assert pool.allocate(2 * PAGE) is not None
        with pytest.raises(StorageFull, match="do not fit"):
            pool.allocate(4 * PAGE + 1)


def test_freed_pages_go_back_to_the_system() -> None:
    with SharedPool.create(2**33) as pool:
        slot = pool.allocate(2**22)
        assert slot is not None
        pool.view(slot, (2**22,), np.uint8)[:] = 7
        assert os.fstat(pool.fd).st_blocks * 512 >= 2**22
        pool.free(slot)
        assert os.fstat(pool.fd).st_blocks == 0


def test_slot_is_freed_only_once() -> None:
    with SharedPool.create(PAGE) as pool:
        slot = pool.allocate(10)
        assert slot is not None
        pool.free(slot)
        with pytest.raises(UsageError, match="not taken"):
            pool.free(slot)


@pytest.mark.parametrize(
    "ref",
    [
        ArrayRef(0, 100, (101,), "uint8"),
        ArrayRef(PAGE - 8, 16, (16,), "uint8"),
        ArrayRef(0, 16, (2,), "O"),
        ArrayRef(0, 16, (2, 2), "float64"),
    ],
)
def test_references_outside_their_slot_are_refused(ref: ArrayRef) -> None:
    with SharedPool.create(PAGE) as pool, pytest.raises(UsageError):
        pool.array(ref)


def test_attached_pool_sees_the_same_bytes_but_does_not_allocate() -> None:
    with SharedPool.create(PAGE) as pool, SharedPool.attach(os.dup(pool.fd), pool.capacity) as other:
        slot = pool.allocate(8)
        assert slot is not None
        pool.view(slot, (2,), "<f4")[:] = 0.5, 2
        assert other.view(slot, (2,), "<f4").tolist() == [0.5, 2]
        with pytest.raises(UsageError, match="Only the process that made"):
            other.allocate(1)


def test_views_outlive_the_pool_that_closed() -> None:
    pool = SharedPool.create(PAGE)
    slot = pool.allocate(4)
    assert slot is not None
    view = pool.view(slot, (4,), np.uint8)
    pool.close()
    view[:] = 9
    assert view.tolist() == [9] * 4
    with pytest.raises(UsageError, match="closed"):
        pool.view(Slot(0, 1), (1,), np.uint8)


def test_no_process_can_shrink_the_region_under_another() -> None:
    with SharedPool.create(2 * PAGE) as pool, pytest.raises(PermissionError):
        os.ftruncate(pool.fd, 0)
