"""Masks of a scan over time by number of frame: made along one axis, read along the other."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from app.domain.annotation import FrameAxis
from app.domain.errors import ImportMasksError
from app.storage.exporters.export_registry import write_export
from app.storage.importers.import_registry import read_masks
from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import LABELS, labelled
from tests.storage.exporters.test_time_jobs import TIMES, job
from tests.storage.importers.made_masks import painted_stack

SHAPE = (20, 20, 20)  # so that slices of every direction have one size
STACK = np.stack([np.roll(labelled(SHAPE), 2 * time, axis=1) for time in range(TIMES)])
STACK[2] = 0


@pytest.fixture
def heart(tmp_path: Path) -> Path:
    nibabel.Nifti1Image(np.zeros((TIMES, *SHAPE), np.int16).T, np.eye(4)).to_filename(tmp_path / "heart.nii")
    return tmp_path / "heart.nii"


def export(kind: str, heart: Path, along: FrameAxis, folder: Path) -> Path:
    with open_volume(heart, time=None, along=along) as source:
        return write_export(kind, job(source, STACK), folder)[0]


@pytest.mark.parametrize(("made", "read_along"), [("space", "time"), ("time", "space"), ("time", "time")])
def test_our_own_file_says_in_which_order_its_frames_were(
    heart: Path, tmp_path: Path, made: FrameAxis, read_along: FrameAxis
) -> None:
    path = export("coco", heart, made, tmp_path / "out")
    with open_volume(heart, time=None, along=read_along) as source:
        painted, said = painted_stack(path, source)
    assert np.array_equal(painted, STACK)
    assert said == []


def test_masks_of_another_direction_are_refused_though_their_size_fits(heart: Path, tmp_path: Path) -> None:
    path = export("coco", heart, "space", tmp_path / "out")
    refused = pytest.raises(ImportMasksError, match="masks of axial slices.*in coronal ones")
    with open_volume(heart, time=None, orientation="coronal") as source, refused:
        read_masks(path, source.info, LABELS, scan=lambda: source)


@pytest.mark.parametrize("kind", ["davis", "frames", "coco-rle"])
def test_what_does_not_say_its_order_is_taken_as_here_and_that_is_said(
    heart: Path, tmp_path: Path, kind: str
) -> None:
    path = export(kind, heart, "time", tmp_path / "out")
    with open_volume(heart, time=None, along="time") as source:
        painted, said = painted_stack(path, source)
    assert np.array_equal(painted > 0, STACK > 0)
    assert any("along time: look at one" in text for text in said)


@pytest.mark.parametrize("kind", ["nnunet", "monai"])
def test_each_case_of_a_data_set_goes_to_its_time_point(heart: Path, tmp_path: Path, kind: str) -> None:
    path = export(kind, heart, "time", tmp_path / "out")
    with open_volume(heart, time=None) as source:
        painted, said = painted_stack(path, source)
    assert np.array_equal(painted, STACK)
    assert said == []
