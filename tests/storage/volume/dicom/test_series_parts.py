"""Series that hold more than a stack, or less: localizers, screenshots, a series for each slice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.domain.errors import SeveralSeries
from app.storage.volume.volume_opening import list_series, open_volume
from tests.helpers.scans import AXIAL, CORONAL, dataset, save, voxels, write_series

LOCALIZER: dict[str, Any] = {
    "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"],
    "ImageOrientationPatient": list(CORONAL),
}
SCREENSHOT: dict[str, Any] = {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"], "Rows": 10, "Columns": 48}


def add(path: Path, z: float = 90.0, **changes: Any) -> None:
    fields = {"ImagePositionPatient": [-10.0, -20.0, z], "InstanceNumber": 9, **changes}
    save(dataset(voxels()[0], **fields), path)


@pytest.mark.parametrize(
    "changes",
    [
        LOCALIZER,
        SCREENSHOT,
        {"ImageOrientationPatient": list(CORONAL)},
        {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]},
        {"PixelSpacing": [0.9, 0.9]},
        {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "Rows": 10, "Columns": 16},
    ],
)
def test_a_picture_that_is_no_slice_is_named_and_the_stack_opens(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    write_series(tmp_path, voxels())
    add(tmp_path / "0000.dcm", **changes)
    with open_volume(tmp_path) as volume:
        assert volume.info.frames == 6
        assert np.array_equal(volume.read_native(5), voxels()[5])
        assert "1 picture is no slice of the stack, and left out: 0000.dcm" in " ".join(volume.info.warnings)


def test_what_was_left_out_is_listed_and_can_be_chosen(tmp_path: Path) -> None:
    write_series(tmp_path, voxels())
    for n in range(2):
        add(tmp_path / f"scout{n}.dcm", **LOCALIZER, ImagePositionPatient=[0.0, 10.0 * n, 0.0])
    assert [(info.number, info.slices) for info in list_series(tmp_path)] == [("3", 6), ("3 part 2", 2)]
    with open_volume(tmp_path, series="3 part 2") as aside, open_volume(tmp_path, series="3") as volume:
        assert (aside.info.frames, volume.info.frames) == (2, 6)
    with open_volume(tmp_path / "scout0.dcm") as alone:
        assert alone.info.frames == 1


def test_two_stacks_in_one_series_are_asked_about(tmp_path: Path) -> None:
    write_series(tmp_path / "a", voxels())
    places = [(0.0, 2.5 * k, 0.0) for k in range(6)]
    write_series(tmp_path / "b", voxels(), positions=places, ImageOrientationPatient=list(CORONAL))
    with pytest.raises(SeveralSeries) as caught:
        open_volume(tmp_path)
    assert [info.slices for info in caught.value.series] == [6, 6]
    for info in caught.value.series:
        with open_volume(tmp_path, series=info.uid) as volume:
            assert volume.info.frames == 6


def test_pictures_that_turn_are_frames_in_their_order(tmp_path: Path) -> None:
    stack = voxels((8, 20, 24))
    for n, pixels in enumerate(stack):
        angle = np.radians(20 * n)
        turned = [float(np.cos(angle)), float(np.sin(angle)), 0.0, 0.0, 0.0, -1.0]
        save(dataset(pixels, ImageOrientationPatient=turned, InstanceNumber=n + 1), tmp_path / f"{n}.dcm")
    with open_volume(tmp_path) as volume:
        assert np.array_equal([volume.read_native(k) for k in range(8)], stack)
        assert "lie in different planes" in " ".join(volume.info.warnings)


def test_cosines_that_waver_are_one_orientation(tmp_path: Path) -> None:
    noise = np.random.default_rng(4)
    for k, pixels in enumerate(voxels()):
        turned = [value + float(noise.uniform(-2e-4, 2e-4)) for value in AXIAL]
        fields = {"ImageOrientationPatient": turned, "ImagePositionPatient": [0.0, 0.0, 2.5 * k]}
        save(dataset(pixels, **fields), tmp_path / f"{k}.dcm")
    with open_volume(tmp_path) as volume:
        assert volume.info.frames == 6
        assert volume.info.spacing == pytest.approx((2.5, 0.75, 0.5), rel=1e-3)
        assert volume.info.warnings == ()


def write_singles(folder: Path, heights: list[float], **changes: Any) -> None:
    for n, z in enumerate(heights):
        add(folder / f"{n}.dcm", z, SeriesInstanceUID=f"1.2.3.4.5.{n}", **changes)


def test_slices_with_a_series_each_are_joined(tmp_path: Path) -> None:
    write_singles(tmp_path, [0.0, 2.5, 5.0, 7.5])
    with open_volume(tmp_path) as volume:
        assert (volume.info.frames, volume.info.spacing) == (4, (2.5, 0.75, 0.5))
        assert "4 series of one slice each were joined to one volume." in volume.info.warnings
    with open_volume(tmp_path, series="1.2.3.4.5.2") as alone:
        assert alone.info.frames == 1


@pytest.mark.parametrize(
    ("heights", "changes"),
    [
        ([0.0, 2.5], {}),
        ([0.0, 0.0, 0.0], {}),
        ([0.0, 1.0, 2.0, 90.0], {}),
        ([0.0, 2.5, 5.0], {"ImagePositionPatient": None, "ImageOrientationPatient": None}),
    ],
)
def test_single_pictures_that_make_no_stack_are_asked_about(
    tmp_path: Path, heights: list[float], changes: dict[str, Any]
) -> None:
    write_singles(tmp_path, heights, **changes)
    with pytest.raises(SeveralSeries):
        open_volume(tmp_path)


def test_one_slice_of_a_series_says_that_there_are_more(tmp_path: Path) -> None:
    files = write_series(tmp_path / "scan", voxels())
    (tmp_path / "alone").mkdir()
    add(tmp_path / "alone" / "only.dcm")
    with open_volume(files[2]) as volume:
        assert (
            "This is one slice of a series; open its folder, scan, for all of them." in volume.info.warnings
        )
    with open_volume(tmp_path / "alone" / "only.dcm") as volume:
        assert volume.info.warnings == ()
