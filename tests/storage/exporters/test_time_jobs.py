"""A scan over time leaves as one file for each annotated time point in formats that hold one volume."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from app.domain.annotation import Annotation, FrameAxis
from app.domain.errors import ExportError
from app.domain.export_selection import ExportSelection
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.volume.volume_opening import open_volume
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.labelled import LABELS, OBJECTS, job_of, labelled
from tests.helpers.scans import voxels

TIMES = 4
VOXELS = np.stack([voxels(seed=n) for n in range(TIMES)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    nibabel.Nifti1Image(VOXELS.T, np.diag([0.5, 0.75, 2.5, 1.0])).to_filename(tmp_path / "heart.nii")
    return tmp_path / "heart.nii"


def job(source: VolumeSource, stack: np.ndarray) -> ExportJob:
    """The export of a label volume (t, z, y, x)."""
    order = source.order
    one = {time: job_of(source, stack[time]) for time in range(TIMES)}

    def annotations(frame: int) -> Mapping[int, Annotation]:
        return one[order.time_of(frame)].annotations(order.slice_of(frame))

    return ExportJob(
        source.info,
        LABELS,
        OBJECTS,
        annotations,
        source.read,
        0.5,
        lambda done, total: None,
        lambda: None,
        source=source,
        volume=lambda: replace(one[0], annotations=annotations),
    )


@pytest.mark.parametrize("along", ["space", "time"])
def test_label_volumes_name_their_time_point(path: Path, tmp_path: Path, along: FrameAxis) -> None:
    stack = np.stack([labelled(), np.zeros_like(labelled()), labelled()[::-1], labelled()])
    with open_volume(path, time=None, along=along) as source:
        whole = job(source, stack)
        chosen = tuple(frame for frame in range(source.order.frames) if source.order.time_of(frame) != 3)
        whole = replace(whole, selection=ExportSelection(frames=chosen))
        write = partial(write_export, job=whole, folder=tmp_path / "out")
        (first, third), pair = write("nrrd"), write("nifti")
        assert (first.name, third.name) == ("heart_t01_labels.nrrd", "heart_t03_labels.nrrd")
        assert [file.name for file in pair] == ["heart_t01_labels.nii.gz", "heart_t03_labels.nii.gz"]
        for time, file in ((0, first), (2, third)):
            assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(file))), stack[time])
        assert source.info == whole.info, "the source is the whole scan again"
        assert len(write("coco")) == 1
        with pytest.raises(ExportError, match="No frame is annotated"):
            write_export("nifti", replace(whole, annotations=lambda frame: {}), tmp_path / "none")


def test_each_time_point_is_a_case_of_a_data_set_for_volumes(path: Path, tmp_path: Path) -> None:
    stack = np.stack([labelled()] * TIMES)
    stack[1:3] = 0
    with open_volume(path, time=None) as source:
        (folder,) = write_export("nnunet", job(source, stack), tmp_path / "out")
    images = sorted(file.name for file in (folder / "imagesTr").iterdir())
    assert images == ["heart_t01_0000.nii.gz", "heart_t04_0000.nii.gz"]
    for time in (0, 3):
        read = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "imagesTr" / images[time // 3])))
        assert np.array_equal(read, VOXELS[time])
    assert json.loads((folder / "dataset.json").read_text())["numTraining"] == 2


def test_measures_say_the_seconds_of_time_points_where_the_file_does(path: Path, tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(VOXELS.T, np.diag([0.5, 0.75, 2.5, 1.0]))
    image.header.set_zooms((0.5, 0.75, 2.5, 40.0))
    image.header.set_xyzt_units("mm", "msec")
    image.to_filename(tmp_path / "timed.nii")
    stack = np.stack([labelled()] * TIMES)
    for file, seconds in ((tmp_path / "timed.nii", ["0", "0.04", "0.08", "0.12"]), (path, [""] * TIMES)):
        with open_volume(file, time=None) as source:
            for written in write_export("csv", job(source, stack), tmp_path / "out" / file.stem):
                with written.open(newline="") as table:
                    rows = [row for row in csv.DictReader(table) if row["object"] == "5"]
                assert [row["time_point"] for row in rows] == ["0", "1", "2", "3"]
                assert [row["seconds"] for row in rows] == seconds
