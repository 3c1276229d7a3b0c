from __future__ import annotations

import csv
import shutil
import struct
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import highdicom as hd
import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.annotation import Annotation, Orientation, Status
from app.domain.errors import ExportError, StorageFull
from app.imaging.label_volume import label_volume
from app.imaging.masks import encode
from app.imaging.volume_geometry import ORIENTATIONS, VolumeGeometry
from app.storage.importers.label_volume_import import read_label_volume
from app.storage.volume.nifti import read_header
from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import LABELS, VOLUME_KINDS, cube, export_volume, job_of, labelled
from tests.helpers.scans import PATIENT, multiframe, save, voxels, write_series


@pytest.fixture
def series(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    write_series(folder, voxels())
    return folder


@settings(max_examples=20)
@given(order=st.permutations(range(3)), orientation=st.sampled_from(ORIENTATIONS))
def test_frames_and_voxels_are_two_views_of_the_same_labels(
    order: list[int], orientation: Orientation
) -> None:
    turn = np.eye(3)[list(order)]
    affine = tuple(tuple(row) for row in np.column_stack([turn, (0.0, 0.0, 0.0)]))
    geometry = VolumeGeometry((6, 20, 24), (1.0, 1.0, 1.0), affine)
    plane, labels = geometry.plane(orientation), labelled()
    found = label_volume(geometry.shape, plane, lambda frame: plane.slice_array(labels, frame))
    assert np.array_equal(found, labels)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_every_export_is_read_back_to_the_same_voxels(
    series: Path, tmp_path: Path, orientation: Orientation
) -> None:
    labels = labelled()
    with open_volume(series, orientation=orientation) as source:
        job = job_of(source, labels)
        assert np.array_equal(job.voxels(), labels)
        [nifti], [nrrd], [seg] = (
            export_volume(kind, job, tmp_path) for kind in ("nifti", "nrrd", "dicom-seg")
        )
        for path in (nifti, nrrd, seg):
            found = read_label_volume(path, source, LABELS)
            assert np.array_equal(found.voxels, labels)
            assert not found.is_resampled
            assert found.warnings == ()
    assert np.array_equal(np.asarray(nibabel.load(nifti).dataobj).T, labels)
    for path in (nifti, nrrd):
        image = sitk.ReadImage(str(path))
        assert np.array_equal(sitk.GetArrayFromImage(image), labels)
        assert image.GetPixelID() == sitk.sitkUInt8


def test_geometry_is_that_of_the_series(tmp_path: Path) -> None:
    tilted = [1.0, 0.0, 0.0, 0.0, 0.8, 0.6]
    places = [(1.0, -1.5 * k, 2.0 * k) for k in range(6)]
    write_series(tmp_path / "study", voxels(), positions=places, ImageOrientationPatient=tilted)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "study")))
    scan = reader.Execute()
    with open_volume(tmp_path / "study") as source:
        job = job_of(source, labelled())
        paths = [*export_volume("nifti", job, tmp_path), *export_volume("nrrd", job, tmp_path)]
    for path in paths:
        image = sitk.ReadImage(str(path))
        assert image.GetSpacing() == pytest.approx(scan.GetSpacing(), abs=1e-5)
        assert image.GetOrigin() == pytest.approx(scan.GetOrigin(), abs=1e-5)
        assert image.GetDirection() == pytest.approx(scan.GetDirection(), abs=1e-5)
    header = nibabel.load(paths[0]).header
    assert header.get_qform() == pytest.approx(header.get_sform(), abs=1e-4)


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("order", "<>")
def test_the_affine_of_a_nifti_is_kept_bit_for_bit(
    tmp_path: Path, kind: type[nibabel.Nifti1Image], order: str
) -> None:
    odd = np.array([[-0.7, 0.01, 0.3, 11.1], [0.02, 0.69, 0, -7.3], [0, 0.2, 2.9999, 1e-3], [0, 0, 0, 1]])
    image = kind(voxels().T, None, kind.header_class(endianness=order))
    image.header.set_sform(odd, 4)
    image.header.set_qform(np.diag([-0.7, 0.7, 3.0, 1.0]), 2)
    image.header["descrip"] = PATIENT.encode()
    image.to_filename(tmp_path / "scan.nii.gz")
    labels = labelled()
    with open_volume(tmp_path / "scan.nii.gz") as source:
        [path] = export_volume("nifti", job_of(source, labels), tmp_path / "out")
    ours, theirs = read_header(path).fields[0], read_header(tmp_path / "scan.nii.gz").fields[0]
    for name in ("srow", "quatern", "qoffset", "pixdim", "sform_code", "qform_code", "xyzt_units", "dim"):
        assert ours[name].tobytes() == theirs[name].tobytes()
    found = nibabel.load(path)
    assert found.affine.tobytes() == nibabel.load(tmp_path / "scan.nii.gz").affine.tobytes()
    assert np.array_equal(np.asarray(found.dataobj).T, labels)
    assert found.get_data_dtype() == np.uint8
    assert PATIENT.encode() not in nibabel.load(path).header.binaryblock


def test_the_real_ct_keeps_its_affine(shared_data: Path, tmp_path: Path) -> None:
    scan = shared_data / "medical/ct_nifti/ct.nii.gz"
    labels = np.asarray(nibabel.load(shared_data / "medical/ct_nifti/labels.nii.gz").dataobj).T
    kept = np.where(np.isin(labels, [3, 7]), labels, 0).astype(np.uint8)
    with open_volume(scan) as source:
        [path] = export_volume("nifti", job_of(source, kept), tmp_path)
    found = nibabel.load(path)
    assert found.affine.tobytes() == nibabel.load(scan).affine.tobytes()
    assert np.array_equal(np.asarray(found.dataobj).T, kept)


def test_the_same_labels_give_the_same_bytes(series: Path, tmp_path: Path) -> None:
    with open_volume(series) as source:
        for kind in ("nifti", "nrrd"):
            [one] = export_volume(kind, job_of(source, labelled()), tmp_path / "one")
            [two] = export_volume(kind, job_of(source, labelled()), tmp_path / "two")
            assert one.read_bytes() == two.read_bytes()


def test_dicom_seg_refers_to_its_series_by_slice_and_codes_its_labels(series: Path, tmp_path: Path) -> None:
    labels = labelled()
    with open_volume(series) as source:
        [path] = export_volume("dicom-seg", job_of(source, labels), tmp_path)
        uids = [header.sop_uid for header in source.origin.stack.slices]
    found = hd.seg.segread(path)
    assert {sop for _, _, sop in found.get_source_image_uids()} <= set(uids)
    pixels = found.get_pixels_by_source_instance(
        uids, combine_segments=True, assert_missing_frames_are_empty=True, ignore_spatial_locations=True
    )
    values = np.array([0, 3, 7, 12], np.uint8)
    assert np.array_equal(values[pixels], labels)
    kinds = [found.get_segment_description(n).segmented_property_type for n in (1, 2, 3)]
    assert [(kind.value, kind.scheme_designator) for kind in kinds] == [
        ("10200004", "SCT"),
        ("64033007", "SCT"),
        ("L12", "99FRAMEWISE"),
    ]
    assert kinds[1].SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == "Left"


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_dicom_seg_holds_labels_that_lie_under_others(
    series: Path, tmp_path: Path, orientation: Orientation
) -> None:
    liver, kidney, odd = (np.zeros((6, 20, 24), np.bool_) for _ in LABELS)
    liver[1:5, 2:12, 3:15] = kidney[3:6, 8:18, 10:20] = True
    odd[2, 4:6, 5:7] = True  # within the liver, and so all of it may be covered
    shown: list[Mapping[int, Annotation]] = []
    with open_volume(series, orientation=orientation) as source:
        for frame in range(source.info.frames):
            pictures = (source.plane.slice_array(one, frame) for one in (odd, kidney, liver))
            shown.append(
                {
                    number: Annotation(encode(np.ascontiguousarray(picture)), Status.EDITED)
                    for number, picture in zip((1, 2, 5), pictures, strict=True)
                    if picture.any()
                }
            )
        job = replace(job_of(source, labelled()), annotations=shown.__getitem__)
        [path] = export_volume("dicom-seg", job, tmp_path)
        uids = [header.sop_uid for header in source.origin.stack.slices]
        found = read_label_volume(path, source, LABELS)
        assert np.array_equal(found.voxels, job.voxels())
        assert len(found.warnings) == 1
    file = hd.seg.segread(path)
    pixels = file.get_pixels_by_source_instance(
        uids, assert_missing_frames_are_empty=True, ignore_spatial_locations=True
    )
    assert np.array_equal(pixels.astype(bool), np.stack([odd, kidney, liver], -1))


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy is not installed (Debian: dicom3tools)"
)
@pytest.mark.parametrize("with_identity", [False, True])
def test_dciodvfy_finds_no_error(series: Path, tmp_path: Path, with_identity: bool) -> None:
    with open_volume(series) as source:
        job = job_of(source, labelled(), with_identity=with_identity)
        [path] = export_volume("dicom-seg", job, tmp_path)
    told = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    errors = [line for line in (told.stderr + told.stdout).splitlines() if line.startswith("Error")]
    assert errors == []


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy is not installed (Debian: dicom3tools)"
)
def test_dciodvfy_finds_no_error_on_a_real_series(shared_data: Path, tmp_path: Path) -> None:
    labels = np.zeros((22, 512, 512), np.uint8)
    labels[5:9, 100:200, 150:300] = 7
    with open_volume(shared_data / "medical/mr_dicom/T1post") as source:
        [path] = export_volume("dicom-seg", job_of(source, labels), tmp_path)
        assert np.array_equal(read_label_volume(path, source, LABELS).voxels, labels)
    told = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    assert [line for line in (told.stderr + told.stdout).splitlines() if line.startswith("Error")] == []
    assert b"Avasarala" not in path.read_bytes()


def test_uneven_slices_keep_their_place_in_a_seg_and_are_refused_elsewhere(tmp_path: Path) -> None:
    places = [(0.0, 0.0, z) for z in (0.0, 2.0, 4.1, 7.0, 9.0, 11.0)]
    write_series(tmp_path / "study", voxels(), positions=places)
    labels = labelled()
    with open_volume(tmp_path / "study") as source:
        job = job_of(source, labels, surface=cube)
        [path] = export_volume("dicom-seg", job, tmp_path)
        assert np.array_equal(read_label_volume(path, source, LABELS).voxels, labels)
        for kind in ("nifti", "nrrd"):
            with pytest.raises(ExportError, match="unevenly spaced"):
                export_volume(kind, job, tmp_path / "out")
        [stl, *_] = export_volume("stl", job, tmp_path)
    heights = stl_corners(stl)[..., 2]
    assert heights.min() == -1.0
    assert heights.max() == 10.0


def test_a_multiframe_series_is_referred_to_by_frame(tmp_path: Path) -> None:
    stack = voxels()
    data = multiframe(stack[::-1], [(0.0, 0.0, 2.5 * k) for k in reversed(range(6))])
    save(data, tmp_path / "enhanced.dcm")
    labels = labelled()
    with open_volume(tmp_path / "enhanced.dcm") as source:
        [path] = export_volume("dicom-seg", job_of(source, labels), tmp_path)
        assert np.array_equal(read_label_volume(path, source, LABELS).voxels, labels)


@pytest.mark.parametrize("thickness", [None, ""])
def test_a_series_that_does_not_say_how_thick_it_is_is_referred_to(
    tmp_path: Path, thickness: str | None
) -> None:
    bare: dict[str, Any] = {
        "SliceThickness": thickness,
        "PositionReferenceIndicator": None,
        "Manufacturer": None,
    }
    unsaid: dict[str, Any] = dict.fromkeys(
        ("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "PatientBirthDate")
    )
    write_series(tmp_path / "study", voxels(), **bare, **unsaid)
    with open_volume(tmp_path / "study") as source:
        [path] = export_volume("dicom-seg", job_of(source, labelled()), tmp_path)
        assert np.array_equal(read_label_volume(path, source).voxels, labelled())


def test_a_scan_that_is_not_dicom_has_no_seg(tmp_path: Path) -> None:
    nibabel.Nifti1Image(voxels().T, np.eye(4)).to_filename(tmp_path / "scan.nii")
    with (
        open_volume(tmp_path / "scan.nii") as source,
        pytest.raises(ExportError, match="must refer to a DICOM"),
    ):
        export_volume("dicom-seg", job_of(source, labelled()), tmp_path)


def stl_corners(path: Path) -> np.ndarray:
    data = path.read_bytes()
    count = struct.unpack("<I", data[80:84])[0]
    faces = np.frombuffer(data, np.dtype([("n", "<f4", 3), ("v", "<f4", (3, 3)), ("s", "<u2")]), count, 84)
    return faces["v"]


def signed_volume(corners: np.ndarray) -> float:
    return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6)


@pytest.mark.parametrize("mirrored", [False, True])
def test_surfaces_lie_in_the_patient_and_face_outward(tmp_path: Path, mirrored: bool) -> None:
    signs = (-0.5 if mirrored else 0.5, 0.75, 2.5, 1.0)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ np.diag(signs)
    nibabel.Nifti1Image(voxels().T, affine).to_filename(tmp_path / "scan.nii")
    with open_volume(tmp_path / "scan.nii") as source:
        job = job_of(source, labelled(), surface=cube)
        stls = export_volume("stl", job, tmp_path)
        [obj, mtl] = export_volume("obj", job, tmp_path)
    assert [path.name for path in stls] == [
        "scan_3_liver.stl", "scan_7_kidney_left.stl", "scan_12_my_odd_thing.stl"
    ]  # fmt: skip
    assert stls[0].read_bytes().startswith(b"SPACE=LPS")
    corners = stl_corners(stls[2])
    sign = -1 if mirrored else 1
    low, high = corners.reshape(-1, 3).min(axis=0), corners.reshape(-1, 3).max(axis=0)
    ends = sorted((sign * 0.25, sign * 1.75))
    assert low == pytest.approx([ends[0], 0.375, 8.75])
    assert high == pytest.approx([ends[1], 1.875, 11.25])
    assert signed_volume(corners) == pytest.approx(1.5 * 1.5 * 2.5)
    text = obj.read_text()
    assert [line for line in text.splitlines() if line.startswith("g ")] == [
        "g 3_liver", "g 7_kidney_left", "g 12_my_odd_thing"
    ]  # fmt: skip
    points = np.array([line.split()[1:] for line in text.splitlines() if line.startswith("v ")], float)
    faces = np.array([line.split()[1:] for line in text.splitlines() if line.startswith("f ")], int)
    assert points[faces[-12:] - 1] == pytest.approx(corners)
    assert "newmtl 12_my_odd_thing\nKd 0.1176 0.1176 0.7843" in mtl.read_text()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_measures_are_written_as_csv(series: Path, tmp_path: Path, orientation: Orientation) -> None:
    labels, native = labelled(), voxels()
    with open_volume(series, orientation=orientation) as source:
        measures, areas = export_volume("csv", job_of(source, labels), tmp_path)
        frames = source.info.frames
    rows = list(csv.DictReader(measures.read_text().splitlines()))
    assert [row["name"] for row in rows] == ["liver", "kidney_left", "my odd thing"]
    kidney = rows[1]
    inside = labels == 7
    assert float(kidney["volume_ml"]) == pytest.approx(inside.sum() * 2.5 * 0.75 * 0.5 / 1000, rel=1e-5)
    assert float(kidney["diameter_mm"]) == pytest.approx(
        np.linalg.norm([2 * 2.5, 7 * 0.75, 7 * 0.5]), rel=1e-5
    )
    assert float(kidney["intensity_mean"]) == pytest.approx(native[inside].mean(), rel=1e-5)
    assert float(kidney["intensity_sd"]) == pytest.approx(native[inside].std(), rel=1e-5)
    sizes = [row for row in csv.DictReader(areas.read_text().splitlines()) if row["label"] == "7"]
    assert sum(int(row["pixels"]) for row in sizes) == inside.sum()
    assert all(0 <= int(row["frame"]) < frames for row in sizes)


def test_an_export_that_is_stopped_leaves_nothing(series: Path, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    (tmp_path / "out").mkdir()
    with open_volume(series) as source:
        frames = source.info.frames
        # While masks are read, and while they are written; an STL file is whole before the next one begins.
        late = {"nifti": 2, "nrrd": 2, "dicom-seg": 2, "stl": 1, "obj": 2}
        moments = [(kind, 3) for kind in VOLUME_KINDS]
        for kind, calls in moments + [(kind, frames + more - 1) for kind, more in late.items()]:
            left = iter(range(calls))

            def stop(done: int, total: int, left: Iterator[int] = left) -> None:
                if next(left, None) is None:
                    raise Stopped

            job = job_of(source, labelled(), surface=cube, progress=stop)
            with pytest.raises(Stopped):
                export_volume(kind, job, tmp_path / "out")
            assert list((tmp_path / "out").iterdir()) == [], kind


def test_a_folder_that_cannot_be_written_is_an_export_error(series: Path) -> None:
    with open_volume(series) as source:
        job = job_of(source, labelled(), surface=cube)
        for kind in VOLUME_KINDS:
            with pytest.raises(ExportError, match="cannot be written"):
                export_volume(kind, job, Path("/proc/nowhere"))


def test_a_full_disk_is_told(series: Path) -> None:
    with open_volume(series) as source, pytest.raises((StorageFull, ExportError)):
        export_volume("nifti", job_of(source, labelled()), Path("/dev/full/nowhere"))
