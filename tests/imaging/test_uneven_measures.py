from __future__ import annotations

import numpy as np
import pytest

from app.domain.annotation import Orientation
from app.imaging.measures import Measure, grid_of, measure_objects
from app.imaging.volume_geometry import ORIENTATIONS, VolumeGeometry

GROWING = [0.0, 2.0, 4.0, 6.0, 11.0, 16.0, 21.0, 26.0]
GAP = [0.0, 2.0, 4.0, 8.0, 10.0, 12.0]  # one slice is missing


def stack(places: list[float]) -> VolumeGeometry:
    """Slices of 8 x 6 pixels of 0.5 x 0.5 mm at places along z."""
    step = float(np.median(np.diff(places)))
    affine = ((0.5, 0.0, 0.0, 0.0), (0.0, 0.5, 0.0, 0.0), (0.0, 0.0, step, places[0]))
    return VolumeGeometry((len(places), 8, 6), (step, 0.5, 0.5), affine, tuple((0.0, 0.0, z) for z in places))


def measure(geometry: VolumeGeometry, voxels: np.ndarray, orientation: Orientation) -> Measure:
    """Measure one object, bool (z, y, x), on the frames of an orientation."""
    plane = geometry.plane(orientation)
    frames = voxels.transpose(plane.axis, plane.row_axis, plane.column_axis)
    return measure_objects(((n, {1: frame}) for n, frame in enumerate(frames)), grid_of(geometry, plane))[1]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize(
    ("places", "first", "stop", "height"),
    [
        (GROWING, 1, 7, 2 + 2 + 3.5 + 5 + 5 + 5),
        (GROWING, 0, 8, 2 + 2 + 2 + 3.5 + 5 + 5 + 5 + 5),
        (GAP, 1, 5, 2 + 3 + 3 + 2),
    ],
)
def test_a_slice_counts_half_of_the_way_to_its_neighbours(
    orientation: Orientation, places: list[float], first: int, stop: int, height: float
) -> None:
    geometry = stack(places)
    voxels = np.zeros(geometry.shape, bool)
    voxels[first:stop, 2:6, 1:5] = True
    found = measure(geometry, voxels, orientation)
    assert found.volume == pytest.approx(16 * 0.25 * height / 1000)
    assert found.voxels == 16 * (stop - first)


def test_areas_of_uneven_slices_are_those_of_their_pixels() -> None:
    geometry = stack(GROWING)
    found = measure(geometry, np.ones(geometry.shape, bool), "axial")
    assert {area.area for area in found.areas} == {48 * 0.25}


def test_areas_across_uneven_slices_know_how_high_each_is() -> None:
    geometry = stack(GROWING)
    found = measure(geometry, np.ones(geometry.shape, bool), "coronal")
    assert [area.area for area in found.areas] == pytest.approx([6 * 0.5 * 29.5] * 8)


def test_slices_of_equal_steps_weigh_one() -> None:
    assert stack([3.0 * k for k in range(5)]).slice_weights.tolist() == [1.0] * 5
