from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.domain.errors import SeveralSeries
from app.storage.volume.volume_opening import list_series, open_volume
from tests.helpers.scans import dataset, save, voxels, write_series

UID = "1.2.3.4.5"


def acquire(
    folder: Path, number: int, start: float, *, slices: int = 6, step: float = 2.0, **tags: Any
) -> Any:
    """Write one acquisition of a series; return its voxels."""
    stack = voxels((slices, 20, 24), seed=number)
    places = [(0.0, 0.0, start + step * k) for k in range(slices)]
    fields = {"AcquisitionNumber": number, "SliceThickness": 2.0, **tags}
    write_series(folder / str(number), stack, positions=places, **fields)
    return stack


@pytest.mark.parametrize("start", [1.0, 8.0, 4.0])
def test_acquisitions_that_overlap_are_offered_one_by_one(tmp_path: Path, start: float) -> None:
    first, second = acquire(tmp_path, 1, 0.0), acquire(tmp_path, 2, start)
    with pytest.raises(SeveralSeries) as asked:
        open_volume(tmp_path)
    assert [(info.number, info.slices) for info in asked.value.series] == [
        ("3 acquisition 1", 6),
        ("3 acquisition 2", 6),
    ]
    for info, stack in zip(asked.value.series, (first, second), strict=True):
        with open_volume(tmp_path, series=info.uid) as volume:
            assert np.array_equal([volume.read_stored(k) for k in range(6)], stack)
            assert volume.info.name.endswith(info.number)
            assert volume.info.spacing == (2.0, 0.75, 0.5)
            assert volume.info.warnings == ()


def test_one_acquisition_within_another_is_offered_by_itself(tmp_path: Path) -> None:
    acquire(tmp_path, 1, 0.0, slices=12)
    acquire(tmp_path, 2, 6.0, slices=3)
    assert [(info.uid, info.slices) for info in list_series(tmp_path)] == [(f"{UID}#1", 12), (f"{UID}#2", 3)]


def test_acquisitions_side_by_side_are_one_volume(tmp_path: Path) -> None:
    acquire(tmp_path, 1, 0.0)
    acquire(tmp_path, 2, 12.0)
    with open_volume(tmp_path) as volume:
        assert volume.info.frames == 12


def test_acquisitions_of_one_slice_each_are_one_volume(tmp_path: Path) -> None:
    for k in range(6):
        acquire(tmp_path, k + 1, 2.0 * k, slices=1)
    with open_volume(tmp_path) as volume:
        assert volume.info.frames == 6


def test_acquisitions_in_the_same_places_are_time_points(tmp_path: Path) -> None:
    acquire(tmp_path, 1, 0.0)
    second = acquire(tmp_path, 2, 0.0)
    with open_volume(tmp_path, time=1) as volume:
        assert volume.origin.times == 2
        assert np.array_equal(volume.read_stored(3), second[3])


def test_the_two_halves_of_an_interleaved_mr_are_one_volume(tmp_path: Path) -> None:
    acquire(tmp_path, 1, 0.0, step=4.0, Modality="MR")
    acquire(tmp_path, 2, 2.0, step=4.0, Modality="MR")
    with open_volume(tmp_path) as volume:
        assert volume.info.frames == 12
        assert volume.info.spacing == (2.0, 0.75, 0.5)


def test_a_repeated_slice_does_not_split_its_series(tmp_path: Path) -> None:
    acquire(tmp_path, 1, 0.0)
    again = dataset(
        voxels()[0], AcquisitionNumber=2, ImagePositionPatient=[0.0, 0.0, 4.0], SliceThickness=2.0
    )
    save(again, tmp_path / "again.dcm")
    with open_volume(tmp_path) as volume:
        assert volume.info.frames == 6
        assert "1 slice is in the same place as another" in " ".join(volume.info.warnings)


def test_a_series_named_by_its_uid_opens_with_all_of_its_acquisitions(tmp_path: Path) -> None:
    acquire(tmp_path, 1, 0.0)
    acquire(tmp_path, 2, 1.0)
    with open_volume(tmp_path, series=UID) as volume:
        assert volume.info.frames == 12


def test_slices_of_two_frames_of_reference_are_told(tmp_path: Path) -> None:
    acquire(tmp_path, 1, 0.0, FrameOfReferenceUID="1.2.7")
    acquire(tmp_path, 2, 12.0, FrameOfReferenceUID="1.2.8")
    with open_volume(tmp_path) as volume:
        assert volume.info.frames == 12
        assert "2 frames of reference" in " ".join(volume.info.warnings)


def test_thicker_slices_farther_apart_are_not_called_missing(tmp_path: Path) -> None:
    acquire(tmp_path, 1, 0.0, slices=20, step=1.0, SliceThickness=1.0)
    acquire(tmp_path, 2, 29.0, slices=6, step=10.0, SliceThickness=10.0)
    with open_volume(tmp_path) as volume:
        told = " ".join(volume.info.warnings)
        assert "missing" not in told
        assert "unevenly spaced, 1.00 to 10.00 mm apart" in told


def test_slices_missing_among_overlapping_ones_are_still_told(tmp_path: Path) -> None:
    acquire(tmp_path, 1, 0.0, SliceThickness=5.0)
    acquire(tmp_path, 2, 14.0, SliceThickness=5.0)
    with open_volume(tmp_path) as volume:
        assert "1 slice seems to be missing" in " ".join(volume.info.warnings)
