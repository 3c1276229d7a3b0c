"""Surfaces of labels, by surface nets (Gibson, 1998) as VTK has them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkSurfaceNets3D, vtkTriangleMeshPointNormals

from app.pipeline.roles.render.grid import Labels, Level

# Iterations. Chosen by eye: fewer leave steps between slices, more cost time and, with HALO, seams.
SMOOTHING: Final = 8
# The part of its cell, around the middle, that a vertex may move in: below 1, so that its slice can be told.
_CELL: Final = 0.98


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles between labels."""

    points: NDArray[
        np.float32
    ]  #: (n, 3), (x, y, z) in the units of the spacing, the first voxel's centre at 0
    normals: NDArray[np.float32]  #: (n, 3)
    triangles: NDArray[np.int32]  #: (m, 3), wound outward
    sides: NDArray[np.uint8]  #: (m, 2), the labels on their inner and outer side


def slab_mesh(level: Level, number: int, smoothing: int = SMOOTHING) -> Mesh | None:
    """Extract the surfaces in a slab, seamless with its neighbours'; None when it holds none.

    Every pair of neighbouring voxels belongs to exactly one slab, so no triangle is there twice. Points that
    only the halo's triangles used are left in.
    """
    low, first, end, high = level.slab(number)
    box = bounding_box(level.voxels[low:high])
    if box is None:
        return None
    rows, columns = box
    voxels = np.pad(level.voxels[low:high, rows, columns], 1)
    mesh = _mesh(surface_nets(voxels, level.spacing, smoothing))
    depth, height, width = level.spacing
    # No vertex leaves its cell, so the highest of a triangle tells between which slices it is.
    tops = np.floor(mesh.points[:, 2] / depth)[mesh.triangles].max(axis=1) + low - 1
    kept = (tops >= (first if first > low else -1)) & (tops < end)
    offset = np.array([(columns.start - 1) * width, (rows.start - 1) * height, (low - 1) * depth], np.float32)
    return Mesh(mesh.points + offset, mesh.normals, mesh.triangles[kept], mesh.sides[kept])


def bounding_box(voxels: Labels) -> tuple[slice, slice] | None:
    """Return the rows and columns that hold anything."""
    flat = voxels.max(axis=0)
    rows, columns = np.flatnonzero(flat.any(axis=1)), np.flatnonzero(flat.any(axis=0))
    if not rows.size:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def surface_nets(
    voxels: Labels, spacing: tuple[float, float, float], smoothing: int, *, quads: bool = False
) -> vtkPolyData:
    """Extract all surfaces of a volume with background all around, as triangles or quads. smoothing: iterations."""
    image = vtkImageData()
    image.SetDimensions(*voxels.shape[::-1])
    image.SetSpacing(*spacing[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.reshape(-1)))
    nets = vtkSurfaceNets3D()
    nets.SetInputData(image)
    values = np.flatnonzero(np.bincount(voxels.reshape(-1), minlength=256)[1:]) + 1
    nets.SetNumberOfLabels(len(values))
    for place, value in enumerate(values):
        nets.SetLabel(place, float(value))
    if quads:
        nets.SetOutputMeshTypeToQuads()
    else:
        nets.SetOutputMeshTypeToTriangles()
    nets.SetSmoothing(smoothing > 0)
    nets.SetNumberOfIterations(smoothing)
    nets.AutomaticSmoothingConstraintsOff()
    nets.SetConstraintStrategyToConstraintBox()
    nets.SetConstraintBox(*(_CELL * side for side in reversed(spacing)))
    nets.Update()
    surfaces: vtkPolyData = nets.GetOutput()
    return surfaces


def _points(data: vtkPolyData) -> NDArray[np.float32]:
    if not data.GetNumberOfPoints():
        return np.zeros((0, 3), np.float32)
    return np.array(vtk_to_numpy(data.GetPoints().GetData()), np.float32)


def _mesh(data: vtkPolyData) -> Mesh:
    shading = vtkTriangleMeshPointNormals()
    shading.SetInputData(data)
    shading.Update()
    normals = vtk_to_numpy(shading.GetOutput().GetPointData().GetNormals())
    triangles = vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    sides = vtk_to_numpy(data.GetCellData().GetArray("BoundaryLabels"))
    # Copies: VTK's own arrays have room to spare, which would be kept with them.
    return Mesh(_points(data), np.array(normals), triangles.astype(np.int32), sides.astype(np.uint8))
