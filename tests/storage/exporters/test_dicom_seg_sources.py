"""DICOM segmentations of series that old scanners, single X-rays and programs that remove identity leave."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import DigitalXRayImageStorageForPresentation

from app.domain.annotation import Label
from app.domain.errors import ExportError, ImportMasksError
from app.storage.exporters.dicom_seg_export import write_seg
from app.storage.importers.label_volume_import import read_label_volume
from app.storage.volume.volume_opening import open_volume
from tests.helpers.scans import dataset, save, save_bare, voxels, write_series

NO_PLACE: dict[str, Any] = {"ImagePositionPatient": None, "ImageOrientationPatient": None}


def export_seg(scan: Path, out: Path, name: str = "liver") -> pydicom.Dataset:
    """Export an object of 3 x 4 pixels on the first slice, and look for what the standard forbids."""
    with open_volume(scan) as source:
        labels = np.zeros(source.geometry.shape, np.uint8)
        labels[0, 2:5, 2:6] = 1
        stack = source.origin.stack
        assert stack is not None
        write_seg(out, labels, [Label(1, name, (255, 0, 0))], stack, lambda: None)
        assert np.array_equal(read_label_volume(out, source).voxels, labels)
    if shutil.which("dciodvfy"):
        told = subprocess.run(["dciodvfy", str(out)], capture_output=True, text=True, check=False)
        assert [line for line in (told.stderr + told.stdout).splitlines() if line.startswith("Error")] == []
    seg = pydicom.dcmread(out)
    assert np.array_equal(seg.pixel_array.reshape(-1, *labels.shape[1:])[0], labels[0])
    return seg


def write_radiograph(folder: Path) -> None:
    removed = dict.fromkeys(
        ("PixelSpacing", "SliceThickness", "FrameOfReferenceUID", "PositionReferenceIndicator")
    )
    data = dataset(voxels()[0], **removed, **NO_PLACE)
    data.Modality, data.ImagerPixelSpacing = "DX", [0.14, 0.14]
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    save(data, folder / "dx.dcm")


def write_placeless_frames(folder: Path) -> None:
    stack = voxels()
    save(dataset(stack[0], NumberOfFrames=6, PixelData=stack.tobytes(), **NO_PLACE), folder / "frames.dcm")


def write_without_class(folder: Path) -> None:
    for path in write_series(folder, voxels()):
        data = pydicom.dcmread(path)
        data.SOPClassUID = ""
        del data.file_meta.MediaStorageSOPClassUID
        data.save_as(path, enforce_file_format=False)


def write_bare(folder: Path) -> None:
    for k, pixels in enumerate(voxels()):
        save_bare(dataset(pixels, ImagePositionPatient=[0, 0, 2.5 * k]), folder / f"IM{k}")


def write_wavering(folder: Path) -> None:
    noise = np.random.default_rng(1)
    for k, pixels in enumerate(voxels()):
        turned = [0.98, 0.17, 0.0, -0.17, 0.98, 0.0] + noise.uniform(-2e-4, 2e-4, 6)
        fields = {
            "ImageOrientationPatient": [float(value) for value in turned],
            "ImagePositionPatient": [0, 0, 2.5 * k],
        }
        save(dataset(pixels, **fields), folder / f"{k}.dcm")


@pytest.mark.parametrize(
    "write",
    [
        write_radiograph,
        write_without_class,
        write_bare,
        write_wavering,
        lambda folder: write_series(folder, voxels(), FrameOfReferenceUID=None),
        lambda folder: write_series(folder, voxels(), StudyInstanceUID="", SeriesInstanceUID=""),
        lambda folder: write_series(folder, voxels(), SOPInstanceUID="1.2.3"),
        lambda folder: write_series(folder, voxels(), SeriesNumber=2**31 - 48),
    ],
    ids=[
        "radiograph",
        "no class",
        "no preamble",
        "wavering cosines",
        "no frame of reference",
        "no study and series",
        "one instance",
        "large number",
    ],
)
def test_a_segmentation_is_written_and_obeys_the_standard(
    tmp_path: Path, write: Callable[[Path], object]
) -> None:
    (tmp_path / "scan").mkdir()
    write(tmp_path / "scan")
    seg = export_seg(tmp_path / "scan", tmp_path / "out.dcm")
    assert int(seg.SeriesNumber) < 2**31
    shared = seg.SharedFunctionalGroupsSequence[0]
    if "PlaneOrientationSequence" in shared:
        row, column = np.reshape(shared.PlaneOrientationSequence[0].ImageOrientationPatient, (2, 3))
        assert [row @ row, column @ column, row @ column] == pytest.approx([1, 1, 0], abs=1e-6)


def test_slices_with_a_series_each_are_referred_to_in_their_own(tmp_path: Path) -> None:
    for k, pixels in enumerate(voxels()):
        own = {"SeriesInstanceUID": f"1.2.3.{k}", "ImagePositionPatient": [0, 0, 2.5 * k]}
        save(dataset(pixels, **own), tmp_path / f"{k}.dcm")
    seg = export_seg(tmp_path, tmp_path / "out.seg")
    named = {
        item.SeriesInstanceUID: [one.ReferencedSOPInstanceUID for one in item.ReferencedInstanceSequence]
        for item in seg.ReferencedSeriesSequence
    }
    for uid, [instance] in named.items():
        assert pydicom.dcmread(tmp_path / f"{uid[-1]}.dcm").SOPInstanceUID == instance


@pytest.mark.parametrize(
    ("name", "expected"),
    [("T1\\T2", "T1/T2"), ("a\nb\tc", "a b c"), ("x" * 70, "x" * 64), (" \n", "Label 1"), ("肝臓", "肝臓")],
)
def test_a_label_is_one_value_without_control_characters(tmp_path: Path, name: str, expected: str) -> None:
    write_series(tmp_path / "scan", voxels((2, 20, 24)))
    assert (
        export_seg(tmp_path / "scan", tmp_path / "out.dcm", name).SegmentSequence[0].SegmentLabel == expected
    )


@pytest.mark.parametrize(
    "write", [write_placeless_frames, lambda folder: write_series(folder, voxels(), **NO_PLACE)]
)
def test_slices_without_places_are_refused_by_name(tmp_path: Path, write: Callable[[Path], object]) -> None:
    (tmp_path / "scan").mkdir()
    write(tmp_path / "scan")
    with pytest.raises(ExportError, match="where the slices lie"):
        export_seg(tmp_path / "scan", tmp_path / "out.dcm")


def test_a_segmentation_of_an_x_ray_does_not_fit_a_scan(tmp_path: Path) -> None:
    (tmp_path / "dx").mkdir()
    write_radiograph(tmp_path / "dx")
    export_seg(tmp_path / "dx", tmp_path / "out.dcm")
    write_series(tmp_path / "scan", voxels())
    with (
        open_volume(tmp_path / "scan") as source,
        pytest.raises(ImportMasksError, match="does not say where it lies"),
    ):
        read_label_volume(tmp_path / "out.dcm", source)
