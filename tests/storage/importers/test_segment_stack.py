"""Segments that lie over one another come in whole, each as an object of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest

from app.domain.annotation import Annotation, Label, Object, Orientation, Status
from app.imaging.label_volume import LabelMap
from app.imaging.masks import encode
from app.imaging.volume_geometry import ORIENTATIONS, VolumeGeometry
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import Key
from app.storage.importers.segment_stack import SegmentStack
from app.storage.volume.volume_opening import open_volume
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.labelled import LABELS, export_volume, job_of, labelled
from tests.helpers.scans import voxels, write_series

SHAPE = (6, 20, 24)
TUMOUR = Label(9, "tumour", (1, 2, 3))


def segments() -> dict[int, np.ndarray]:
    """Voxels by object: a liver, a kidney over it, one tumour within the liver, and another across both."""
    found = {number: np.zeros(SHAPE, np.bool_) for number in (1, 2, 5, 6)}
    found[1][1:5, 2:12, 3:15] = True
    found[2][3:6, 8:18, 10:20] = True
    found[5][2, 4:6, 5:7] = True
    found[6][3:5, 9:11, 9:14] = True
    return found


def written(source: VolumeSource, folder: Path, labels: tuple[int, ...]) -> Path:
    """Write a SEG of the segments as another program does, each with a label of its own."""
    made = tuple(Label(n, f"segment {n}", (n, n, n)) for n in (1, 2, 5, 6))
    whole = segments()

    def annotations(frame: int) -> Mapping[int, Annotation]:
        pictures = {n: np.ascontiguousarray(source.plane.slice_array(one, frame)) for n, one in whole.items()}
        return {n: Annotation(encode(one), Status.EDITED) for n, one in pictures.items() if one.any()}

    objects = tuple(Object(label.value, label.value) for label in made)
    job = replace(job_of(source, labelled()), labels=made, objects=objects, annotations=annotations)
    [path] = export_volume("dicom-seg", job, folder)
    data = pydicom.dcmread(path)
    for segment, value in zip(data.SegmentSequence, labels, strict=True):
        segment.TrackingID = f"reader {segment.SegmentNumber}"
        segment.SegmentLabel = next(one.name for one in (*LABELS, TUMOUR) if one.value == value)
    data.remove_private_tags()
    data.save_as(path)
    return path


def read(path: Path, source: VolumeSource) -> tuple[dict[Key, tuple[int, np.ndarray]], list[str]]:
    """Label value and voxels (z, y, x) by object, and what was said."""
    imported = read_masks(path, source.info, (*LABELS, TUMOUR), scan=lambda: source)
    found: dict[Key, tuple[int, np.ndarray]] = {}
    for frame, layers in imported.frames():
        for key, (value, mask) in layers.items():
            stack = found.setdefault(key, (value, np.zeros(source.geometry.shape, np.bool_)))[1]
            source.plane.slice_array(stack, frame)[...] = mask
    return found, imported.warnings


@pytest.fixture
def series(tmp_path: Path) -> Path:
    write_series(tmp_path / "study", voxels())
    return tmp_path / "study"


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_segments_of_another_program_that_overlap_come_in_whole(
    series: Path, tmp_path: Path, orientation: Orientation
) -> None:
    with open_volume(series, orientation=orientation) as source:
        path = written(source, tmp_path, (3, 7, 9, 12))
        found, said = read(path, source)
    whole = segments()
    assert {key: value for key, (value, _) in found.items()} == {3: 3, 7: 7, 9: 9, 12: 12}
    for number, key in zip((1, 2, 5, 6), (3, 7, 9, 12), strict=True):
        assert np.array_equal(found[key][1], whole[number])
    count = np.count_nonzero(sum(one.astype(int) for one in whole.values()) > 1)
    assert said == [f"{count} voxels belong to several segments; each segment is kept whole."]


def test_two_segments_of_one_label_are_two_objects(series: Path, tmp_path: Path) -> None:
    with open_volume(series) as source:
        found, _ = read(written(source, tmp_path, (3, 7, 9, 9)), source)
    assert [value for value, _ in found.values()].count(9) == 2
    for number, key in ((1, 3), (2, 7), (5, "segment 3"), (6, "segment 4")):
        assert np.array_equal(found[key][1], segments()[number])


def test_segments_on_another_grid_stay_whole_where_they_overlap(series: Path, tmp_path: Path) -> None:
    with open_volume(series) as source:
        path = written(source, tmp_path, (3, 7, 9, 9))
    places = [(-10.0, -20.0, 30.0 + 5.0 * k) for k in range(3)]
    write_series(tmp_path / "thick", voxels((3, 20, 24)), positions=places)
    with open_volume(tmp_path / "thick") as source:
        found, said = read(path, source)
    assert "resampled" in said[-1]
    for number, key in ((1, 3), (2, 7), (5, "segment 3"), (6, "segment 4")):
        assert np.array_equal(found[key][1], segments()[number][::2])


def test_volumes_of_zeros_and_ones_may_overlap(series: Path, tmp_path: Path) -> None:
    whole = np.stack([one.astype(np.float32) for one in segments().values()])
    with open_volume(series) as source:
        affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ source.geometry.matrix
        nibabel.Nifti1Image(whole.transpose(3, 2, 1, 0), affine).to_filename(tmp_path / "regions.nii")
        found, said = read(tmp_path / "regions.nii", source)
    for channel, key in enumerate((1, 2, 3, 4)):
        assert np.array_equal(found[key][1], whole[channel] > 0)
    assert any("each segment is kept whole" in text for text in said)


def test_more_segments_at_one_voxel_than_can_be_are_refused() -> None:
    stack = SegmentStack((1, 2, 2), {number: number for number in range(1, 100)})
    picture: LabelMap = np.ones((2, 2), np.uint8)
    with pytest.raises(ValueError, match="64 of its segments overlap"):
        for number in range(1, 100):
            stack.add(0, picture * stack.codes[number])


def test_of_more_than_255_segments_those_of_a_label_are_one_object() -> None:
    stack = SegmentStack((1, 1, 300), {number: 1 + number % 2 for number in range(1, 301)})
    stack.add(0, stack.codes[np.arange(1, 301)][None])
    plane = VolumeGeometry((1, 1, 300)).plane("axial")
    found = stack.objects(plane, 0)
    assert {key: int(mask.sum()) for key, (_, mask) in found.items()} == {1: 150, 2: 150}
