"""Scans through the public interface."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status
from app.domain.errors import ExportError, ImportMasksError, SequenceError, UsageError
from app.domain.history import CellChange, Edit
from app.headless import Annotator
from app.imaging.masks import encode
from app.storage.workspace.identity import sequence_identity
from app.storage.workspace.journal import JournalEntry
from app.storage.workspace.workspace import Workspace, folder_for
from tests.helpers.cine import PLACES, TIMES, write_cine
from tests.helpers.scans import SCAN_SHAPE, lesion

SPACING = (3.0, 0.75, 0.75)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A ball of 200 HU in water, with a skewed affine and a description of the test's own."""
    z, y, x = np.mgrid[: SCAN_SHAPE[0], : SCAN_SHAPE[1], : SCAN_SHAPE[2]]
    ball = ((z - 4) * 4) ** 2 + (y - 10) ** 2 + (x - 12) ** 2 < 40
    voxels = np.where(ball, 200, 0).astype(np.int16)
    affine = np.diag([-SPACING[2], -SPACING[1], SPACING[0], 1.0])
    affine[:3, 3] = (31.5, -7.25, 12.0)
    image = nibabel.Nifti1Image(voxels.transpose(2, 1, 0), affine)
    image.header["descrip"] = tmp_path.name[-79:]
    path = tmp_path / "ball.nii.gz"
    nibabel.save(image, path)
    return path


def annotate(a: Annotator) -> int:
    thing = a.add_object(lesion(a))
    for frame in range(3, 6):
        mask = np.zeros((a.sequence.height, a.sequence.width), bool)
        mask[8:13, 10:15] = True
        a.set_mask(frame, thing, mask)
    return thing


def test_a_scan_opens_with_its_geometry_and_its_window_decides_what_is_seen(annotator: Annotator) -> None:
    info = annotator.sequence
    assert (info.kind, info.frames) == ("volume", SCAN_SHAPE[0])
    assert info.spacing == pytest.approx(SPACING)
    annotator.window(1000, 0)
    wide = annotator.frame(4)
    annotator.window(10, 0)
    assert not np.array_equal(annotator.frame(4), wide)
    with pytest.raises(UsageError, match="above 0"):
        annotator.window(0, 40)


def test_labels_go_out_with_the_exact_geometry_and_come_back(
    annotator: Annotator, scan: Path, tmp_path: Path
) -> None:
    annotate(annotator)
    labels = annotator.volume_labels()
    assert labels.shape == SCAN_SHAPE and labels.dtype == np.uint8
    assert (labels == 9).sum() == 75
    (nifti,) = annotator.export("nifti", tmp_path)
    written = nibabel.Nifti1Image.from_filename(nifti)
    assert np.array_equal(written.affine, nibabel.Nifti1Image.from_filename(scan).affine)
    assert np.array_equal(np.asarray(written.dataobj).transpose(2, 1, 0), labels)
    (nrrd,) = annotator.export("nrrd", tmp_path)
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(nrrd))), labels)
    annotator.delete_object(annotator.objects[0].object_id)
    assert not annotator.volume_labels().any()
    assert annotator.import_labels(nifti) == ()
    assert np.array_equal(annotator.volume_labels(), labels)


def test_objects_are_measured_in_millilitres_and_millimetres(annotator: Annotator, tmp_path: Path) -> None:
    thing = annotate(annotator)
    found = annotator.measure()[thing]
    assert found.volume == pytest.approx(75 * 3 * 0.75 * 0.75 / 1000)
    assert found.diameter == pytest.approx(np.hypot(np.hypot(3.0, 3.0), 6.0))
    assert {path.suffix for path in annotator.export("csv", tmp_path)} == {".csv"}


def test_the_preview_shows_the_label_in_its_colour(annotator: Annotator) -> None:
    empty = annotator.preview(size=(160, 120))
    assert empty.shape == (120, 160, 4) and empty.dtype == np.uint8
    annotate(annotator)
    shown = annotator.preview(size=(160, 120)).astype(int)
    assert ((shown[..., 0] - shown[..., 1]) > 60).sum() > 20


def test_a_video_export_kind_of_a_scan_and_the_reverse_are_told_apart(
    annotator: Annotator, tmp_path: Path
) -> None:
    annotate(annotator)
    assert annotator.export("png", tmp_path)
    with pytest.raises(UsageError, match="no such export"):
        annotator.export("gif", tmp_path)


def test_a_kind_that_cannot_be_written_keeps_no_other_from_it(annotator: Annotator, tmp_path: Path) -> None:
    annotate(annotator)
    kinds, folder = ("nifti", "dicom-seg", "csv"), tmp_path / "out"
    with pytest.raises(ExportError, match=r"ball\.nii\.gz: A DICOM segmentation .* All else was written"):
        annotator.client.export(kinds, folder)
    names = [path.name for path in folder.iterdir()]
    assert any(name.endswith(".nii.gz") for name in names) and any(name.endswith(".csv") for name in names)


def test_a_label_volume_without_labels_is_refused_by_name(annotator: Annotator, tmp_path: Path) -> None:
    annotate(annotator)
    written = annotator.export("nifti", tmp_path)[0]
    image = nibabel.Nifti1Image.from_filename(written)
    empty = tmp_path / "empty.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.zeros(image.shape, np.uint8), image.affine), empty)
    with pytest.raises(ImportMasksError, match=r"empty\.nii\.gz: No voxel has a label"):
        annotator.import_labels(empty)


def test_a_heart_over_time_is_annotated_along_space_and_time(annotator: Annotator, tmp_path: Path) -> None:
    heart = tmp_path / "heart"
    voxels = write_cine(heart)
    info = annotator.open(heart, time=2)
    assert (info.kind, info.frames, info.time_points, info.along) == (
        "volume",
        PLACES * TIMES,
        TIMES,
        "space",
    )
    folder = annotator.client.source().index_folder
    assert annotator.frame_at(2, 1) == 2 * PLACES + 1
    thing = annotator.add_object(annotator.add_label("ventricle"))
    mask = np.zeros((info.height, info.width), bool)
    mask[5:9, 5:15] = True
    annotator.set_mask(annotator.frame_at(2, 1), thing, mask)
    annotator.set_mask(annotator.frame_at(0, 1), thing, mask[:, ::-1])
    assert np.array_equal(annotator.volume_labels()[1] > 0, mask)
    assert np.array_equal(annotator.volume_labels(time=0)[1] > 0, mask[:, ::-1])
    found = annotator.measure(time=2)[thing]
    assert found.voxels == 40
    assert found.volume == pytest.approx(40 * 0.75 * 0.5 * 5 / 1000)
    assert found.mean == pytest.approx(float(voxels[2, 1][mask].mean()))
    annotator.add_tier("phase", ["systole", "diastole"], "phases")
    annotator.add_interval("phase", "systole", annotator.frame_at(1, 0), annotator.frame_at(1, PLACES - 1))

    film = annotator.turn(along="time")
    assert (film.frames, film.along, annotator.frame_at(2, 1)) == (PLACES * TIMES, "time", TIMES + 2)
    assert np.array_equal(annotator.mask(annotator.frame_at(2, 1), thing), mask)
    systole = {frame for one in annotator.intervals for frame in range(one.start, one.stop or 0)}
    assert systole == {annotator.frame_at(1, place) for place in range(PLACES)}
    list(annotator.propagate())
    statuses = [[annotator.status(annotator.frame_at(t, z), thing) for t in range(TIMES)] for z in (0, 1)]
    assert set(statuses[0]) == {Status.EMPTY}, "masks stay in their slice"
    edited, made = Status.EDITED, Status.PROPAGATED
    assert statuses[1] == [edited, made, edited, made]

    assert annotator.open(heart, time="all").along == "time"
    assert annotator.open(heart, time=1).along == "space"
    assert annotator.client.source().index_folder == folder, "all time points have one workspace"
    assert annotator.status(annotator.frame_at(1, 1), thing) is made
    assert [(one.start, one.stop) for one in annotator.intervals] == [(PLACES, 2 * PLACES)]
    annotator.turn("coronal")
    assert [(one.start, one.stop) for one in annotator.intervals] == [
        (annotator.frame_at(1, 0), annotator.frame_at(2, 0))
    ]
    assert [term.name for tier in annotator.tiers for term in tier.terms] == ["systole", "diastole"]
    annotator.turn("axial")
    assert [(one.start, one.stop) for one in annotator.intervals] == [(PLACES, 2 * PLACES)]
    assert np.array_equal(annotator.mask(annotator.frame_at(0, 1), thing), mask[:, ::-1])
    annotator.add_interval("phase", "diastole", 0, 0)
    annotator.turn("coronal")
    annotator.turn(along="time")
    beats, rests = (
        [one for one in annotator.intervals if one.term == term] for term in ("systole", "diastole")
    )
    assert [one.start for one in rests] == [annotator.frame_at(0, 0)] and len(beats) == PLACES
    annotator.turn("sagittal")
    annotator.turn("axial")
    assert [(one.term, one.start) for one in annotator.intervals] == [("diastole", 0), ("systole", PLACES)]
    with pytest.raises(SequenceError, match="no time point 9"):
        annotator.open(heart, time=9)


def test_exports_of_a_scan_over_time_name_the_time_point(annotator: Annotator, tmp_path: Path) -> None:
    heart = tmp_path / "heart"
    write_cine(heart)
    info = annotator.open(heart)
    thing = annotator.add_object(annotator.add_label("ventricle"))
    mask = np.zeros((info.height, info.width), bool)
    mask[5:9, 5:15] = True
    for time in (1, 3):
        annotator.set_mask(annotator.frame_at(time, time - 1), thing, mask)
    written = [
        path for kind in ("nifti", "dicom-seg", "csv") for path in annotator.export(kind, tmp_path / "out")
    ]
    names = sorted(path.name for path in written)
    assert names == [
        "heart_areas.csv",
        "heart_measures.csv",
        "heart_seg.dcm",
        "heart_t02_labels.nii.gz",
        "heart_t04_labels.nii.gz",
    ]
    labels = nibabel.Nifti1Image.from_filename(tmp_path / "out" / "heart_t04_labels.nii.gz").get_fdata()
    assert labels.shape == (24, 20, PLACES)
    assert np.array_equal(labels[..., 2].T > 0, mask)
    rows = (tmp_path / "out" / "heart_measures.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["time_point", "1", "3"]
    for name, times in (("heart_t04_labels.nii.gz", [3]), ("heart_seg.dcm", [1, 3])):
        annotator.delete_object(thing)
        annotator.import_masks(tmp_path / "out" / name)
        (thing,) = (item.object_id for item in annotator.objects)
        for time in times:
            assert np.array_equal(annotator.mask(annotator.frame_at(time, time - 1), thing), mask)


def test_work_on_a_time_point_that_was_a_sequence_of_its_own_comes_along(
    annotator: Annotator, tmp_path: Path
) -> None:
    heart = tmp_path / "heart"
    write_cine(heart)
    folder = annotator.client.source().index_folder
    assert folder is not None
    root = folder.parents[1]
    series, mask = "1.2.3.4.5@3", np.zeros((20, 24), bool)
    mask[5:9, 5:15] = True
    name = sequence_identity(heart, series)
    cell = Annotation(encode(mask), Status.EDITED, reference=True, version=1)
    labels, objects = (Label(1, "ventricle", (255, 0, 0)),), (Object(1, 1),)
    edit = Edit(1, "Set mask", (CellChange(1, 1, None, cell),), ((), labels), ((), objects))
    info = SequenceInfo("heart", str(heart), "volume", PLACES, 24, 20, orientation="axial")
    with Workspace(folder_for(root, "heart", name)) as workspace:
        workspace.journal.write([JournalEntry(edit, "done", 0.0)])
        workspace.describe(info, name, series)
    opened = annotator.open(workspace.folder)
    assert any("1 mask of single time points" in text for text in opened.warnings)
    assert annotator.client.source().index_folder != workspace.index_folder
    (thing,) = annotator.objects
    assert np.array_equal(annotator.mask(annotator.frame_at(2, 1), thing), mask)
    assert annotator.volume_labels().any(), "the time point that was opened is shown"
    again = annotator.open(heart)
    assert not any("single time points" in text for text in again.warnings)
    assert annotator.status(annotator.frame_at(2, 1), thing) is Status.EDITED
