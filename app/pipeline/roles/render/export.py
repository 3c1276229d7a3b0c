"""Closed surfaces of labels for files: the extraction that app.storage.exporters.mesh_export asks for."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy

from app.pipeline.roles.render.grid import Labels
from app.pipeline.roles.render.surfaces import bounding_box, surface_nets

# Steps towards the neighbours and a little more back (Taubin, 1995). Chosen by hand: more are smoother and slower.
_ITERATIONS: Final = 10
_SHRINK: Final = 0.5
_SWELL: Final = -0.53
_REACH: Final = 0.5  # voxels that a vertex may move

Points = NDArray[np.float64]


def extract_surface(
    labels: Labels, value: int, check: Callable[[], None] = lambda: None
) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Return the smoothed closed surface of one label of a volume uint8 (z, y, x).

    check: called between steps of the smoothing; what it raises ends it.
    Returns vertices float32 (n, 3) in voxels (i, j, k) and triangles int (m, 3), wound outward; both are empty
    where the label is absent. No vertex is farther than half a voxel from where voxels' corners meet.
    """
    slices = [k for k, picture in enumerate(labels) if (picture == value).any()]
    if not slices:
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int64)
    low, high = slices[0], slices[-1] + 1
    alone = (labels[low:high] == value).astype(np.uint8)
    rows, columns = bounding_box(alone) or (slice(0, None), slice(0, None))
    points, quads = _closed(np.pad(alone[:, rows, columns], 1))
    points = _smooth(points, quads, check)
    offset = np.array([columns.start - 1, rows.start - 1, low - 1])
    return (points + offset).astype(np.float32), _triangles(points, quads)


def _closed(voxels: Labels) -> tuple[Points, NDArray[np.int64]]:
    """Return vertices between voxels and the quads that join them.

    Where voxels of the label meet in an edge alone VTK doubles vertices, not alike in neighbouring cells,
    which would tear the surface once it is smoothed; here they become one again.
    """
    data = surface_nets(voxels, (1.0, 1.0, 1.0), 0, quads=True)
    places = np.rint(vtk_to_numpy(data.GetPoints().GetData()) * 2).astype(np.int64)
    sizes = np.array(voxels.shape[::-1]) * 2
    codes = (places[:, 2] * sizes[1] + places[:, 1]) * sizes[0] + places[:, 0]
    kept, first, found = np.unique(codes, return_index=True, return_inverse=True)
    quads = vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 4)
    return places[first].astype(np.float64) / 2, found.reshape(-1)[quads]


def _smooth(points: Points, quads: NDArray[np.int64], check: Callable[[], None]) -> Points:
    """Move vertices towards their neighbours and a little more back, which keeps the volume (Taubin, 1995).

    Each stays within the cell it came from (Gibson, 1998).
    """
    here, there = quads.reshape(-1), np.roll(quads, -1, axis=1).reshape(-1)
    starts, ends = np.concatenate([here, there]), np.concatenate([there, here])
    degree = np.bincount(starts, minlength=len(points))[:, None]
    moved = points.copy()
    for step in (_SHRINK, _SWELL) * _ITERATIONS:
        check()
        sums = [np.bincount(starts, moved[ends, axis], len(points)) for axis in range(3)]
        moved += step * (np.stack(sums, axis=1) / degree - moved)
        np.clip(moved, points - _REACH, points + _REACH, out=moved)
    return moved


def _triangles(points: Points, quads: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut every quad along its shorter diagonal."""
    a, b, c, d = quads.T
    first = np.linalg.norm(points[a] - points[c], axis=1) <= np.linalg.norm(points[b] - points[d], axis=1)
    one = np.where(first[:, None], np.stack([a, b, c], 1), np.stack([a, b, d], 1))
    two = np.where(first[:, None], np.stack([a, c, d], 1), np.stack([b, c, d], 1))
    return np.concatenate([one, two])
