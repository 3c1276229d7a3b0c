"""Another part of the same scan is known by its voxels and where they lie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.imaging.volume_geometry import VolumeGeometry
from app.imaging.voxel_sample import VoxelSample, find_offset, sample_voxels

TURN = np.array([[0.8, 0.0, 0.3], [0.0, 0.75, 0.0], [-0.1, 0.0, 2.5]])
VOXELS = np.random.default_rng(1).integers(-1000, 1000, (40, 90, 70)).astype(np.int16)


def sample(
    low: tuple[int, int, int], high: tuple[int, int, int], start: float = -17.5, turn: np.ndarray = TURN
) -> VoxelSample:
    """Sample voxels [low, high) of the scan, whose first voxel lies at start steps along each axis."""
    part = VOXELS[tuple(slice(*ends) for ends in zip(low, high, strict=True))]
    origin = turn @ (np.array(low[::-1]) + start)
    affine = tuple(map(tuple, np.column_stack([turn, origin]).tolist()))
    made = sample_voxels(VolumeGeometry(part.shape, (2.5, 0.75, 0.8), affine), lambda k: part[k])
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ((5, 0, 0), (33, 90, 70)),
        ((0, 13, 0), (40, 80, 70)),
        ((0, 0, 7), (40, 90, 60)),
        ((3, 9, 11), (37, 88, 66)),
    ],
)
@pytest.mark.parametrize("start", [-17.5, 0.0, 100.3])
def test_a_cropped_and_an_extended_scan_are_found_in_each_other(
    low: tuple[int, int, int], high: tuple[int, int, int], start: float
) -> None:
    whole, part = sample((0, 0, 0), VOXELS.shape, start), sample(low, high, start)
    assert find_offset(whole, part) == tuple(-side for side in low)
    assert find_offset(part, whole) == low


def test_numbers_of_another_type_and_rounded_headers_are_the_same_scan() -> None:
    whole = sample((0, 0, 0), VOXELS.shape)
    rounded = tuple(tuple(round(number, 5) + 1e-6 for number in row) for row in whole.affine)
    real = VOXELS.astype(np.float64)
    made = sample_voxels(VolumeGeometry(VOXELS.shape, (2.5, 0.75, 0.8), rounded), lambda k: real[k])
    assert made is not None and find_offset(whole, made) == (0, 0, 0)


def test_other_voxels_other_places_and_other_grids_are_another_scan() -> None:
    whole, part = sample((0, 0, 0), VOXELS.shape), sample((5, 0, 0), (33, 90, 70))
    other = bytes(byte ^ 1 for byte in part.values)
    assert find_offset(whole, replace(part, values=other)) is None
    assert find_offset(whole, replace(part, values=part.values[1:])) is None
    for turn, start in ((TURN, -17.2), (TURN, -16.5), (TURN * 1.02, -17.5)):
        assert find_offset(whole, sample((5, 0, 0), (33, 90, 70), start, turn)) is None
    air = replace(whole, values=bytes(len(whole.values)))
    assert find_offset(air, air) is None, "voxels that are all alike tell nothing"
    assert find_offset(whole, sample((0, 0, 0), (1, 90, 70), start=-2000.0)) is None


def test_a_scan_of_unknown_geometry_has_no_sample() -> None:
    assert sample_voxels(VolumeGeometry(VOXELS.shape), lambda k: VOXELS[k]) is None
