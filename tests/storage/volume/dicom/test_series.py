from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

from app.domain.annotation import Window
from app.domain.errors import SequenceError
from app.storage.volume.dicom.dicom_headers import pydicom_silenced
from app.storage.volume.volume_opening import list_series, open_volume
from tests.helpers.scans import CORONAL, PATIENT, dataset, multiframe, save, voxels, write_series


def itk_series(folder: Path) -> sitk.Image:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    result: sitk.Image = reader.Execute()
    return result


@pytest.mark.parametrize(
    "syntax", ["plain", "implicit", "big-endian", "rle", "jpeg-ls", "jpeg-lossless", "jpeg-2000"]
)
def test_every_lossless_transfer_syntax_gives_the_same_voxels(tmp_path: Path, syntax: str) -> None:
    stack = voxels()
    write_series(tmp_path, stack, syntax=syntax)
    with open_volume(tmp_path) as volume:
        assert np.array_equal([volume.read_native(k) for k in range(6)], stack)


def test_lossy_jpeg_of_8_bits_opens(tmp_path: Path) -> None:
    stack = np.full((3, 16, 16), 120, np.uint8)
    write_series(tmp_path, stack, syntax="jpeg-baseline")
    with open_volume(tmp_path) as volume:
        assert np.abs(volume.read_native(1).astype(int) - 120).max() <= 2


def test_voxels_and_geometry_are_those_of_simpleitk(tmp_path: Path) -> None:
    tilted = (1.0, 0.0, 0.0, 0.0, 0.8, 0.6)
    places = [(1.0, -1.5 * k, 2.0 * k) for k in range(6)]
    write_series(tmp_path, voxels(), positions=places, ImageOrientationPatient=list(tilted))
    image = itk_series(tmp_path)
    with open_volume(tmp_path) as volume:
        assert np.array_equal([volume.read_native(k) for k in range(6)], sitk.GetArrayFromImage(image))
        assert volume.info.spacing == pytest.approx(image.GetSpacing()[::-1])
        assert volume.info.origin == pytest.approx(image.GetOrigin())
        assert volume.info.direction == pytest.approx(image.GetDirection())
        assert volume.info.warnings == ()


@pytest.mark.parametrize(
    ("dtype", "slope", "intercept", "expected"),
    [
        (np.uint16, 1, -1024, np.int32),
        (np.int16, 1, 0, np.int16),
        (np.uint8, 2, -10, np.int16),
        (np.int16, 0.5, 3, np.float32),
    ],
)
def test_intensities_are_rescaled(
    tmp_path: Path, dtype: type[np.generic], slope: float, intercept: float, expected: type
) -> None:
    stack: NDArray[Any] = voxels((3, 8, 8)).clip(0, 255).astype(dtype)
    write_series(tmp_path, stack, RescaleSlope=slope, RescaleIntercept=intercept)
    with open_volume(tmp_path) as volume:
        native = np.array([volume.read_native(k) for k in range(3)])
    assert native.dtype == expected
    assert np.array_equal(native, stack * np.float64(slope) + intercept)


def test_twelve_stored_bits_stay_small_and_what_lies_above_them_is_dropped(tmp_path: Path) -> None:
    stack = voxels((2, 8, 8), np.uint16)
    write_series(tmp_path, stack | 0x4000, BitsStored=12, HighBit=11, RescaleIntercept=-1024)
    with open_volume(tmp_path) as volume:
        assert volume.read_native(0).dtype == np.int16
        assert np.array_equal(volume.read_native(1), stack[1].astype(int) - 1024)


def test_each_slice_has_its_own_rescale(tmp_path: Path) -> None:
    stack = voxels((3, 8, 8))
    for k, pixels in enumerate(stack):
        place = {"ImagePositionPatient": [0.0, 0.0, 2.5 * k], "RescaleSlope": 0.5 + k}
        save(dataset(pixels, **place), tmp_path / f"{k}.dcm")
    with open_volume(tmp_path) as volume:
        assert np.allclose(volume.read_native(2), stack[2] * 2.5)


def test_monochrome1_is_shown_inverted_but_measured_as_it_is(tmp_path: Path) -> None:
    stack = np.zeros((2, 4, 4), np.int16)
    stack[:, 0] = 100
    write_series(tmp_path, stack, PhotometricInterpretation="MONOCHROME1")
    with open_volume(tmp_path) as volume:
        picture = volume.read(0, Window(100, 50))
        assert picture[0].min() == 0
        assert picture[1:].max() == picture[1:].min() == 255
        assert volume.read_native(0)[0, 0] == 100


def test_missing_slices_are_told_and_not_made_up(tmp_path: Path) -> None:
    stack = voxels((8, 8, 8))
    places = [(0.0, 0.0, 2.5 * k) for k in range(8)]
    kept = [0, 1, 2, 5, 6, 7]
    write_series(tmp_path, stack[kept], positions=[places[k] for k in kept], reverse=False)
    with open_volume(tmp_path) as volume:
        assert volume.info.frames == 6
        assert "2 slices seem to be missing, between 0003.dcm and 0004.dcm" in " ".join(volume.info.warnings)
        assert volume.info.spacing == (2.5, 0.75, 0.5)
        assert not volume.geometry.is_even
        corner = np.array([[0.0, 0.0, 3.0]])
        assert volume.geometry.to_patient(corner)[0, 2] == 12.5


def test_uneven_slices_are_told(tmp_path: Path) -> None:
    places = [(0.0, 0.0, z) for z in (0.0, 2.0, 4.1, 7.0, 9.0, 11.0)]
    write_series(tmp_path, voxels(), positions=places)
    with open_volume(tmp_path) as volume:
        assert "unevenly spaced, 2.00 to 2.90 mm apart" in " ".join(volume.info.warnings)


def test_duplicates_are_told_and_used_once(tmp_path: Path) -> None:
    files = write_series(tmp_path, voxels())
    (tmp_path / "copy.dcm").write_bytes(files[2].read_bytes())
    save(dataset(voxels()[0], ImagePositionPatient=[-10.0, -20.0, 30.0]), tmp_path / "again.dcm")
    with open_volume(tmp_path) as volume:
        assert volume.info.frames == 6
        told = " ".join(volume.info.warnings)
        assert "1 slice is twice in the series" in told
        assert "1 slice is in the same place as another" in told


def test_gantry_tilt_is_flagged_and_kept_in_the_geometry(tmp_path: Path) -> None:
    places = [(0.0, k * 2.5 * np.tan(np.radians(12)), 2.5 * k) for k in range(6)]
    write_series(tmp_path, voxels(), positions=places, GantryDetectorTilt=12.0)
    with open_volume(tmp_path) as volume:
        assert "sheared by 12.0 degrees" in " ".join(volume.info.warnings)
        assert volume.info.spacing == pytest.approx((2.5, 0.75, 0.5))
        assert volume.geometry.to_patient(np.array([[0.0, 0.0, 5.0]]))[0] == pytest.approx(places[5])


def test_slices_over_time_are_told_apart(tmp_path: Path) -> None:
    first, second = voxels(seed=1), voxels(seed=2)
    write_series(tmp_path / "a", first, TemporalPositionIdentifier=1)
    write_series(tmp_path / "b", second, TemporalPositionIdentifier=2)
    with open_volume(tmp_path, time=1) as volume:
        assert volume.origin.times == 2
        assert np.array_equal(volume.read_native(4), second[4])


def test_several_series_must_be_chosen_from(tmp_path: Path) -> None:
    write_series(tmp_path / "a", voxels(seed=1), SeriesDescription="venous")
    late: dict[str, Any] = {"SeriesInstanceUID": "1.2.9", "SeriesNumber": 8, "SeriesDescription": "late"}
    write_series(tmp_path / "b", voxels((4, 8, 8), seed=2), **late)
    with pytest.raises(SequenceError, match=r"venous 6 x 24x20.*late 4 x 8x8"):
        open_volume(tmp_path)
    assert [info.uid for info in list_series(tmp_path)] == ["1.2.3.4.5", "1.2.9"]
    with open_volume(tmp_path, series="1.2.9") as by_uid, open_volume(tmp_path, series="8") as by_number:
        assert by_uid.info == by_number.info
        assert by_uid.info.frames == 4
    with pytest.raises(SequenceError, match="no one series 77"):
        open_volume(tmp_path, series="77")


def test_a_multiframe_file_is_a_volume(tmp_path: Path) -> None:
    stack = voxels((5, 8, 10))
    data = multiframe(stack, [(0.0, 0.0, 3.0 * k) for k in range(5)])
    for syntax in ("plain", "rle"):
        save(data, tmp_path / f"{syntax}.dcm", syntax)
        with open_volume(tmp_path / f"{syntax}.dcm") as volume:
            assert volume.info.spacing == (3.0, 0.75, 0.5)
            assert np.array_equal([volume.read_native(k) for k in (4, 0, 2)], stack[[4, 0, 2]])


def test_a_single_slice_opens(tmp_path: Path) -> None:
    [file] = write_series(tmp_path, voxels((1, 8, 8)))
    with open_volume(file) as volume:
        assert volume.info.spacing == (2.5, 0.75, 0.5)
        assert volume.info.name == "0001"


def test_one_corrupt_slice_is_told_and_the_others_are_shown(tmp_path: Path) -> None:
    stack = voxels()
    files = write_series(tmp_path, stack)
    files[2].write_bytes(files[2].read_bytes()[:-100])
    with open_volume(tmp_path) as volume:
        assert f"the file ends too early: {files[2].name}" in " ".join(volume.info.warnings)
        with pytest.raises(SequenceError, match=files[2].name):
            volume.read(2)
        assert np.array_equal(volume.read_native(3), stack[3])
        crossing = volume.read_plane_native("coronal", 5)
        assert np.array_equal(crossing[[0, 1, 3, 4, 5]], stack[[0, 1, 3, 4, 5], 5])
        assert files[2].name in volume.damage[0]


def test_a_corrupt_compressed_slice_is_an_error_of_that_slice_alone(tmp_path: Path) -> None:
    files = write_series(tmp_path, voxels(), syntax="jpeg-ls")
    data = bytearray(files[1].read_bytes())
    data[-400:-20] = bytes(380)
    files[1].write_bytes(data)
    with open_volume(tmp_path) as volume:
        volume.read(0)
        with pytest.raises(SequenceError, match=files[1].name):
            volume.read(1)
        volume.read(2)


def test_files_that_are_not_dicom_are_named_and_left_out(tmp_path: Path) -> None:
    write_series(tmp_path, voxels())
    (tmp_path / "readme.txt").write_text("do not panic")
    (tmp_path / "broken.dcm").write_bytes(b"\0" * 500)
    with open_volume(tmp_path) as volume:
        assert "left out: broken.dcm, readme.txt" in " ".join(volume.info.warnings)


@pytest.mark.parametrize("name", ["picture.dcm", "notes.txt"])
def test_what_is_not_dicom_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"This is no scan." * 50)
    with pytest.raises(SequenceError, match=name):
        open_volume(tmp_path / name)
    with pytest.raises(SequenceError, match=tmp_path.name):
        open_volume(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"PixelSpacing": [0.0, 0.0]}, "pixel size of zero"),
        ({"BitsAllocated": 1, "BitsStored": 1}, "Pixels of 1 bits cannot be shown"),
        ({"Rows": 0}, "picture size of zero"),
    ],
)
def test_what_is_no_slice_is_refused_by_file(tmp_path: Path, changes: dict, message: str) -> None:
    save(dataset(voxels()[0], **changes), tmp_path / "odd.dcm")
    with pytest.raises(SequenceError, match=message) as caught:
        open_volume(tmp_path)
    assert "odd.dcm" in str(caught.value)


def test_without_positions_only_the_plane_is_measured(tmp_path: Path) -> None:
    write_series(tmp_path, voxels(), ImagePositionPatient=None, ImageOrientationPatient=None)
    with open_volume(tmp_path) as volume:
        assert volume.info.spacing == (0.0, 0.75, 0.5)
        assert volume.info.origin is volume.info.direction is None
        assert "The slices do not say where they lie." in volume.info.warnings
        assert volume.info.frames == 6


def test_nothing_of_the_patient_gets_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pydicom_silenced():
        files = write_series(tmp_path / "study", voxels(), SeriesDescription=PATIENT * 9)
    files[0].write_bytes(files[0].read_bytes()[:-9])
    with caplog.at_level(logging.DEBUG), open_volume(tmp_path / "study") as volume:
        with pytest.raises(SequenceError) as caught:
            volume.read(0)
        told = f"{volume.info} {caught.value} {caplog.text}"
    assert volume.info.name == "study"
    assert PATIENT not in told
    assert "Ford" not in told


def test_a_coronal_series_is_annotated_coronally(tmp_path: Path) -> None:
    stack = voxels((4, 10, 12))
    places = [(0.0, -3.0 * k, 0.0) for k in range(4)]
    write_series(tmp_path, stack, positions=places, ImageOrientationPatient=list(CORONAL))
    with open_volume(tmp_path) as volume, open_volume(tmp_path, orientation="axial") as axial:
        assert volume.orientation == "coronal"
        assert (volume.info.frames, volume.info.height, volume.info.width) == (4, 10, 12)
        assert not volume.plane.flip_x
        assert not volume.plane.flip_y
        assert (axial.info.frames, axial.info.height, axial.info.width) == (10, 4, 12)


def test_the_real_series_is_that_of_simpleitk(shared_data: Path) -> None:
    folder = shared_data / "medical/mr_dicom/T1post"
    image = itk_series(folder)
    with open_volume(folder) as volume:
        assert np.array_equal([volume.read_native(k) for k in range(22)], sitk.GetArrayFromImage(image))
        assert volume.info.spacing == pytest.approx(image.GetSpacing()[::-1], abs=1e-5)
        assert volume.info.direction == pytest.approx(image.GetDirection(), abs=1e-5)
        assert "Avasarala" not in str(volume.info)


@pytest.mark.parametrize("syntax", ["jpeg-lossless", "jpeg-2000"])
def test_an_inverted_picture_keeps_its_stored_values_when_it_is_compressed(
    tmp_path: Path, syntax: str
) -> None:
    stack = voxels((3, 20, 24), np.uint16)
    write_series(tmp_path, stack, syntax=syntax, PhotometricInterpretation="MONOCHROME1")
    with open_volume(tmp_path) as volume:
        assert np.array_equal([volume.read_stored(k) for k in range(3)], stack)
        assert volume.origin.is_inverted


def test_slices_a_few_micrometres_apart_are_all_there(tmp_path: Path) -> None:
    stack = voxels()
    write_series(tmp_path, stack, positions=[(0.0, 0.0, 0.006 * k) for k in range(6)])
    with open_volume(tmp_path) as volume:
        assert volume.geometry.shape[0] == 6
        assert volume.info.spacing is not None and volume.info.spacing[0] == pytest.approx(0.006)


def test_a_slope_of_nothing_leaves_the_stored_values(tmp_path: Path) -> None:
    stack = voxels()
    write_series(tmp_path, stack, RescaleSlope=0)
    with open_volume(tmp_path) as volume:
        assert np.array_equal(volume.read_stored(2), stack[2])


def test_intensities_of_tiny_slopes_are_not_all_grey(tmp_path: Path) -> None:
    write_series(tmp_path, voxels(), Modality="PT", RescaleSlope=1e-6, RescaleIntercept=0)
    with open_volume(tmp_path) as volume:
        assert len(np.unique(volume.read(3))) > 30
