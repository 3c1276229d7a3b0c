"""Scans whose drive goes away and comes back while they are open."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import SequenceError, SourceOutOfReach
from app.storage.volume import voxel_store
from app.storage.volume.slice_readers import RawSlices, Rescale, StreamSlices
from app.storage.volume.volume_opening import open_volume
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.scans import multiframe, save, voxels, write_series


def plain_series(place: Path) -> Path:
    return write_series(place, voxels())[0].parent


def compressed_series(place: Path) -> Path:
    return write_series(place, voxels(), syntax="rle")[0].parent


def read_until_all_is_decoded(volume: VolumeSource) -> None:
    while volume.decode_next():
        pass


@pytest.mark.parametrize("write", [plain_series, compressed_series])
def test_slices_are_read_again_when_the_drive_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], Path]
) -> None:
    monkeypatch.setattr(voxel_store, "_RETRY_SECONDS", 0.0)
    scan = write(tmp_path / "drive")
    with open_volume(scan) as volume:
        stack = voxels()
        (tmp_path / "drive").rename(tmp_path / "away")
        read_until_all_is_decoded(volume)
        lost = [index for index in range(len(stack)) if not is_read(volume, index)]
        blank = volume.read_plane_native("coronal", 7)
        (tmp_path / "away").rename(tmp_path / "drive")
        assert lost
        assert not np.array_equal(blank, whole_plane(scan))
        assert np.array_equal(volume.read_plane_native("coronal", 7), whole_plane(scan))
        assert np.array_equal([volume.read_stored(k) for k in range(len(stack))], stack)
        assert not volume.damage


def is_read(volume: VolumeSource, index: int) -> bool:
    try:
        volume.read_stored(index)
    except SourceOutOfReach:
        return False
    return True


def whole_plane(scan: Path) -> np.ndarray:
    with open_volume(scan) as volume:
        return volume.read_plane_native("coronal", 7)


def test_a_slice_that_is_cut_off_is_not_read_again(tmp_path: Path) -> None:
    files = write_series(tmp_path / "series", voxels())
    whole = files[2].read_bytes()
    with open_volume(tmp_path / "series") as volume:
        files[2].write_bytes(whole[:-100])
        damaged = [index for index in range(len(files)) if not is_whole(volume, index)]
        files[2].write_bytes(whole)
        assert [index for index in range(len(files)) if not is_whole(volume, index)] == damaged
    assert len(damaged) == 1


def is_whole(volume: VolumeSource, index: int) -> bool:
    try:
        volume.read_stored(index)
    except SequenceError:
        return False
    return True


def pull_out(path: Path) -> None:
    """Make open files of a path give EIO, as Linux does for /proc/self/mem and for a drive that was pulled out."""
    own = [int(name) for name in os.listdir("/proc/self/fd") if is_link_to(path, name)]
    assert own
    with open("/proc/self/mem", "rb") as lost:
        for handle in own:
            os.dup2(lost.fileno(), handle)


def is_link_to(path: Path, name: str) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{name}") == str(path)
    except OSError:
        return False


def test_an_open_file_that_went_with_its_drive_is_opened_anew(tmp_path: Path) -> None:
    stack, path = voxels(), tmp_path / "scan.raw"
    path.write_bytes(stack.tobytes())
    reader = RawSlices(path, 0, stack.shape, stack.dtype, Rescale(stack.dtype))
    pull_out(path)
    path.rename(tmp_path / "away.raw")
    for _ in range(2):
        with pytest.raises(SourceOutOfReach, match="Check the path and that its drive is connected"):
            reader.read(1)
    (tmp_path / "away.raw").rename(path)
    assert np.array_equal(reader.read(1), stack[1])
    reader.close()


def test_frames_of_one_file_are_read_on_when_the_drive_is_back(tmp_path: Path) -> None:
    stack, path = voxels((6, 128, 128)), tmp_path / "scan.dcm"
    save(multiframe(stack, [(0.0, 0.0, 2.5 * k) for k in range(len(stack))]), path)
    with open_volume(path) as volume:
        assert np.array_equal(volume.read_stored(0), stack[0])
        pull_out(path)
        assert np.array_equal(volume.read_stored(5), stack[5])


def test_a_compressed_stream_begins_anew(tmp_path: Path) -> None:
    stack, path = voxels(), tmp_path / "scan.raw.gz"
    reader = StreamSlices(path, "gzip", 0, 0, stack.shape, stack.dtype, Rescale(stack.dtype))
    with pytest.raises(SourceOutOfReach):
        reader.read(2)
    path.write_bytes(gzip.compress(stack.tobytes()))
    assert np.array_equal(reader.read(2), stack[2])
    reader.close()
