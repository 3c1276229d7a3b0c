"""Segmentations over time: what the standard demands, what highdicom reads, and back bit for bit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.uid import SecondaryCaptureImageStorage

from app.domain.annotation import Annotation, Label, Object, Status
from app.domain.errors import ExportError, ImportMasksError
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.importers.import_registry import read_masks
from app.storage.opening import open_source
from app.storage.source import FrameSource
from app.storage.volume.volume_opening import open_volume
from tests.helpers.cine import H264, clip, colors, video_clip, write
from tests.helpers.labelled import export_volume, job_of, labelled
from tests.helpers.scans import voxels, write_series
from tests.storage.exporters.test_dicom_seg_sources import write_placeless_frames

LABELS = (Label(4, "Gallbladder", (10, 200, 10)), Label(9, "Werkzeug ß\\x", (200, 10, 10)))
OBJECTS = (Object(1, 9), Object(3, 4), Object(4, 9))


def cells(source: FrameSource) -> dict[tuple[int, int], np.ndarray]:
    """Masks by frame and object, which overlap; object 4 has none."""
    random = np.random.default_rng(3)
    shape = source.info.height, source.info.width
    places = [(0, 1), (2, 1), (2, 3), (source.info.frames - 1, 3)]
    return {place: random.random(shape) > 0.6 for place in places if place[0] < source.info.frames}


def export(source: FrameSource, folder: Path, *, with_identity: bool = False) -> Path:
    found = cells(source)

    def annotations(frame: int) -> dict[int, Annotation]:
        return {
            key: Annotation(masks.encode(m), Status.EDITED) for (at, key), m in found.items() if at == frame
        }

    job = ExportJob(
        source.info, LABELS, OBJECTS, annotations, source.read, 0.5, lambda *_: None, lambda: None,
        source=source, with_identity=with_identity,
    )  # fmt: skip
    [path] = write_export("dicom-seg", job, folder)
    return path


def errors_of(path: Path) -> list[str]:
    if shutil.which("dciodvfy") is None:
        return []
    told = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    return [line for line in (told.stderr + told.stdout).splitlines() if line.startswith("Error")]


def written(kind: str, folder: Path) -> Path:
    """A source of a kind; its path."""
    folder.mkdir()
    if kind == "clip":
        return write(clip(colors(5, 21, 27)), folder / "us.dcm")
    if kind == "still":
        data = clip(colors(1, 21, 27), SOPClassUID=SecondaryCaptureImageStorage)
        del data.NumberOfFrames
        return write(data, folder / "still.dcm")
    return write(video_clip(colors(5, 32, 48), "libx264", "mp4", H264), folder / "film.dcm")


@pytest.mark.parametrize("kind", ["clip", "still", "film"])
def test_highdicom_and_our_import_read_what_dciodvfy_accepts(tmp_path: Path, kind: str) -> None:
    with open_source(written(kind, tmp_path / "study")) as source:
        found = cells(source)
        path = export(source, tmp_path)
        assert errors_of(path) == []
        seg = hd.seg.segread(path)
        original = pydicom.dcmread(source.info.path, stop_before_pixels=True)
        assert seg.StudyInstanceUID == original.StudyInstanceUID
        segments = {str(seg.get_segment_description(n).segment_label): n for n in seg.segment_numbers}
        assert segments.keys() <= {"Werkzeug ß/x", "Gallbladder"}
        keys = {1: "Werkzeug ß/x", 3: "Gallbladder"}
        if kind != "still":
            numbers = [frame + 1 for frame in range(source.info.frames)]
            stack = seg.get_pixels_by_source_frame(
                original.SOPInstanceUID,
                numbers,
                assert_missing_frames_are_empty=True,
                ignore_spatial_locations=True,
            )
            for (frame, key), mask in found.items():
                assert np.array_equal(stack[frame, ..., segments[keys[key]] - 1], mask)
        imported = read_masks(path, source.info, LABELS)
        assert imported.title == "DICOM SEG of a clip"
        back = {
            (frame, value): mask for frame, layers in imported.frames() for value, mask in layers.values()
        }
    values = {1: 9, 3: 4}
    assert back.keys() == {(frame, values[key]) for frame, key in found}
    assert all(np.array_equal(back[frame, values[key]], mask) for (frame, key), mask in found.items())


def test_each_frame_says_which_frame_it_is_about_and_when(tmp_path: Path) -> None:
    with open_source(written("clip", tmp_path / "study")) as source:
        seg = pydicom.dcmread(export(source, tmp_path))
    told = [
        (
            group.SegmentIdentificationSequence[0].ReferencedSegmentNumber,
            group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber,
            group.FrameContentSequence[0].TemporalPositionIndex,
            list(group.FrameContentSequence[0].DimensionIndexValues),
        )
        for group in seg.PerFrameFunctionalGroupsSequence
    ]
    assert told == [(1, 1, 1, [1, 1]), (1, 3, 3, [1, 3]), (2, 3, 3, [2, 3]), (2, 5, 5, [2, 5])]
    assert "FrameOfReferenceUID" not in seg and seg.PatientIdentityRemoved == "YES" and not seg.PatientName


def test_the_patient_is_named_only_when_asked_for(tmp_path: Path) -> None:
    with open_source(written("clip", tmp_path / "study")) as source:
        seg = pydicom.dcmread(export(source, tmp_path, with_identity=True))
        name = pydicom.dcmread(source.info.path).PatientName
    assert seg.PatientName == name and "PatientIdentityRemoved" not in seg
    assert errors_of(tmp_path / "us_seg.dcm") == []


def test_a_segmentation_of_another_clip_is_refused(tmp_path: Path) -> None:
    with open_source(written("clip", tmp_path / "study")) as source:
        path = export(source, tmp_path)
    other = write(clip(colors(5, 21, 27)), tmp_path / "other.dcm")
    with open_source(other) as source, pytest.raises(ImportMasksError, match="another series or file"):
        read_masks(path, source.info, LABELS)


def test_a_film_that_is_no_dicom_is_refused_by_name(tmp_path: Path) -> None:
    from tests.helpers.clips import write_clip

    path = write_clip(tmp_path / "film.mp4", 3)
    with open_source(path) as source, pytest.raises(ExportError, match="film.mp4"):
        export(source, tmp_path)


@pytest.mark.parametrize("is_one_file", [False, True])
def test_masks_of_pictures_without_places_come_back_picture_by_picture(
    tmp_path: Path, is_one_file: bool
) -> None:
    study = tmp_path / "study"
    study.mkdir()
    if is_one_file:
        write_placeless_frames(study)
    else:
        write_series(study, voxels(), ImagePositionPatient=None, ImageOrientationPatient=None)
    with open_volume(study) as source:
        assert source.geometry.affine is None and source.geometry.shape[0] > 1
        labels = labelled(source.geometry.shape)
        job = job_of(source, labels)
        (path,) = export_volume("dicom-seg", job, tmp_path / "out")
        # CT pictures of several frames break the standard themselves.
        assert is_one_file or errors_of(path) == []
        found = read_masks(path, source.info, job.labels, scan=lambda: source)
        frames = dict(found.frames())
    assert found.title == "DICOM SEG of a clip" and not found.labels
    back = np.zeros_like(labels)
    for frame, layers in frames.items():
        for value, mask in layers.values():
            back[frame][mask] = value
    assert np.array_equal(back, labels)
