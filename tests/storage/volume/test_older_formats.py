"""Pairs, packed files, Analyze and volumes of FreeSurfer."""

from __future__ import annotations

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from app.domain.errors import SequenceError
from app.storage.volume.volume_opening import open_volume
from tests.helpers.scans import voxels
from tests.storage.volume.itk_files import TURN, read_all, write_itk


def packed(path: Path) -> None:
    path.write_bytes(gzip.compress(path.read_bytes()))


@pytest.mark.parametrize("name", ["a.nii", "a.hdr", "a.HDR", "A.NII"])
@pytest.mark.parametrize("half", [".hdr", ".img"])
def test_packing_is_found_by_content_and_a_pair_by_either_half(tmp_path: Path, name: str, half: str) -> None:
    stack = voxels(dtype=np.int16)
    write_itk(tmp_path / "x.nii", stack, compressed=False)
    if name.lower().endswith(".nii"):
        (tmp_path / "x.nii").rename(tmp_path / name)
    else:
        nibabel.save(nibabel.Nifti1Pair.from_image(nibabel.load(tmp_path / "x.nii")), tmp_path / "x.img")
        capital = name.isupper()
        for file in (tmp_path / "x.hdr", tmp_path / "x.img"):
            file.rename(tmp_path / ("A" + file.suffix.upper() if capital else "a" + file.suffix))
        (tmp_path / "x.nii").unlink()
    files = sorted(tmp_path.iterdir())
    chosen = next((file for file in files if file.suffix.lower() == half), files[0])
    assert np.array_equal(read_all(chosen), stack)
    for file in files:
        packed(file)  # gzip under the name of a plain file
    assert np.array_equal(read_all(chosen), stack)
    for file in files:
        file.rename(file.with_name(file.name + (".GZ" if file.name.isupper() else ".gz")))
    assert np.array_equal(
        read_all(chosen.with_name(chosen.name + (".GZ" if chosen.name.isupper() else ".gz"))), stack
    )


def test_a_plain_file_may_be_called_gz(tmp_path: Path) -> None:
    stack = voxels(dtype=np.int16)
    write_itk(tmp_path / "x.nii", stack, compressed=False)
    (tmp_path / "x.nii").rename(tmp_path / "x.nii.gz")
    assert np.array_equal(read_all(tmp_path / "x.nii.gz"), stack)


def test_half_a_pair_names_the_other_half(tmp_path: Path) -> None:
    write_itk(tmp_path / "a.hdr", voxels(), compressed=False)
    (tmp_path / "a.hdr").unlink()
    with pytest.raises(SequenceError, match=r"a\.hdr, is not there"):
        open_volume(tmp_path / "a.img")


@pytest.mark.parametrize("slope", [1.0, 0.5])
def test_analyze_opens_as_nibabel_reads_it_without_a_place(tmp_path: Path, slope: float) -> None:
    stack = voxels(dtype=np.int16)
    image = nibabel.Spm2AnalyzeImage(np.ascontiguousarray(stack.T), np.diag([2.0, 3.0, 4.0, 1.0]))
    image.header["scl_slope"] = slope
    image.header.set_zooms((2.0, 3.0, 4.0))
    nibabel.save(image, tmp_path / "a.img")
    expected = np.asarray(nibabel.load(tmp_path / "a.img").dataobj)
    with open_volume(tmp_path / "a.hdr") as volume:
        assert np.array_equal([volume.read_stored(k) for k in range(len(stack))], expected.T)
        assert volume.info.spacing == (4.0, 3.0, 2.0)
        assert volume.info.origin is None and any(
            "how the scan lies" in text for text in volume.info.warnings
        )
        assert volume.origin.nifti is None, "exports invent no place"


@pytest.mark.parametrize("name", ["a.mgz", "a.mgh", "A.MGZ"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32])
def test_volumes_of_freesurfer_lie_where_nibabel_says(tmp_path: Path, name: str, dtype: type) -> None:
    affine = np.eye(4)
    affine[:3, :3] = TURN * (0.5, 0.75, 2.5)
    affine[:3, 3] = (-10, 20, 30.5)
    stack = voxels(dtype=dtype)
    nibabel.save(nibabel.MGHImage(np.ascontiguousarray(stack.T), affine), tmp_path / name.lower())
    (tmp_path / name.lower()).rename(tmp_path / name)
    with open_volume(tmp_path / name) as volume:
        assert np.array_equal([volume.read_stored(k) for k in (5, 0, 3)], stack[[5, 0, 3]])
        matrix = volume.geometry.matrix
        assert matrix is not None
        assert np.allclose(matrix, (np.diag([-1, -1, 1, 1]) @ affine)[: len(matrix)], atol=1e-4)
        assert volume.info.name.lower() == "a"


@pytest.mark.parametrize("damage", [b"", b"\0" * 400, b"\0\0\0\1" + b"\xff" * 300])
def test_damaged_volumes_of_freesurfer_are_refused_by_name(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "bad.mgh").write_bytes(damage)
    with pytest.raises(SequenceError, match=r"bad\.mgh"):
        open_volume(tmp_path / "bad.mgh")
