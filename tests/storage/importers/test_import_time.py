"""Masks of a scan over time go to the time points whose slices or frames their DICOM file refers to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage

from app.storage.exporters.export_registry import write_export
from app.storage.exporters.mask_record import PRIVATE_GROUP
from app.storage.volume.volume_opening import open_volume
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.labelled import labelled
from tests.helpers.scans import dataset, multiframe, save, voxels
from tests.storage.exporters.test_time_jobs import TIMES, job
from tests.storage.importers.made_masks import painted_stack

STACK = np.stack([labelled(), np.zeros_like(labelled()), labelled()[::-1], np.roll(labelled(), 1, axis=2)])
PLACES = [(z, t) for z in range(len(labelled())) for t in range(TIMES)]


@pytest.fixture(params=["enhanced file", "series"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VolumeSource]:
    """A heart over time, scanned place after place: one file of all frames, or a file for each."""
    stack = np.stack([voxels(seed=t)[z] for z, t in PLACES])
    scan = tmp_path / "heart"
    scan.mkdir()
    if request.param == "series":
        for n, (z, t) in enumerate(PLACES):
            place = {"ImagePositionPatient": [0.0, 0.0, 2.5 * z], "TriggerTime": 40.0 * t}
            save(
                dataset(stack[n], InstanceNumber=n + 1, SOPClassUID=MRImageStorage, **place),
                scan / f"{n}.dcm",
            )
    else:
        data = multiframe(stack, [(0.0, 0.0, 2.5 * z) for z, _ in PLACES])
        for group, (_, t) in zip(data.PerFrameFunctionalGroupsSequence, PLACES, strict=True):
            content = Dataset()
            content.TemporalPositionIndex = t + 1
            group.FrameContentSequence = [content]
        save(data, scan / "heart.dcm")
    with open_volume(scan, time=None, along="time") as opened:
        yield opened


def without_record(path: Path) -> Dataset:
    """A file as another program would write it."""
    data = pydicom.dcmread(path)
    for element in [one for one in data if one.tag.group == PRIVATE_GROUP]:
        del data[element.tag]
    return data


@pytest.mark.parametrize("kind", ["dicom-seg", "rtstruct"])
def test_each_file_comes_back_to_its_time_point(source: VolumeSource, tmp_path: Path, kind: str) -> None:
    paths = write_export(kind, job(source, STACK), tmp_path / "out")
    assert [path.name[: len("heart_t01")] for path in paths] == ["heart_t01", "heart_t03", "heart_t04"]
    for time, path in zip((0, 2, 3), paths, strict=True):
        without_record(path).save_as(path)
        painted, said = painted_stack(path, source)
        assert np.array_equal(painted[time], STACK[time])
        assert not np.delete(painted, time, axis=0).any()
        assert said == []


def test_a_segmentation_and_contours_of_several_time_points_go_to_all_of_them(
    source: VolumeSource, tmp_path: Path
) -> None:
    for kind, joined in (("dicom-seg", join_segmentations), ("rtstruct", join_contours)):
        parts = [without_record(path) for path in write_export(kind, job(source, STACK), tmp_path / kind)]
        joined(parts).save_as(tmp_path / f"{kind}.dcm")
        painted, said = painted_stack(tmp_path / f"{kind}.dcm", source)
        assert np.array_equal(painted, STACK), kind
        assert said == []


def test_contours_that_name_no_slice_go_to_the_time_point_that_is_shown(
    source: VolumeSource, tmp_path: Path
) -> None:
    path = write_export("rtstruct", job(source, STACK), tmp_path / "out")[1]
    data = pydicom.dcmread(path)
    del data.ReferencedFrameOfReferenceSequence
    for structure in data.ROIContourSequence:
        for contour in structure.ContourSequence:
            del contour.ContourImageSequence
    data.save_as(path)
    painted, said = painted_stack(path, source)
    assert np.array_equal(painted[1], STACK[2])
    assert any("time point 1, which is shown" in text for text in said)


def test_a_damaged_reference_is_no_crash(source: VolumeSource, tmp_path: Path) -> None:
    path = write_export("rtstruct", job(source, STACK), tmp_path / "out")[0]
    data = pydicom.dcmread(path)
    for structure in data.ROIContourSequence:
        for contour in structure.ContourSequence:
            contour.ContourImageSequence[0].ReferencedSOPInstanceUID = "1.2.3"
            contour.ContourImageSequence[0].add_new(0x00081160, "LO", "no number")
    data.save_as(path)
    assert np.array_equal(painted_stack(path, source)[0].max(axis=0), STACK[0])


def join_segmentations(parts: list[Dataset]) -> Dataset:
    """One file of the frames of several; their pixels fill whole bytes."""
    first = parts[0]
    groups: list[Any] = [group for part in parts for group in part.PerFrameFunctionalGroupsSequence]
    length = STACK[0, 0].size // 8
    pixels = b"".join(part.PixelData[: length * int(part.NumberOfFrames)] for part in parts)
    first.PerFrameFunctionalGroupsSequence, first.NumberOfFrames = groups, len(groups)
    first.PixelData = pixels + bytes(len(pixels) % 2)
    return first


def join_contours(parts: list[Dataset]) -> Dataset:
    """One file with the contours of several, structure by structure."""
    first = parts[0]
    for part in parts[1:]:
        for structure, more in zip(first.ROIContourSequence, part.ROIContourSequence, strict=True):
            structure.ContourSequence = [*structure.ContourSequence, *more.ContourSequence]
    return first
