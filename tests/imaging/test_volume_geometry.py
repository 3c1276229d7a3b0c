from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import Orientation, SequenceInfo
from app.imaging.volume_geometry import ORIENTATIONS, VolumeGeometry, geometry_of, same_grid

MATRICES = st.permutations(range(3)).flatmap(
    lambda order: st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3).map(
        lambda signs: np.diag(signs)[:, list(order)]
    )
)


def grid(turn: np.ndarray, shape: tuple[int, int, int] = (4, 5, 6)) -> VolumeGeometry:
    affine = np.column_stack([turn * (1.0, 2.0, 3.0), (7.0, 8.0, 9.0)])
    return VolumeGeometry(shape, (3.0, 2.0, 1.0), tuple(tuple(row) for row in affine))


@given(turn=MATRICES, at=st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 5)))
def test_the_three_orientations_meet_in_one_voxel(turn: np.ndarray, at: tuple[int, int, int]) -> None:
    geometry = grid(turn)
    stack = np.arange(120).reshape(4, 5, 6)
    for orientation in ORIENTATIONS:
        plane = geometry.plane(orientation)
        index, x, y = plane.locate_voxel(at)
        assert plane.voxel(index, x, y) == at
        assert plane.slice_array(stack, index).shape == (plane.height, plane.width)
        assert plane.slice_array(stack, index)[int(y), int(x)] == stack[at]
    assert {geometry.plane(name).axis for name in ORIENTATIONS} == {0, 1, 2}


@given(turn=MATRICES)
def test_pictures_hang_as_radiologists_expect(turn: np.ndarray) -> None:
    """After the flips, right on the screen is the patient's left (sagittally the back), down back or feet."""
    geometry = grid(turn)
    wanted = {
        "axial": ((1, 0, 0), (0, 1, 0)),
        "coronal": ((1, 0, 0), (0, 0, -1)),
        "sagittal": ((0, 1, 0), (0, 0, -1)),
    }
    for orientation, (right, down) in wanted.items():
        plane = geometry.plane(orientation)  # type: ignore[arg-type]
        start = np.array([plane.voxel(0, 0, 0)])[:, ::-1]
        for flip, step, way in ((plane.flip_x, (0, 1, 0), right), (plane.flip_y, (0, 0, 1), down)):
            end = np.array([plane.voxel(*step)])[:, ::-1]
            moved = (geometry.to_patient(end) - geometry.to_patient(start))[0] * (-1 if flip else 1)
            assert moved / np.linalg.norm(moved) == pytest.approx(way)


def test_grids_are_compared_by_place() -> None:
    turn = np.eye(3)
    assert same_grid(grid(turn), grid(turn + 1e-6))
    assert not same_grid(grid(turn), grid(turn, (4, 5, 7)))
    assert not same_grid(grid(turn), grid(np.diag([1.0, 1.0, -1.0])))


@given(turn=MATRICES, orientation=st.sampled_from(ORIENTATIONS), steps=st.tuples(*[st.integers(0, 3)] * 3))
def test_frames_stacked_up_lie_as_their_voxels_do(
    turn: np.ndarray, orientation: Orientation, steps: tuple[int, int, int]
) -> None:
    geometry = grid(turn)
    plane = geometry.plane(orientation)
    frames = geometry.frame_grid(plane)
    assert frames.shape == (plane.frames, plane.height, plane.width)
    index, y, x = steps
    ends = np.array([plane.voxel(0, 0, 0)[::-1], plane.voxel(index, x, y)[::-1]])
    moved = np.diff(geometry.to_patient(ends), axis=0)[0]
    across = np.array([x, y, index]) * frames.spacing[::-1]
    assert np.array(frames.direction).reshape(3, 3) @ across == pytest.approx(moved)


@given(turn=MATRICES, orientation=st.sampled_from([None, *ORIENTATIONS]))
def test_a_grid_is_found_again_from_what_is_known_of_the_sequence(
    turn: np.ndarray, orientation: Orientation | None
) -> None:
    geometry = grid(turn)
    plane = geometry.plane(orientation or geometry.stored_orientation)
    info = SequenceInfo(
        "a",
        "a",
        "volume",
        plane.frames,
        plane.width,
        plane.height,
        spacing=geometry.spacing,
        origin=geometry.origin,
        direction=geometry.direction,
    )
    found = geometry_of(info, orientation)
    assert found.shape == geometry.shape
    assert same_grid(found, geometry)


def test_without_a_place_frames_are_those_of_the_array() -> None:
    info = SequenceInfo("a", "a", "volume", 4, 6, 5)
    found = geometry_of(info)
    assert found.shape == (4, 5, 6)
    assert found.frame_grid(found.plane("axial")).spacing == (1.0, 1.0, 1.0)
