from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.annotation import Window
from app.domain.errors import SequenceError
from app.storage.volume.slice_readers import ArraySlices, Rescale, SliceReader
from app.storage.volume.volume_opening import open_volume
from app.storage.volume.voxel_store import VoxelStore
from tests.helpers.scans import voxels, write_series


class Counted(ArraySlices):
    """An array that counts how often each slice is decoded; slices in broken are damaged."""

    def __init__(self, stack: np.ndarray, broken: tuple[int, ...] = ()) -> None:
        super().__init__(stack)
        self.counts = [0] * len(stack)
        self.broken = broken

    def read(self, index: int) -> np.ndarray:
        self.counts[index] += 1
        if index in self.broken:
            raise SequenceError("Broken.")
        return super().read(index)


@settings(max_examples=30)
@given(
    shape=st.tuples(*[st.integers(1, 9)] * 3),
    steps=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 8)), max_size=20),
)
def test_every_plane_is_that_of_the_array_and_every_slice_is_decoded_once(
    tmp_path_factory: pytest.TempPathFactory, shape: tuple[int, int, int], steps: list[tuple[int, int]]
) -> None:
    stack = voxels(shape)
    reader = Counted(stack)
    store = VoxelStore(reader, tmp_path_factory.getbasetemp())
    try:
        for axis, index in steps:
            index %= shape[axis]
            assert np.array_equal(store.plane(axis, index), stack.take(index, axis))
        assert max(reader.counts) <= 1
    finally:
        store.close()


def test_a_partial_plane_decodes_nothing(tmp_path: Path) -> None:
    stack = voxels()
    reader = Counted(stack)
    store = VoxelStore(reader, tmp_path)
    store.read(2)
    plane = store.plane(1, 4, partial=True)
    assert np.array_equal(plane[2], stack[2, 4])
    assert set(plane[[0, 1, 3, 4, 5]].ravel()) == {np.iinfo(np.int16).min}
    assert sum(reader.counts) == 1
    while store.decode_next():
        pass
    assert np.array_equal(store.plane(1, 4, partial=True), stack[:, 4])
    store.close()


def test_a_damaged_slice_is_decoded_once_and_blank_in_crossing_planes(tmp_path: Path) -> None:
    stack = voxels()
    reader: SliceReader = Counted(stack, broken=(3,))
    store = VoxelStore(reader, tmp_path)
    for _ in range(2):
        with pytest.raises(SequenceError, match="Broken"):
            store.read(3)
        assert store.plane(2, 7)[3].max() == np.iinfo(np.int16).min
    assert reader.counts[3] == 1  # type: ignore[attr-defined]
    store.close()


def test_nothing_is_left_on_disk(tmp_path: Path) -> None:
    write_series(tmp_path / "study", voxels(), syntax="rle")
    (tmp_path / "spool").mkdir()
    with open_volume(tmp_path / "study", spool=tmp_path / "spool") as volume:
        volume.read(3)
        assert list((tmp_path / "spool").iterdir()) == []


def test_a_long_scan_does_not_fill_memory(tmp_path: Path) -> None:
    """A sparse file stands for 512 x 512 x 1,000 int16, 500 MiB."""
    path = tmp_path / "long.mhd"
    path.write_text(
        "ObjectType = Image\nNDims = 3\nDimSize = 512 512 1000\nElementType = MET_SHORT\n"
        "ElementSpacing = 1 1 1\nOffset = 0 0 0\nElementDataFile = long.raw\n"
    )
    with open(tmp_path / "long.raw", "wb") as file:
        os.ftruncate(file.fileno(), 512 * 512 * 1000 * 2)
    process = psutil.Process()
    with open_volume(path) as volume:
        volume.read(0)
        before = process.memory_info().rss
        for k in range(0, 1000, 25):
            volume.read(k)
        for orientation in ("coronal", "sagittal"):
            for index in (100, 101):
                assert volume.read_plane(orientation, index).shape == (1000, 512, 3)
        assert process.memory_info().rss - before < 160 * 2**20


@given(
    slope=st.sampled_from([1, 2, -1, 0.5]), intercept=st.integers(-2000, 2000), dtype=st.sampled_from("hHbB")
)
def test_rescaling_loses_nothing(slope: float, intercept: int, dtype: str) -> None:
    ends = np.iinfo(dtype)
    stored = np.array([ends.min, 0, 1, ends.max], dtype)
    native = Rescale(np.dtype(dtype), slope, intercept)(stored)
    assert np.array_equal(native, stored.astype(np.float64) * slope + intercept)


def test_reading_past_the_end_is_an_index_error(tmp_path: Path) -> None:
    write_series(tmp_path, voxels())
    with open_volume(tmp_path) as volume:
        for index in (-1, 6):
            with pytest.raises(IndexError, match="there are 6"):
                volume.read(index)


def test_another_orientation_and_window_of_an_open_scan(tmp_path: Path) -> None:
    stack = voxels()
    write_series(tmp_path, stack)
    with open_volume(tmp_path) as volume:
        volume.set_orientation("sagittal")
        assert (volume.info.frames, volume.info.height, volume.info.width) == (24, 6, 20)
        assert np.array_equal(volume.read_native(3), stack[:, :, 3])
        dark, bright = volume.read(3, Window(10, 1000)), volume.read(3, Window(10, -1000))
        assert (dark.max(), bright.min()) == (0, 255)
