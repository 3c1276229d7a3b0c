"""Offscreen window with the scene, its slice plane, box and orientation cube."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkFiltersSources import vtkOutlineSource, vtkPlaneSource
from vtkmodules.vtkRenderingAnnotation import vtkAnnotatedCubeActor
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkTexture
from vtkmodules.vtkRenderingOpenGL2 import vtkEGLRenderWindow, vtkOSOpenGLRenderWindow

from app.domain.errors import WorkerError
from app.pipeline.roles.render.render_view import CameraPose, Vector

_BACKGROUND: Final = (0.09, 0.10, 0.12)  # red, green, blue in [0, 1], by eye
_LINE: Final = (0.45, 0.48, 0.52)  # likewise
# Chosen by eye: the share of the shorter side that the cube takes, within pixels that keep its letters legible.
_CUBE_SIZE: Final = 0.16
_CUBE_LEAST: Final = 72
_CUBE_MOST: Final = 110
_PLANE_OPACITY: Final = 0.35  # of a slice without a picture: masks behind it stay visible
_WHITE: Final = np.full((1, 1, 3), 255, np.uint8)


class Stage:
    """The scene and, in its corner, an orientation cube, in an offscreen window.

    window: one that several stages use in turn, since to open one takes longer than to draw, and the graphics
    libraries leak memory with each; None for one of its own.
    """

    def __init__(self, faces: tuple[str, ...], window: Any = None) -> None:
        self.scene = vtkRenderer()
        self.scene.SetBackground(*_BACKGROUND)
        self._corner = vtkRenderer()
        self._corner.SetLayer(1)
        self._corner.InteractiveOff()
        self._corner.AddActor(_cube(faces))
        self._is_own = window is None
        self._window = open_window() if window is None else window
        self._window.SetNumberOfLayers(2)
        self._window.AddRenderer(self.scene)
        self._window.AddRenderer(self._corner)
        self._size = (0, 0)

    def set_camera(self, pose: CameraPose) -> None:
        """Set the camera; the cube turns along."""
        camera = self.scene.GetActiveCamera()
        camera.SetPosition(*pose.position)
        camera.SetFocalPoint(*pose.focus)
        camera.SetViewUp(*pose.up)
        camera.SetViewAngle(pose.angle)
        camera.SetClippingRange(pose.near, pose.far)
        outward = np.subtract(pose.position, pose.focus)
        corner = self._corner.GetActiveCamera()
        corner.SetPosition(*(outward / np.linalg.norm(outward) * 4.0))
        corner.SetFocalPoint(0.0, 0.0, 0.0)
        corner.SetViewUp(*pose.up)
        corner.SetClippingRange(1.0, 10.0)

    def render(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """Return the picture, uint8 (h, w, 4) RGBA, the top row first."""
        width, height = size
        if size != self._size:
            self._window.SetSize(width, height)
            side = min(max(_CUBE_SIZE * min(size), _CUBE_LEAST), _CUBE_MOST, min(size) / 2)
            self._corner.SetViewport(0.0, 0.0, side / width, side / height)
            self._size = size
        self._window.Render()
        data = vtkUnsignedCharArray()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 1, data)
        picture: NDArray[np.uint8] = vtk_to_numpy(data).reshape(height, width, 4)[::-1].copy()
        picture[..., 3] = 255
        return picture

    def close(self) -> None:
        """Leave the window and free the graphics memory of the scene."""
        for renderer in (self.scene, self._corner):
            self._window.RemoveRenderer(renderer)
            renderer.RemoveAllViewProps()
        if self._is_own:
            self._window.Finalize()


class SlicePicture:
    """The current slice as a plane in space, with its picture on it where there is one."""

    def __init__(self, place: vtkMatrix4x4) -> None:
        self._plane = vtkPlaneSource()
        mapper = vtkPolyDataMapper()
        mapper.SetInputConnection(self._plane.GetOutputPort())
        self._texture = vtkTexture()
        self._texture.InterpolateOn()
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.SetTexture(self._texture)
        self.actor.SetUserMatrix(place)
        self.actor.VisibilityOff()
        look = self.actor.GetProperty()
        look.LightingOff()
        look.EdgeVisibilityOn()
        look.SetEdgeColor(*_LINE)

    def show(self, corners: tuple[Vector, Vector, Vector], picture: NDArray[np.uint8] | None) -> None:
        """Show the slice. corners: first pixel, end of row, of column; picture: uint8 (h, w, 3) or None."""
        first, right, down = corners
        self._plane.SetOrigin(*first)
        self._plane.SetPoint1(*right)
        self._plane.SetPoint2(*down)
        self.actor.GetProperty().SetOpacity(_PLANE_OPACITY if picture is None else 1.0)
        self._texture.SetInputData(_image(_WHITE if picture is None else picture))
        self.actor.VisibilityOn()

    def hide(self) -> None:
        """Show no slice."""
        self.actor.VisibilityOff()


def box_actor(size: Vector, place: vtkMatrix4x4) -> vtkActor:
    """Return the edges of a volume of this size (x, y, z) in millimetres, centred on its first and last voxels."""
    source = vtkOutlineSource()
    source.SetBounds(0.0, size[0], 0.0, size[1], 0.0, size[2])
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.SetUserMatrix(place)
    actor.GetProperty().SetColor(*_LINE)
    actor.GetProperty().LightingOff()
    return actor


def vtk_matrix(matrix: NDArray[np.float64]) -> vtkMatrix4x4:
    """Return a (4, 4) array as VTK's matrix."""
    held = vtkMatrix4x4()
    held.DeepCopy(matrix.reshape(-1).tolist())
    return held


def open_window() -> Any:
    """Open a window without a screen: by EGL, which uses the graphics card or Mesa, else by OSMesa."""
    for kind in (vtkEGLRenderWindow, vtkOSOpenGLRenderWindow):
        window = kind()
        window.SetOffScreenRendering(1)
        window.SetMultiSamples(0)
        if window.SupportsOpenGL():
            return window
    raise WorkerError(
        "This machine can draw no 3D pictures without a screen.", remedy="Install Mesa's EGL (libegl1)."
    )


def _cube(faces: tuple[str, ...]) -> vtkAnnotatedCubeActor:
    cube = vtkAnnotatedCubeActor()
    plus_x, minus_x, plus_y, minus_y, plus_z, minus_z = faces
    cube.SetXPlusFaceText(plus_x)
    cube.SetXMinusFaceText(minus_x)
    cube.SetYPlusFaceText(plus_y)
    cube.SetYMinusFaceText(minus_y)
    cube.SetZPlusFaceText(plus_z)
    cube.SetZMinusFaceText(minus_z)
    cube.SetZFaceTextRotation(90)
    cube.SetFaceTextScale(0.6)
    cube.GetCubeProperty().SetColor(0.30, 0.33, 0.38)
    cube.GetTextEdgesProperty().SetColor(0.95, 0.95, 0.95)
    return cube


def _image(picture: NDArray[np.uint8]) -> vtkImageData:
    image = vtkImageData()
    image.SetDimensions(picture.shape[1], picture.shape[0], 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(picture).reshape(-1, 3), deep=True))
    return image
