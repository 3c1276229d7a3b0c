"""Camera and world coordinates of the preview. Pure.

The world is DICOM's: x to the patient's left, y to the back, z to the head, in millimetres, around the middle
of the volume. A video stands in it upright: x to the right, z up, and time runs away from the viewer along y.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.camera import HALF_ANGLE, ZOOMS, OrbitCamera

Vector = tuple[float, float, float]

SCAN_FACES: Final = ("L", "R", "P", "A", "S", "I")
VIDEO_FACES: Final = (">", "<", "N", "1", "^", "v")
_VIDEO_DIRECTION: Final = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0)  # rows of x, y, z: time goes up


@dataclass(frozen=True, slots=True)
class CameraPose:
    """A perspective camera in world coordinates, millimetres."""

    position: Vector
    focus: Vector
    up: Vector
    angle: float  #: vertical, in degrees
    near: float  #: distance of the near clipping plane
    far: float  #: distance of the far clipping plane


def place_camera(
    size: tuple[int, int], camera: OrbitCamera, focus: Vector, radius: float, reach: float
) -> CameraPose:
    """Return the camera that shows a ball of this radius whole at zoom 1.

    size: width and height of the picture. focus: the middle of the ball, around which the camera turns.
    reach: radius around it outside which nothing is drawn.
    """
    turn, tilt = math.radians(camera.azimuth), math.radians(camera.elevation)
    outward = np.array([math.sin(turn) * math.cos(tilt), -math.cos(turn) * math.cos(tilt), math.sin(tilt)])
    up = np.array([-math.sin(turn) * math.sin(tilt), math.cos(turn) * math.sin(tilt), math.cos(tilt)])
    radius = max(radius, 1e-3)
    distance = radius / math.sin(math.radians(HALF_ANGLE))
    tall = max(1.0, size[1] / max(1, size[0]))
    spread = math.tan(math.radians(HALF_ANGLE)) * tall / min(max(camera.zoom, ZOOMS[0]), ZOOMS[1])
    aim = np.array(focus) - radius * (camera.right * np.cross(up, outward) + camera.up * up)
    return CameraPose(
        position=_vector(aim + outward * distance),
        focus=_vector(aim),
        up=_vector(up),
        angle=2 * math.degrees(math.atan(spread)),
        near=max(distance - 1.01 * reach, distance * 0.01),
        far=distance + 1.01 * reach,
    )


def world_of(
    shape: tuple[int, int, int], spacing: Vector, direction: tuple[float, ...] | None
) -> NDArray[np.float64]:
    """Return the matrix (4, 4) from millimetres along the axes i, j, k to the world.

    shape, spacing: (z, y, x) of the whole volume. direction: as in SequenceInfo; None for a video.
    """
    turn = np.array(direction or _VIDEO_DIRECTION, np.float64).reshape(3, 3)
    middle = (np.array(shape[::-1]) - 1) / 2 * np.array(spacing[::-1])
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[:3, 3] = -turn @ middle
    return matrix


def plane_corners(
    shape: tuple[int, int, int], spacing: Vector, axis: int, index: float, row_axis: int, column_axis: int
) -> tuple[Vector, Vector, Vector]:
    """Return the outer corners of a slice, millimetres along i, j, k: first pixel, end of its row, of its column."""
    start = np.full(3, -0.5)
    start[axis] = index
    right, down = start.copy(), start.copy()
    right[column_axis] += shape[column_axis]
    down[row_axis] += shape[row_axis]
    scale = np.array(spacing)
    first, second, third = (_vector((corner * scale)[::-1]) for corner in (start, right, down))
    return first, second, third


def _vector(numbers: NDArray[np.float64]) -> Vector:
    return float(numbers[0]), float(numbers[1]), float(numbers[2])
