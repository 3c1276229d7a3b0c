"""A scan that is not what it should be costs a message that names the file, and the next one opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel
import numpy as np
import pytest

from app.domain.errors import FramewiseError
from app.headless import Annotator
from tests.helpers.scans import voxels, write_series

SHAPE = (5, 20, 24)


def no_dicom(folder: Path) -> Path:
    (folder / "letter.dcm").write_text("Dear colleague,")
    return folder / "letter.dcm"


def flat(folder: Path) -> Path:
    write_series(folder / "flat", voxels(SHAPE), PixelSpacing=[0, 0])
    return folder / "flat"


def deep(folder: Path) -> Path:
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 5, 6, 2, 3), np.int16), np.eye(4)), folder / "deep.nii")
    return folder / "deep.nii"


@pytest.fixture(scope="module")
def annotator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Annotator]:
    with Annotator(tmp_path_factory.mktemp("work"), device="cpu", engine="classic") as a:
        yield a


@pytest.mark.parametrize("make", [no_dicom, flat, deep])
def test_what_cannot_be_opened_is_named(
    annotator: Annotator, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = make(tmp_path)
    with pytest.raises(FramewiseError, match=path.stem):
        annotator.open(path)
    write_series(tmp_path / "good", voxels(SHAPE))
    assert annotator.open(tmp_path / "good").frames == SHAPE[0]


def test_a_torn_slice_is_named_and_the_others_can_be_annotated(annotator: Annotator, tmp_path: Path) -> None:
    files = write_series(tmp_path / "torn", voxels(SHAPE))
    files[2].write_bytes(files[2].read_bytes()[:-300])
    info = annotator.open(tmp_path / "torn")
    assert any(files[2].name in warning for warning in info.warnings)
    with pytest.raises(FramewiseError, match=files[2].name):
        annotator.frame(2)
    thing = annotator.add_object(annotator.add_label("lesion"))
    annotator.set_mask(1, thing, np.ones(SHAPE[1:], bool))
    assert annotator.volume_labels()[1].all()
    assert annotator.turn("coronal").frames == SHAPE[1]
    assert annotator.frame(7).shape == (SHAPE[0], SHAPE[2], 3)


def test_voxels_without_a_number_are_told_and_shown_black(annotator: Annotator, tmp_path: Path) -> None:
    stack = voxels(SHAPE).astype(np.float32)
    stack[:, 4, 5] = np.nan
    nibabel.save(nibabel.Nifti1Image(stack.transpose(2, 1, 0), np.eye(4)), tmp_path / "holes.nii")
    info = annotator.open(tmp_path / "holes.nii")
    assert any("holes.nii" in warning for warning in info.warnings)
    assert annotator.frame(2)[4, 5].tolist() == [0, 0, 0]


def test_labels_of_another_size_are_refused_or_resampled_and_said_so(
    annotator: Annotator, tmp_path: Path
) -> None:
    nibabel.save(
        nibabel.Nifti1Image(voxels(SHAPE).transpose(2, 1, 0), np.diag([1.0, 1.0, 2.0, 1.0])),
        tmp_path / "scan.nii",
    )
    annotator.open(tmp_path / "scan.nii")
    small = np.zeros((12, 10, 5), np.uint8)
    small[3:6, 3:6, 2] = 7
    nibabel.save(nibabel.Nifti1Image(small, np.diag([2.0, 2.0, 2.0, 1.0])), tmp_path / "half.nii")
    assert any("half.nii" in warning for warning in annotator.import_labels(tmp_path / "half.nii"))
    assert (annotator.volume_labels() == 7).sum() > 20
    nibabel.save(
        nibabel.Nifti1Image(small, np.array([[2, 0, 0, 900], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1.0]])),
        tmp_path / "away.nii",
    )
    with pytest.raises(FramewiseError, match=r"away\.nii"):
        annotator.import_labels(tmp_path / "away.nii")
