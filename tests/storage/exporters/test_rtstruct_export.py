"""Contours of a series: what the standard demands, what rt-utils fills, and back voxel by voxel."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from app.domain.annotation import Annotation, Object, Status
from app.domain.errors import ExportError, ImportMasksError
from app.imaging import masks
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import ImportedMasks
from app.storage.volume.volume_opening import open_volume
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.labelled import LABELS, export_volume, job_of, labelled
from tests.helpers.scans import voxels, write_series

# rt-utils 1.2 takes rows for columns where slices or pixels are not square.
SHAPE, SQUARE = (6, 48, 48), [0.7, 0.7]
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def blobs(shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """A label volume of shapes with holes, single pixels and pieces that touch in a corner."""
    z, y, x = np.indices(shape)
    liver = (abs(np.hypot(y - 18, 1.2 * (x - 16)) - 9) < 4) & (z > 0)
    kidney = np.random.default_rng(1).random(shape) > 0.9
    kidney[:, :, :30] = False
    return np.where(liver, 3, np.where(kidney, 7, 0)).astype(np.uint8)


def stacked(imported: ImportedMasks, source: VolumeSource) -> dict[Any, np.ndarray]:
    found: dict[Any, np.ndarray] = {}
    for frame, layers in imported.frames():
        for key, (value, mask) in layers.items():
            volume = found.setdefault((key, value), np.zeros(source.geometry.shape, bool))
            source.plane.slice_array(volume, frame)[...] = mask
    return found


@pytest.mark.parametrize(
    "orientation", [(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), CORONAL, (0.8, 0.6, 0.0, -0.6, 0.8, 0.0)]
)
def test_rt_utils_and_our_import_fill_the_same_voxels(tmp_path: Path, orientation: tuple[float, ...]) -> None:
    from rt_utils import RTStructBuilder

    normal = np.cross(orientation[:3], orientation[3:])
    places = [tuple(map(float, 2.5 * k * normal - 7)) for k in range(SHAPE[0])]
    write_series(
        tmp_path / "ct",
        voxels(SHAPE),
        positions=places,
        ImageOrientationPatient=list(orientation),
        PixelSpacing=SQUARE,
    )
    labels = blobs()
    with open_volume(tmp_path / "ct") as source:
        [path] = export_volume("rtstruct", job_of(source, labels), tmp_path)
        imported = read_masks(path, source.info, LABELS, scan=lambda: source)
        assert imported.title == "DICOM RT structure set"
        found = {value: volume for (_, value), volume in stacked(imported, source).items()}
        assert found.keys() == {3, 7}
        assert all(np.array_equal(found[value], labels == value) for value in found)
        slices = [header.path for header in source.origin.stack.slices]
    theirs = RTStructBuilder.create_from(str(tmp_path / "ct"), str(path))
    assert theirs.get_roi_names() == ["liver", "kidney_left"]
    order = [str(item.filename) for item in theirs.series_data]
    for name, value in (("liver", 3), ("kidney_left", 7)):
        mask = theirs.get_roi_mask_by_name(name)
        own = np.stack([mask[..., order.index(str(file))] for file in slices])
        assert np.array_equal(own, labels == value), "voxel by voxel"


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy is not installed (Debian: dicom3tools)"
)
@pytest.mark.parametrize("with_identity", [False, True])
def test_dciodvfy_finds_no_error(tmp_path: Path, with_identity: bool) -> None:
    write_series(tmp_path / "ct", voxels())
    with open_volume(tmp_path / "ct") as source:
        job = job_of(source, labelled(), with_identity=with_identity)
        [path] = export_volume("rtstruct", job, tmp_path)
    told = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    assert [line for line in (told.stderr + told.stdout).splitlines() if line.startswith("Error")] == []
    data = pydicom.dcmread(path)
    assert bool(data.PatientName) is with_identity


def test_two_objects_of_a_label_are_two_structures_also_where_they_overlap(tmp_path: Path) -> None:
    write_series(tmp_path / "ct", voxels(SHAPE))
    with open_volume(tmp_path / "ct") as source:
        one, two = np.zeros((2, *SHAPE[1:]), bool)
        one[5:20, 5:20], two[10:30, 10:30] = True, True
        cells = {
            1: Annotation(masks.encode(one), Status.EDITED),
            2: Annotation(masks.encode(two), Status.EDITED),
        }
        job = replace(
            job_of(source, labelled(SHAPE)),
            objects=(Object(1, 3), Object(2, 3)),
            annotations=lambda frame: cells if frame == 2 else {},
        )
        [path] = export_volume("rtstruct", job, tmp_path)
        imported = read_masks(path, source.info, (), scan=lambda: source)
        found = list(stacked(imported, source).values())
        assert [label.name for label in imported.labels] == ["liver"]
    assert [str(item.ROIName) for item in pydicom.dcmread(path).StructureSetROISequence] == [
        "liver 1",
        "liver 2",
    ]
    assert np.array_equal(found[0][2], one) and np.array_equal(found[1][2], two)


def test_contours_elsewhere_are_left_out_with_a_warning(tmp_path: Path) -> None:
    write_series(tmp_path / "ct", voxels())
    write_series(tmp_path / "far", voxels(), positions=[(0.0, 0.0, 900.0 + 2 * k) for k in range(6)])
    with open_volume(tmp_path / "ct") as source:
        [path] = export_volume("rtstruct", job_of(source, labelled()), tmp_path)
    with open_volume(tmp_path / "far") as source:
        imported = read_masks(path, source.info, (), scan=lambda: source)
        assert list(imported.frames()) == []
    assert any("outside the scan" in warning for warning in imported.warnings)


def test_structures_without_a_closed_contour_are_named(tmp_path: Path) -> None:
    write_series(tmp_path / "ct", voxels())
    with open_volume(tmp_path / "ct") as source:
        [path] = export_volume("rtstruct", job_of(source, labelled()), tmp_path)
        document = pydicom.dcmread(path)
        name = str(document.StructureSetROISequence[0].ROIName)
        first, *others = document.ROIContourSequence
        del first.ContourSequence
        document.save_as(path)
        imported = read_masks(path, source.info, LABELS, scan=lambda: source)
        assert any("closed contour" in warning and name in warning for warning in imported.warnings)
        for structure in others:
            for contour in structure.ContourSequence:
                contour.ContourGeometricType = "POINT"
        document.save_as(path)
        with pytest.raises(ImportMasksError, match="closed contour"):
            read_masks(path, source.info, LABELS, scan=lambda: source)


def test_a_scan_that_is_no_dicom_has_no_contours(tmp_path: Path) -> None:
    import SimpleITK as sitk

    sitk.WriteImage(sitk.GetImageFromArray(voxels()), tmp_path / "ct.nii.gz")
    with open_volume(tmp_path / "ct.nii.gz") as source, pytest.raises(ExportError, match="DICOM series"):
        export_volume("rtstruct", job_of(source, labelled()), tmp_path)
