"""Geometry of a volume: voxels to patient coordinates, and slices of the three orientations. Pure.

Voxel arrays are (z, y, x) as stored, indexed (k, j, i). Patient coordinates are millimetres in DICOM's frame:
x to the patient's left, y to the back, z to the head (LPS; PS3.3 C.7.6.2.1.1).
"""

from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import FrameAxis, Orientation, Point, SequenceInfo
from app.domain.frame_order import order_of

Vector = tuple[float, float, float]
Index = tuple[int, int, int]

ORIENTATIONS: Final[tuple[Orientation, ...]] = ("axial", "coronal", "sagittal")
# For each orientation the patient axes that it slices, that run down and that run to the right, and whether
# down and right follow or oppose these axes, as radiologists hang a picture: right hand on the left, head up.
_HANGING: Final[dict[str, tuple[int, int, int, float, float]]] = {
    "axial": (2, 1, 0, 1.0, 1.0),
    "coronal": (1, 2, 0, -1.0, 1.0),
    "sagittal": (0, 2, 1, -1.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class SlicePlane:
    """The slices of one orientation, as pictures. Pixels are never flipped: (x, y) is a voxel position."""

    orientation: Orientation
    axis: int  #: array axis of the slice index
    row_axis: int  #: array axis of y
    column_axis: int  #: array axis of x
    frames: int
    height: int
    width: int
    row_spacing: float | None  #: millimetres from row to row, None where unknown
    column_spacing: float | None  #: millimetres from column to column
    flip_x: bool  #: mirror it on the screen, to hang as radiologists expect
    flip_y: bool  #: likewise

    @property
    def aspect(self) -> float:
        """Height of a pixel in widths; 1 where the spacing is unknown."""
        if self.row_spacing is None or self.column_spacing is None:
            return 1.0
        return self.row_spacing / self.column_spacing

    def voxel(self, index: float, x: float, y: float) -> Vector:
        """Return the (k, j, i) that a point of a picture lies on."""
        at = [0.0, 0.0, 0.0]
        at[self.axis], at[self.row_axis], at[self.column_axis] = index, y, x
        return at[0], at[1], at[2]

    def locate_voxel(self, voxel: tuple[float, float, float]) -> tuple[int, float, float]:
        """Return the (index, x, y) where a voxel (k, j, i) shows, on the nearest slice that there is."""
        index = min(max(round(voxel[self.axis]), 0), self.frames - 1)
        return index, voxel[self.column_axis], voxel[self.row_axis]

    def slice_array(self, voxels: NDArray[Any], index: int) -> NDArray[Any]:
        """Picture index of a voxel array (z, y, x): a view (h, w)."""
        picture: NDArray[Any] = voxels.transpose(self.axis, self.row_axis, self.column_axis)[index]
        return picture

    def orient_plane(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Turn a plane of the voxel array, its axes in stored order, into a picture: a view (h, w)."""
        return plane if self.row_axis < self.column_axis else plane.T


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """The frames of one orientation as a volume of their own, for the 3D view."""

    shape: Index  #: (frames, h, w)
    spacing: Vector  #: millimetres (frames, rows, columns), 1 where unknown
    direction: tuple[float, ...]  #: unit vectors of columns, rows, frames: columns of a row-major 3x3 matrix


@dataclass(frozen=True, slots=True)
class VolumeGeometry:
    """The grid of a scan."""

    shape: Index  #: voxels (z, y, x)
    #: millimetres (z, y, x), of uneven slices the median; 0 for a distance of slices that is not known, None where
    #: nothing is
    spacing: Vector | None = None
    #: 3x4, voxel (i, j, k, 1) to patient; None where unknown
    affine: tuple[tuple[float, ...], ...] | None = None
    #: patient position of each slice's first voxel where they are uneven, else ()
    origins: tuple[Vector, ...] = ()
    tilt: float = 0.0  #: degrees by which slices are sheared against their stack (gantry tilt)

    @property
    def is_even(self) -> bool:
        """Whether one affine says where every voxel lies."""
        return not self.origins

    @property
    def matrix(self) -> NDArray[np.float64] | None:
        """The affine as float64 (4, 4)."""
        return None if self.affine is None else np.array([*self.affine, (0.0, 0.0, 0.0, 1.0)])

    @property
    def origin(self) -> Vector | None:
        """Patient position (x, y, z) of the first voxel."""
        return None if self.affine is None else tuple(row[3] for row in self.affine)  # type: ignore[return-value]

    @property
    def direction(self) -> tuple[float, ...] | None:
        """Unit vectors of the axes i, j, k as the columns of a row-major 3 x 3 matrix, as ITK has them.

        Of sheared slices the third is their normal, since ITK allows only right angles.
        """
        if (matrix := self.matrix) is None:
            return None
        columns = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
        if self.tilt:
            normal = np.cross(columns[:, 0], columns[:, 1])
            columns[:, 2] = np.copysign(1.0, normal @ columns[:, 2]) * normal
        return tuple(float(number) for number in columns.reshape(-1))

    @property
    def full_spacing(self) -> Vector | None:
        """The spacing, None where not all of it is known."""
        return self.spacing if self.spacing is not None and self.spacing[0] > 0 else None

    @property
    def voxel_volume(self) -> float | None:
        """Cubic millimetres, None where the spacing is unknown."""
        return None if self.full_spacing is None else float(np.prod(self.full_spacing))

    @property
    def slice_weights(self) -> NDArray[np.float64]:
        """Height of the voxels of each slice in usual heights, (z,): 1 where slices are even.

        A slice reaches half of the way to its neighbours (midpoint rule), and outwards of the stack as far as inwards.
        """
        if self.is_even or self.affine is None or self.spacing is None:
            return np.ones(self.shape[0])
        turn = np.array(self.affine)[:, :2]
        normal = np.cross(turn[:, 0], turn[:, 1])
        steps = np.abs(np.diff(np.array(self.origins) @ normal)) / np.linalg.norm(normal)
        reach = np.pad(steps, 1, mode="edge")
        weights: NDArray[np.float64] = (reach[:-1] + reach[1:]) / (2 * self.spacing[0])
        return weights

    def plane(self, orientation: Orientation) -> SlicePlane:
        """Return the slices of an orientation: along the stored axis that comes nearest to it."""
        stored = self._stored_axes()
        across, down, right, down_sign, right_sign = _HANGING[orientation]
        axis, row_axis, column_axis = stored[across], stored[down], stored[right]
        spacing = self.spacing
        return SlicePlane(
            orientation=orientation,
            axis=axis,
            row_axis=row_axis,
            column_axis=column_axis,
            frames=self.shape[axis],
            height=self.shape[row_axis],
            width=self.shape[column_axis],
            row_spacing=None if spacing is None else spacing[row_axis] or None,
            column_spacing=None if spacing is None else spacing[column_axis] or None,
            flip_x=self._sign(right, column_axis) != right_sign,
            flip_y=self._sign(down, row_axis) != down_sign,
        )

    def frame_grid(self, plane: SlicePlane) -> FrameGrid:
        """Return the grid of the frames of an orientation, stacked in order."""
        order = (plane.axis, plane.row_axis, plane.column_axis)
        spacing = (1.0, 1.0, 1.0) if self.spacing is None else self.spacing
        spacing = (spacing[0] or spacing[1], *spacing[1:])
        turn = np.eye(3) if self.direction is None else np.array(self.direction).reshape(3, 3)
        columns = turn[:, [2 - axis for axis in reversed(order)]]
        return FrameGrid(
            shape=(plane.frames, plane.height, plane.width),
            spacing=(spacing[order[0]], spacing[order[1]], spacing[order[2]]),
            direction=tuple(float(number) for number in columns.reshape(-1)),
        )

    @property
    def stored_orientation(self) -> Orientation:
        """The orientation in which the scan was stored: that of the first array axis."""
        return next(name for name in ORIENTATIONS if self.plane(name).axis == 0)

    def to_patient(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Patient coordinates (n, 3) of points (n, 3) given as (i, j, k), which may lie between voxels.

        Between the slices of an uneven stack positions are interpolated. Without an affine the result is in
        voxel units times the spacing, if that is known.
        """
        points = points.astype(np.float64)
        matrix = self.matrix
        if matrix is None:
            return points * (1.0 if self.spacing is None else np.array(self.spacing[::-1]))
        if self.is_even:
            return points @ matrix[:3, :3].T + matrix[:3, 3]
        stack = _interpolate(np.array(self.origins), points[:, 2])
        return points[:, :2] @ matrix[:3, :2].T + stack

    def to_voxels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places (i, j, k), which may lie between and beside voxels, of patient coordinates (n, 3).

        Raises ValueError without an affine.
        """
        matrix = self.matrix
        if matrix is None:
            raise ValueError("a scan without an affine has no patient coordinates")
        if self.is_even:
            inverse = np.linalg.inv(matrix)
            even: NDArray[np.float64] = points @ inverse[:3, :3].T + inverse[:3, 3]
            return even
        origins, turn = np.array(self.origins), matrix[:3, :2]
        normal = np.cross(turn[:, 0], turn[:, 1])
        heights, at = origins @ normal, points @ normal
        sign = 1.0 if heights[-1] >= heights[0] else -1.0
        low = np.clip(np.searchsorted(sign * heights, sign * at) - 1, 0, len(heights) - 2)
        slices = low + (at - heights[low]) / (heights[low + 1] - heights[low])
        within = (points - _interpolate(origins, slices)) @ np.linalg.pinv(turn).T
        return np.column_stack([within, slices])

    def _stored_axes(self) -> tuple[int, int, int]:
        """The array axis that runs most nearly along each of the patient axes x, y, z."""
        matrix = self.direction
        if matrix is None:
            return 2, 1, 0
        weight = np.abs(np.array(matrix).reshape(3, 3))
        best = max(permutations(range(3)), key=lambda p: sum(weight[n, p[n]] for n in range(3)))
        return 2 - best[0], 2 - best[1], 2 - best[2]

    def _sign(self, patient_axis: int, array_axis: int) -> float:
        """Whether an array axis follows (1) or opposes (-1) a patient axis; unknown axes follow."""
        direction = self.direction
        if direction is None:
            return 1.0
        return 1.0 if direction[3 * patient_axis + 2 - array_axis] >= 0 else -1.0


def geometry_of(info: SequenceInfo, orientation: Orientation | None = None) -> VolumeGeometry:
    """Return the grid of a scan that is open in an orientation (None: the one it says), from what is known of it.

    Of uneven slices only the median spacing is known here; VolumeSource.geometry knows all.
    """
    affine = None
    if info.spacing is not None and info.origin is not None and info.direction is not None:
        turn = np.array(info.direction).reshape(3, 3) * info.spacing[::-1]
        affine = tuple(tuple(map(float, row)) for row in np.column_stack([turn, info.origin]))
    bare = VolumeGeometry((1, 1, 1), info.spacing, affine)
    plane = bare.plane(orientation or info.orientation or bare.stored_orientation)
    sides = {plane.axis: order_of(info).slices, plane.row_axis: info.height, plane.column_axis: info.width}
    return replace(bare, shape=(sides[0], sides[1], sides[2]))


def plane_of(info: SequenceInfo) -> SlicePlane:
    """Orientation of the frames of an open scan in its voxels and on the screen."""
    geometry = geometry_of(info)
    return geometry.plane(info.orientation or geometry.stored_orientation)


def slice_scan(info: SequenceInfo, orientation: Orientation, along: FrameAxis) -> SequenceInfo:
    """Return the description of an open scan as it is when it is sliced in another direction."""
    plane = geometry_of(info).plane(orientation)
    return replace(
        info,
        frames=plane.frames * info.time_points,
        width=plane.width,
        height=plane.height,
        orientation=orientation,
        along=along,
    )


def place_of(info: SequenceInfo, frame: int, cross: Point | None) -> Vector:
    """Return the voxel (k, j, i) that (x, y) of a frame is; None: the middle of the frame."""
    x, y = cross if cross is not None else ((info.width - 1) / 2, (info.height - 1) / 2)
    return plane_of(info).voxel(order_of(info).slice_of(frame), x, y)


def frame_with(info: SequenceInfo, time: int, voxel: Vector) -> tuple[int, float, float]:
    """Return the (frame, x, y) where a voxel (k, j, i) shows at a time point of an open scan."""
    index, x, y = plane_of(info).locate_voxel(voxel)
    return order_of(info).frame(time, index), x, y


def orientation_by_axis(info: SequenceInfo) -> dict[int, Orientation]:
    """Return the orientation that slices each axis of a scan's voxel array."""
    geometry = geometry_of(info)
    return {geometry.plane(orientation).axis: orientation for orientation in ORIENTATIONS}


def same_grid(first: VolumeGeometry, second: VolumeGeometry) -> bool:
    """Whether two volumes have the same voxels in the same places, to a hundredth of the smallest spacing."""
    if first.shape != second.shape:
        return False
    if first.affine is None or second.affine is None:
        return True
    edges = _stack_edges(first.shape)
    gap = np.abs(first.to_patient(edges) - second.to_patient(edges)).max()
    return bool(gap <= 0.01 * min(first.spacing or (1.0,)))


def _stack_edges(shape: Index) -> NDArray[np.float64]:
    """Return the four corners of every slice, as (i, j, k)."""
    depth, height, width = shape
    return np.array(
        [(i, j, k) for k in range(depth) for j in (0, height - 1) for i in (0, width - 1)], np.float64
    )


def _interpolate(origins: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of origins (n, 3) at fractional places; beyond the ends the last step goes on."""
    low = np.clip(np.floor(at).astype(int), 0, max(len(origins) - 2, 0))
    high = np.minimum(low + 1, len(origins) - 1)
    places: NDArray[np.float64] = origins[low] + (at - low)[:, None] * (origins[high] - origins[low])
    return places
