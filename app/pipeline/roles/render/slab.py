"""A slab of surfaces as one actor, recoloured without its voxels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkProperty

from app.pipeline.roles.render.surfaces import Mesh


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours and visibility of labels.

    The smaller of two labels that touch gives the face between them its colour, since it may be inside the other.
    """

    colors: NDArray[np.uint8]  #: (256, 3) RGB by value
    shown: NDArray[np.bool_]  #: (256,); shown[0] is False
    sizes: NDArray[np.int64]  #: (256,), voxels of every label

    def visible_labels(self, sides: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the label that each face between labels (m, 2) shows; a hidden one where it shows none."""
        first, second = sides[:, 0], sides[:, 1]
        turned = self.shown[second] & (~self.shown[first] | (self.sizes[second] < self.sizes[first]))
        return np.where(turned, second, first)


class SlabActor:
    """Draws one mesh. look: the property that all slabs share; place: the matrix to the world."""

    def __init__(self, look: vtkProperty, place: vtkMatrix4x4) -> None:
        self.actor = vtkActor()
        self.actor.SetProperty(look)
        self.actor.SetUserMatrix(place)
        self.actor.VisibilityOff()
        self._mapper = vtkPolyDataMapper()
        self._mapper.SetScalarModeToUseCellData()
        self._mapper.SetColorModeToDirectScalars()
        self.actor.SetMapper(self._mapper)
        # In a mirrored world the front of a triangle would be taken for its back, and lit from behind.
        self._turned = place.Determinant() < 0
        self.mesh: Mesh | None = None
        self.triangles = 0

    def set_mesh(self, mesh: Mesh | None, paint: Paint) -> None:
        """Show another mesh."""
        self.mesh = mesh
        self.paint(paint)

    def paint(self, paint: Paint) -> None:
        """Show the mesh in other colours, or other labels of it."""
        mesh = self.mesh
        self.triangles = 0
        if mesh is None:
            self._mapper.SetInputData(vtkPolyData())
            return
        seen = paint.visible_labels(mesh.sides)
        kept = paint.shown[seen]
        triangles = mesh.triangles if kept.all() else mesh.triangles[kept]
        self.triangles = len(triangles)
        wound = triangles[:, ::-1] if self._turned else triangles
        self._mapper.SetInputData(_poly(mesh, wound, paint.colors[seen[kept]]))

    def bounds(self) -> NDArray[np.float64] | None:
        """Return lowest and highest (x, y, z) of what is drawn, (2, 3)."""
        if self.mesh is None or not self.triangles:
            return None
        box = np.array(self._mapper.GetBounds()).reshape(3, 2)
        return box.T


def _poly(mesh: Mesh, triangles: NDArray[np.int32], colors: NDArray[np.uint8]) -> vtkPolyData:
    """Return arrays as VTK's data without a copy: a mesh may have millions of triangles."""
    data = vtkPolyData()
    points = vtkPoints()
    points.SetData(numpy_to_vtk(mesh.points))
    data.SetPoints(points)
    cells = vtkCellArray()
    cells.SetData(3, numpy_to_vtk(np.ascontiguousarray(triangles).reshape(-1)))
    data.SetPolys(cells)
    data.GetPointData().SetNormals(numpy_to_vtk(mesh.normals))
    data.GetCellData().SetScalars(numpy_to_vtk(np.ascontiguousarray(colors)))
    return data
