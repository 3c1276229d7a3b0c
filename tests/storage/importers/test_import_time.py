"""Masks of a scan over time go to the time points whose slices or frames their DICOM file refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage

from app.domain.annotation import Annotation, Status
from app.imaging import masks
from app.storage.exporters.export_registry import write_export
from app.storage.exporters.mask_record import PRIVATE_GROUP
from app.storage.importers.import_registry import read_masks
from app.storage.volume.volume_opening import open_volume
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.labelled import LABELS, labelled
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


def test_each_file_comes_back_to_its_time_point(source: VolumeSource, tmp_path: Path) -> None:
    paths = write_export("rtstruct", job(source, STACK), tmp_path / "out")
    assert [path.name[: len("heart_t01")] for path in paths] == ["heart_t01", "heart_t03", "heart_t04"]
    for time, path in zip((0, 2, 3), paths, strict=True):
        without_record(path).save_as(path)
        painted, said = painted_stack(path, source)
        assert np.array_equal(painted[time], STACK[time])
        assert not np.delete(painted, time, axis=0).any()
        assert said == []


@pytest.mark.parametrize("has_record", [True, False])
def test_a_segmentation_of_all_time_points_comes_back_to_all_of_them(
    source: VolumeSource, tmp_path: Path, has_record: bool
) -> None:
    [path] = write_export("dicom-seg", job(source, STACK), tmp_path / "out")
    if not has_record:
        without_record(path).save_as(path)
    painted, said = painted_stack(path, source)
    assert np.array_equal(painted, STACK)
    assert said == []


def test_the_record_of_each_time_point_keeps_status_and_covered_pixels(
    source: VolumeSource, tmp_path: Path
) -> None:
    mask = np.zeros(STACK.shape[2:], bool)
    mask[2:12, 2:12] = True
    below = Annotation(masks.encode(mask), Status.VERIFIED, 0.25)
    plain = job(source, STACK)

    def annotations(frame: int) -> Mapping[int, Annotation]:
        return {**plain.annotations(frame), 1: below}

    scan = replace(plain.scan(), annotations=annotations)
    covered = replace(plain, annotations=annotations, volume=lambda: scan)
    [path] = write_export("dicom-seg", covered, tmp_path / "out")
    found = read_masks(path, source.info, LABELS, scan=lambda: source, time=1)
    seen = 0
    for frame, layers in found.frames():
        [(key, seen_mask)] = [(key, layer[1]) for key, layer in layers.items() if layer[0] == LABELS[0].value]
        assert np.array_equal(seen_mask, mask)
        assert (found.facts[frame, key].status, found.facts[frame, key].score) == (Status.VERIFIED, 0.25)
        seen += 1
    assert seen == source.order.frames


def test_contours_of_several_time_points_go_to_all_of_them(source: VolumeSource, tmp_path: Path) -> None:
    parts = [pydicom.dcmread(path) for path in write_export("rtstruct", job(source, STACK), tmp_path / "out")]
    join_contours(parts).save_as(tmp_path / "joined.dcm")
    painted, said = painted_stack(tmp_path / "joined.dcm", source)
    assert np.array_equal(painted, STACK)
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


def join_contours(parts: Sequence[Dataset]) -> Dataset:
    """One file with the contours of several, structure by structure."""
    first = parts[0]
    for part in parts[1:]:
        for structure, more in zip(first.ROIContourSequence, part.ROIContourSequence, strict=True):
            structure.ContourSequence = [*structure.ContourSequence, *more.ContourSequence]
    return first
