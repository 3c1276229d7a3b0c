"""Key images: one secondary capture for each chosen frame, as pydicom and highdicom read it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest

from app import __version__
from app.domain.annotation import Annotation, Label, Object, Orientation, Status
from app.domain.comment import Comment, comment_to_wire
from app.domain.errors import ExportError
from app.domain.export_selection import ExportSelection
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.exporters.image_export import blend
from app.storage.opening import open_source
from app.storage.source import FrameSource
from app.storage.volume.volume_opening import open_volume
from app.storage.workspace.journal import Journal
from tests.helpers.cine import clip, colors, write
from tests.helpers.scans import PATIENT, voxels, write_series

LABEL = Label(3, "polyp", (10, 200, 10))


def job_of(source: FrameSource, tmp_path: Path, *comments: Comment) -> ExportJob:
    """An export with a mask on every frame, and comments in its journal."""
    mask = np.zeros((source.info.height, source.info.width), bool)
    mask[3:9, 4:12] = True
    cell = Annotation(masks.encode(mask), Status.EDITED)
    with Journal(tmp_path / "journal") as journal:
        journal.write([], {"comments": [comment_to_wire(one) for one in comments]})
    return ExportJob(
        source.info, (LABEL,), (Object(1, 3),), lambda frame: {1: cell}, source.read, 0.5, lambda *_: None,
        lambda: None, source=source, journal=tmp_path / "journal",
    )  # fmt: skip


def written(job: ExportJob, folder: Path) -> list[Path]:
    [target] = write_export("key-images", job, folder)
    return sorted(target.iterdir())


def test_marked_frames_of_a_clip_leave_with_their_masks_and_name_their_source(tmp_path: Path) -> None:
    path = write(clip(colors(5, 21, 27), PatientName=PATIENT), tmp_path / "us.dcm")
    marks = (Comment(1, "look #key", 1, 2), Comment(2, "#blurred", 2, 3), Comment(3, "#key", 3, 5))
    with open_source(path) as source:
        job = job_of(source, tmp_path, *marks)
        files = written(job, tmp_path)
        expected = [blend(source.read(n), job.label_map(n), job.labels, 0.5) for n in (1, 3, 4)]
    original = pydicom.dcmread(path)
    images = [pydicom.dcmread(file) for file in files]
    assert [image.SourceImageSequence[0].ReferencedFrameNumber for image in images] == [2, 4, 5]
    assert len({image.SeriesInstanceUID for image in images}) == 1
    for number, (image, pixels) in enumerate(zip(images, expected, strict=True), 1):
        assert np.array_equal(image.pixel_array, pixels)
        assert image.SOPClassUID == pydicom.uid.SecondaryCaptureImageStorage
        assert image.StudyInstanceUID == original.StudyInstanceUID and image.InstanceNumber == number
        assert image.SourceImageSequence[0].ReferencedSOPInstanceUID == original.SOPInstanceUID
        assert image.PatientIdentityRemoved == "YES" and not image.PatientName
        assert image.SoftwareVersions == __version__
    assert np.array_equal(hd.imread(files[0]).get_frame(1), expected[0])
    assert all(PATIENT.encode() not in file.read_bytes() for file in files)
    if shutil.which("dciodvfy"):
        said = subprocess.run(["dciodvfy", str(files[0])], capture_output=True, text=True, check=False)
        assert not [line for line in said.stderr.splitlines() if line.startswith("Error")]


@pytest.mark.parametrize("orientation", ["axial", "coronal"])
def test_frames_of_a_scan_that_are_given_need_no_mark(tmp_path: Path, orientation: Orientation) -> None:
    write_series(tmp_path / "ct", voxels())
    with open_volume(tmp_path / "ct", orientation=orientation) as source:
        job = replace(job_of(source, tmp_path), selection=ExportSelection((2,)), with_identity=True)
        [image] = map(pydicom.dcmread, written(job, tmp_path))
        assert image.PixelSpacing == [source.plane.row_spacing, source.plane.column_spacing]
        stack = source.origin.stack
        assert stack is not None
        uid = stack.slices[2].sop_uid
    assert image.PatientName == PATIENT and "PatientIdentityRemoved" not in image
    told = [item.ReferencedSOPInstanceUID for item in image.get("SourceImageSequence", [])]
    assert told == ([uid] if orientation == "axial" else [])


def test_what_cannot_be_a_key_image_is_told(tmp_path: Path) -> None:
    path = write(clip(colors(3, 21, 27), BurnedInAnnotation="YES"), tmp_path / "us.dcm")
    with open_source(path) as source:
        job = job_of(source, tmp_path)
        with pytest.raises(ExportError, match="No frame is marked"):
            written(job, tmp_path)
        chosen = replace(job, selection=ExportSelection((0,)))
        with pytest.raises(ExportError, match="show who the patient is"):
            written(chosen, tmp_path)
        assert not (tmp_path / "us_key").exists()
        [image] = map(pydicom.dcmread, written(replace(chosen, with_identity=True), tmp_path))
    assert image.BurnedInAnnotation == "YES"
