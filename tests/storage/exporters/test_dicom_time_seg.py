"""A scan over time leaves as one DICOM segmentation, whose frames name segment, time point and place."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest

from app.domain.annotation import Annotation
from app.storage.exporters.export_registry import write_export
from app.storage.exporters.volume_job import VolumeJob
from app.storage.importers.import_registry import read_masks
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.labelled import LABELS
from tests.storage.exporters.test_time_jobs import job
from tests.storage.importers.test_import_time import STACK, source

__all__ = ["source"]  # a fixture


def test_highdicom_finds_the_masks_of_each_time_point_by_the_images_that_frames_refer_to(
    source: VolumeSource,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    [path] = write_export("dicom-seg", job(source, STACK), tmp_path / "out")
    assert path.name == "heart_seg.dcm"
    file = hd.seg.segread(path)
    assert [int(number) for number in file.segment_numbers] == [1, 2, 3]
    stack = source.origin.stack
    assert stack is not None
    is_single = stack.slices[0].frames == 1
    for segment, label in enumerate(LABELS, 1):
        wanted = np.equal(STACK, label.value).reshape(-1, *STACK.shape[2:])
        if is_single:
            found = file.get_pixels_by_source_instance(
                [header.sop_uid for header in stack.slices], [segment], ignore_spatial_locations=True,
                assert_missing_frames_are_empty=True,
            )  # fmt: skip
        else:
            found = file.get_pixels_by_source_frame(
                stack.slices[0].sop_uid, [header.frame + 1 for header in stack.slices], [segment],
                ignore_spatial_locations=True, assert_missing_frames_are_empty=True,
            )  # fmt: skip
        assert np.array_equal(found[..., 0] > 0, wanted)


def test_labels_under_others_are_in_the_segments_of_each_time_point(
    source: VolumeSource,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    """Each kidney covers the liver of its slice."""
    plain = job(source, STACK)

    def annotations(frame: int) -> Mapping[int, Annotation]:
        found = dict(plain.annotations(frame))
        if 1 in found:
            found[2] = found[1]
        return found

    def scan() -> VolumeJob:
        return replace(plain.scan(), annotations=annotations)

    whole = replace(plain, annotations=annotations, volume=scan)
    [path] = write_export("dicom-seg", whole, tmp_path / "out")
    pixels: dict[int, int] = {}
    file = hd.seg.segread(path)
    for number, groups in enumerate(file.PerFrameFunctionalGroupsSequence, 1):
        segment = int(groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        pixels[segment] = pixels.get(segment, 0) + int(np.count_nonzero(file.get_stored_frame(number)))
    liver, kidney = (np.equal(STACK, label.value) for label in LABELS[:2])
    alone = np.count_nonzero(kidney & ~liver.any((2, 3), keepdims=True))
    assert pixels[1] == liver.sum()
    assert pixels[2] == liver.sum() + alone
    bare = pydicom.dcmread(path)
    bare.remove_private_tags()
    bare.save_as(path)
    found: Counter[int] = Counter()
    for _, layers in read_masks(path, source.info, LABELS, scan=lambda: source).frames():
        found.update({value: int(mask.sum()) for value, mask in layers.values()})
    assert [found[label.value] for label in LABELS] == [pixels[1], pixels[2], pixels[3]]


def test_frames_are_sorted_by_segment_time_and_place(
    source: VolumeSource,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    [path] = write_export("dicom-seg", job(source, STACK), tmp_path / "out")
    file = hd.seg.segread(path)
    contents = [groups.FrameContentSequence[0] for groups in file.PerFrameFunctionalGroupsSequence]
    indices = [tuple(content.DimensionIndexValues) for content in contents]
    assert indices == sorted(set(indices))
    assert {content.TemporalPositionIndex for content in contents} == {1, 3, 4}
    assert all(
        index[1] == content.TemporalPositionIndex for index, content in zip(indices, contents, strict=True)
    )
    named = [item.DimensionDescriptionLabel for item in file.DimensionIndexSequence]
    assert named == ["ReferencedSegmentNumber", "TemporalPositionIndex", "ImagePositionPatient"]


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy is not installed (Debian: dicom3tools)"
)
def test_dciodvfy_finds_no_error(
    source: VolumeSource,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    [path] = write_export("dicom-seg", job(source, STACK), tmp_path / "out")
    told = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    assert [line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")] == []
