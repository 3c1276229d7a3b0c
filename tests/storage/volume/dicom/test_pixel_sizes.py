"""Pixel sizes of files that do not say where their pictures lie: what can be measured, and what cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.imaging.measures import grid_of, measure_objects
from app.storage.volume.volume_opening import open_volume
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.scans import dataset, save, voxels, write_series

NO_PLACE: dict[str, Any] = {"ImagePositionPatient": None, "ImageOrientationPatient": None}


def measure_all(volume: VolumeSource) -> Any:
    """The measures of an object of 3 x 4 pixels on the first two frames."""
    mask = np.zeros((20, 24), bool)
    mask[2:5, 2:6] = True
    shifted = np.roll(mask, 10, axis=1)
    grid = grid_of(volume.geometry, volume.plane)
    return measure_objects([(0, {1: mask}), (1, {1: shifted})], grid)[1]


def test_a_distance_of_slices_that_is_given_counts(tmp_path: Path) -> None:
    write_series(tmp_path, voxels(), SpacingBetweenSlices=2.0, **NO_PLACE)
    with open_volume(tmp_path) as volume:
        assert volume.info.spacing == (2.0, 0.75, 0.5)
        assert measure_all(volume).volume == pytest.approx(24 * 0.75 / 1000)


def test_without_a_distance_of_slices_areas_and_diameters_are_those_of_a_frame(tmp_path: Path) -> None:
    write_series(tmp_path, voxels(), **NO_PLACE)
    with open_volume(tmp_path) as volume:
        found = measure_all(volume)
    assert found.volume is None
    assert found.areas[0].area == pytest.approx(12 * 0.75 * 0.5)
    assert found.diameter == pytest.approx(np.hypot(2 * 0.75, 3 * 0.5))


def test_frames_of_one_file_without_places_keep_their_pixel_size(tmp_path: Path) -> None:
    stack = voxels()
    data = dataset(stack[0], NumberOfFrames=6, PixelData=stack.tobytes(), SliceThickness=None, **NO_PLACE)
    save(data, tmp_path / "m.dcm")
    with open_volume(tmp_path / "m.dcm") as volume:
        assert volume.info.spacing == (0.0, 0.75, 0.5)


def radiograph(path: Path, **changes: Any) -> VolumeSource:
    fields = {"Modality": "DX", "PixelSpacing": None, "SliceThickness": None, **NO_PLACE}
    removed = {name: value for name, value in fields.items() if value is None and name not in changes}
    data = dataset(voxels()[0], **removed)
    for name, value in {"Modality": "DX", **changes}.items():
        setattr(data, name, value)
    save(data, path / "dx.dcm")
    return open_volume(path / "dx.dcm")


def test_a_projection_has_the_pixel_size_of_its_detector_and_says_so(tmp_path: Path) -> None:
    with radiograph(tmp_path, ImagerPixelSpacing=[0.14, 0.15]) as volume:
        assert volume.info.spacing == (0.0, 0.14, 0.15)
        assert volume.info.warnings == (
            "Pixel sizes are those at the detector; what lies before it is smaller.",
        )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"EstimatedRadiographicMagnificationFactor": 2.0}, (0.0, 0.07, 0.07)),
        ({"PixelSpacing": [0.1, 0.1]}, (0.0, 0.1, 0.1)),
        ({"NominalScannedPixelSpacing": [0.2, 0.2]}, (0.0, 0.2, 0.2)),
    ],
)
def test_what_is_known_better_than_the_detector_wins(
    tmp_path: Path, changes: dict[str, Any], expected: tuple[float, ...]
) -> None:
    with radiograph(tmp_path, ImagerPixelSpacing=[0.14, 0.14], **changes) as volume:
        assert volume.info.spacing == pytest.approx(expected)
        assert volume.info.warnings == ()


def test_a_picture_without_any_size_says_that_it_cannot_be_measured(tmp_path: Path) -> None:
    with radiograph(tmp_path) as volume:
        assert volume.info.spacing is None
        assert "nothing can be measured in millimetres" in " ".join(volume.info.warnings)
