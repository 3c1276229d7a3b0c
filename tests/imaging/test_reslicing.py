"""A slice of one scan shows where another scan lies, however both lie in the patient."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imaging.reslicing import finer_by, pixel_places, sample_voxels
from app.imaging.volume_geometry import ORIENTATIONS, VolumeGeometry

SLOPES = np.array(
    [2.0, -3.0, 5.0]
)  # of intensities over patient coordinates: trilinear sampling is exact on them


def lying(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    angles: tuple[float, float],
    middle: float,
) -> VolumeGeometry:
    """A scan turned about two axes, its middle voxel at the same place as every other scan's."""
    one, other = np.deg2rad(angles)
    about_x = np.array([[1, 0, 0], [0, np.cos(one), -np.sin(one)], [0, np.sin(one), np.cos(one)]])
    about_z = np.array([[np.cos(other), -np.sin(other), 0], [np.sin(other), np.cos(other), 0], [0, 0, 1]])
    turn = about_z @ about_x @ np.diag(spacing[::-1])
    origin = middle - turn @ ((np.array(shape[::-1]) - 1) / 2)
    return VolumeGeometry(
        shape, spacing, tuple(tuple(map(float, row)) for row in np.column_stack([turn, origin]))
    )


def filled(geometry: VolumeGeometry) -> np.ndarray:
    """Voxels (z, y, x) with the intensity of their place."""
    k, j, i = np.indices(geometry.shape).reshape(3, -1)
    voxels: np.ndarray = geometry.to_patient(np.column_stack([i, j, k])) @ SLOPES
    return voxels.reshape(geometry.shape)


ANGLES = st.tuples(st.floats(-60, 60), st.floats(-60, 60))


@given(ANGLES, ANGLES, st.sampled_from(ORIENTATIONS), st.integers(1, 3))
def test_every_pixel_has_the_intensity_of_its_place_in_the_patient(
    first: tuple[float, float], second: tuple[float, float], orientation: str, finer: int
) -> None:
    here = lying((5, 7, 6), (4.0, 2.0, 2.5), first, 3.0)
    there = lying((9, 8, 10), (3.0, 1.5, 2.0), second, 3.0)
    plane = here.plane(orientation)  # type: ignore[arg-type]
    places = pixel_places(here, plane, plane.frames // 2, finer)
    assert len(places) == plane.height * plane.width * finer**2
    found = sample_voxels(filled(there).__getitem__, there.shape, there.to_voxels(places))
    at = there.to_voxels(places)
    within = ((at >= 0) & (at <= np.array(there.shape[::-1]) - 1)).all(axis=1)
    assert within.any() and found[within] == pytest.approx((places @ SLOPES)[within], abs=1e-3)
    beyond = ((at < -0.6) | (at > np.array(there.shape[::-1]) - 0.4)).any(axis=1)
    assert np.isnan(found[beyond]).all()


def test_only_the_slices_that_are_needed_are_read_and_damaged_ones_are_blank() -> None:
    scan = lying((9, 8, 10), (3.0, 1.5, 2.0), (0.0, 0.0), 0.0)
    voxels, read = filled(scan), list[int]()

    def get(k: int) -> np.ndarray | None:
        read.append(k)
        return None if k == 7 else voxels[k]

    found = sample_voxels(get, scan.shape, np.array([[4.0, 4.0, 2.0], [5.0, 3.0, 7.5], [1.0, 1.0, 4.25]]))
    assert read == [2, 4, 5, 7, 8]
    assert found[0] == pytest.approx(voxels[2, 4, 4]) and np.isnan(found[1]) and not np.isnan(found[2])


def test_places_between_uneven_slices_come_back() -> None:
    even = lying((4, 5, 6), (3.0, 1.0, 2.0), (20.0, 30.0), 5.0)
    matrix = even.matrix
    assert matrix is not None
    for depths in ((0.0, 1.0, 4.0, 5.0), (5.0, 4.0, 1.0, 0.0)):
        origins = tuple(tuple(map(float, matrix[:3, 3] + matrix[:3, 2] * depth)) for depth in depths)
        uneven = VolumeGeometry(even.shape, even.spacing, even.affine, origins)  # type: ignore[arg-type]
        points = np.random.default_rng(1).uniform(-1, 5, (50, 3))
        assert uneven.to_voxels(uneven.to_patient(points)) == pytest.approx(points, abs=1e-6)


def test_a_finer_scan_is_shown_finer_but_not_larger_than_a_screen() -> None:
    coarse = lying((5, 128, 128), (4.0, 4.0, 4.0), (0.0, 0.0), 0.0)
    fine = lying((5, 512, 512), (1.0, 0.5, 0.5), (0.0, 0.0), 0.0)
    assert finer_by(coarse.plane("axial"), fine) == 8
    assert finer_by(fine.plane("axial"), coarse) == 1
    assert finer_by(lying((5, 400, 400), (4.0, 4.0, 4.0), (0.0, 0.0), 0.0).plane("axial"), fine) == 2
