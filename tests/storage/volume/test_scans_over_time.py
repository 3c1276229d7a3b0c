"""Volumes of several time points in one file: all of them open, along space and along time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.imaging.volume_geometry import ORIENTATIONS
from app.storage.opening import open_source
from app.storage.volume.volume_source import VolumeSource

TIMES, SHAPE = 5, (4, 6, 7)
VOXELS = np.random.default_rng(1).integers(-50, 900, (TIMES, *SHAPE)).astype(np.int16)


def write_nifti(path: Path, voxels: NDArray[np.int16]) -> Path:
    nibabel.save(nibabel.Nifti1Image(voxels.T, np.diag([1.0, 1.0, 3.0, 1.0])), path)
    return path


def write_itk(path: Path, voxels: NDArray[np.int16]) -> Path:
    sitk.WriteImage(
        sitk.GetImageFromArray(voxels, isVector=False), str(path), useCompression="gz" in path.stem
    )
    return path


def write_mgz(path: Path, voxels: NDArray[np.int16]) -> Path:
    nibabel.save(nibabel.MGHImage(voxels.T, np.eye(4)), path)
    return path


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("heart.nii", write_nifti),
        ("heart.nii.gz", write_nifti),
        ("heart.nrrd", write_itk),
        ("heart_gz.nrrd", write_itk),
        ("heart.mha", write_itk),
        ("heart.mgz", write_mgz),
    ],
)
def test_every_slice_of_every_time_point_is_a_frame(
    tmp_path: Path, name: str, write: Callable[[Path, NDArray[np.int16]], Path]
) -> None:
    path = write(tmp_path / name, VOXELS)
    with open_source(path) as space, open_source(path, along="time") as film:
        assert isinstance(space, VolumeSource) and isinstance(film, VolumeSource)
        for source in (film, space):
            order = source.order
            assert (source.info.frames, order.times, order.slices) == (TIMES * SHAPE[0], TIMES, SHAPE[0])
            # Backwards, as an annotator may go: a compressed stream begins anew.
            for frame in reversed(range(order.frames)):
                assert np.array_equal(
                    source.read_native(frame), VOXELS[order.time_of(frame), order.slice_of(frame)]
                )
        other = next(kind for kind in ORIENTATIONS if kind != space.orientation)
        axis = space.geometry.plane(other).axis
        for time in (TIMES - 1, 0):
            assert np.array_equal(
                np.sort(space.read_plane_native(other, 2, time), axis=None),
                np.sort(VOXELS[time].take(2, axis), axis=None),
            )
    with open_source(path, series="@3") as third:
        assert isinstance(third, VolumeSource)
        assert np.array_equal(third.read_native(1), VOXELS[2, 1])
    with pytest.raises(SequenceError, match="no time point"):
        open_source(path, series="@6")


def test_a_header_that_claims_countless_time_points_is_refused(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "heart.nii", VOXELS)
    head = bytearray(path.read_bytes())
    head[40:56] = np.array([4, 7, 6, 2**14, 2**14, 1, 1, 1], "<i2").tobytes()
    path.write_bytes(head)
    with pytest.raises(SequenceError, match="impossible size"):
        open_source(path)


@pytest.mark.parametrize(
    ("unit", "step"), [("sec", 0.04), ("msec", 40.0), ("usec", 40_000.0), ("unknown", 1.0)]
)
def test_nifti_says_when_its_time_points_were_taken_where_it_gives_a_unit(
    tmp_path: Path, unit: str, step: float
) -> None:
    image = nibabel.Nifti1Image(np.zeros((4, 3, 2, 5), np.int16), np.eye(4))
    image.header.set_zooms((1.0, 1.0, 1.0, step))
    image.header.set_xyzt_units("mm", unit)
    nibabel.save(image, tmp_path / "heart.nii")
    with open_source(tmp_path / "heart.nii") as source:
        wanted = [] if unit == "unknown" else [0.0, 0.04, 0.08, 0.12, 0.16]
        assert source.info.moments == pytest.approx(wanted)
