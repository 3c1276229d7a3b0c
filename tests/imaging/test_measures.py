from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.imaging.measures import Grid, largest_distance, measure_objects

SPACING = np.array([2.5, 0.75, 0.5])
GRID = Grid(float(SPACING.prod()), 0.75 * 0.5, lambda points: points * SPACING)


def whole(labels: np.ndarray, native: np.ndarray | None = None):
    frames = ((k, {1: labels[k]}) for k in reversed(range(len(labels))))
    return measure_objects(frames, GRID, None if native is None else native.__getitem__)[1]


def ball(radius: float, shape: tuple[int, int, int] = (25, 61, 91)) -> np.ndarray:
    middle = (np.array(shape) - 1) / 2
    places = (np.moveaxis(np.indices(shape), 0, -1) - middle) * SPACING
    result: np.ndarray = np.linalg.norm(places, axis=-1) <= radius
    return result


@settings(max_examples=60)
@given(mask=arrays(bool, st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 6))))
def test_the_diameter_is_that_of_trying_every_pair(mask: np.ndarray) -> None:
    points = np.argwhere(mask) * SPACING
    expected = max((np.linalg.norm(a - b) for a, b in combinations(points, 2)), default=0.0)
    found = whole(mask).diameter
    assert found is None if not mask.any() else found == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60)
@given(points=arrays(np.float64, st.tuples(st.integers(1, 40), st.just(3)), elements=st.floats(-1e3, 1e3)))
def test_no_pair_is_pruned_away(points: np.ndarray) -> None:
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
    assert largest_distance(points) == pytest.approx(gaps.max(), rel=1e-9, abs=1e-9)


def test_a_ball_has_the_volume_and_diameter_of_a_ball() -> None:
    found = whole(ball(20.0))
    assert found.volume == pytest.approx(4 / 3 * np.pi * 20**3 / 1000, rel=0.01)
    assert 39 <= found.diameter <= 40


def test_a_large_box_is_measured_exactly() -> None:
    mask = np.zeros((60, 210, 320), bool)
    mask[5:55, 4:204, 9:309] = True
    assert whole(mask).diameter == pytest.approx(np.linalg.norm(np.array([49, 199, 299]) * SPACING))


@given(values=arrays(np.int16, (4, 6, 5)), mask=arrays(bool, (4, 6, 5)))
def test_intensity_is_that_of_numpy(values: np.ndarray, mask: np.ndarray) -> None:
    found = whole(mask, values)
    inside = values[mask].astype(np.float64)
    if not inside.size:
        assert found.mean is found.deviation is None
        return
    assert found.mean == pytest.approx(inside.mean(), abs=1e-6)
    assert found.deviation == pytest.approx(inside.std(), abs=1e-6)


def test_voxels_without_a_number_do_not_count_into_the_intensity() -> None:
    native = np.array([[[1.0, np.nan], [3.0, np.inf]]])
    found = whole(np.ones((1, 2, 2), bool), native)
    assert (found.mean, found.deviation, found.voxels) == (2.0, 1.0, 4)


def test_areas_are_told_frame_by_frame() -> None:
    mask = np.zeros((3, 4, 4), bool)
    mask[0, :2], mask[2, 0, 0] = True, True
    found = whole(mask)
    assert [(area.frame, area.pixels, area.area) for area in found.areas] == [(0, 8, 3.0), (2, 1, 0.375)]


def test_without_a_scale_only_pixels_are_counted() -> None:
    found = measure_objects([(7, {1: np.ones((2, 3), bool)})], Grid())[1]
    assert found.voxels == 6
    assert found.volume is found.diameter is found.mean is found.areas[0].area is None


def test_objects_are_measured_side_by_side_and_empty_frames_are_not_read() -> None:
    read = []

    def native(frame: int) -> np.ndarray:
        read.append(frame)
        return np.full((2, 2), frame)

    full, half = np.ones((2, 2), bool), np.array([[True, False], [True, False]])
    found = measure_objects([(0, {1: full, 5: half}), (1, {}), (2, {1: full})], GRID, native)
    assert read == [0, 2]
    assert {key: (value.voxels, value.mean) for key, value in found.items()} == {1: (8, 1.0), 5: (2, 0.0)}
