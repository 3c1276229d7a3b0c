"""The 3D preview: all labels as surfaces in their colours, at true proportions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkProperty

from app.domain.camera import OrbitCamera
from app.domain.closeable import Closeable
from app.domain.errors import UsageError
from app.pipeline.roles.render.grid import LabelGrid, Labels, Level, Shape
from app.pipeline.roles.render.render_view import (
    SCAN_FACES,
    VIDEO_FACES,
    Vector,
    place_camera,
    plane_corners,
    world_of,
)
from app.pipeline.roles.render.slab import Paint, SlabActor
from app.pipeline.roles.render.stage import SlicePicture, Stage, box_actor, vtk_matrix
from app.pipeline.roles.render.surfaces import slab_mesh

Quality = Literal["coarse", "full"]
Focus = Literal["volume", "labels"]

_LARGEST_SIDE: Final = 8192  # pixels; a square picture of it takes 256 MiB


@dataclass(frozen=True, slots=True)
class SlicePlace:
    """A slice to show in space. axis, row_axis, column_axis: of the array (z, y, x); picture: RGB or None."""

    axis: int
    index: int
    row_axis: int
    column_axis: int
    picture: NDArray[np.uint8] | None = None

    @classmethod
    def of(cls, axis: int, index: int, picture: NDArray[np.uint8] | None = None) -> Self:
        """A slice whose picture has its other two axes in stored order."""
        row_axis, column_axis = (other for other in range(3) if other != axis)
        return cls(axis, index, row_axis, column_axis, picture)


class Preview(Closeable):
    """Label volume drawn as surfaces. For one thread that has no window: OpenGL contexts are not shared.

    shape: frames, rows, columns. spacing, direction: of a scan, as in SequenceInfo; both None for a video,
    which becomes a solid in space and time. colors: RGB by label value. budget: voxels that are kept at most.
    window: see Stage.
    """

    def __init__(
        self,
        shape: Shape,
        spacing: Vector | None = None,
        direction: tuple[float, ...] | None = None,
        *,
        colors: Mapping[int, tuple[int, int, int]] | None = None,
        budget: int | None = None,
        window: Any = None,
    ) -> None:
        if min(shape) < 1:
            raise UsageError("A preview needs a volume.", subject=shape)
        self._grid = LabelGrid(shape, spacing, budget)
        self._is_scan = spacing is not None
        # A small volume has one level, which is always fine.
        self._levels: dict[Quality, Level] = {"full": self._grid.full}
        if self._grid.coarse is not self._grid.full:
            self._levels["coarse"] = self._grid.coarse
        direction = direction or ((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0) if self._is_scan else None)
        self._world = world_of(shape, self._grid.spacing, direction)
        self._stage = Stage(SCAN_FACES if self._is_scan else VIDEO_FACES, window)
        self._place = vtk_matrix(self._world)
        self._look = vtkProperty()
        self._look.SetSpecular(0.15)
        self._look.SetSpecularPower(20.0)
        self._slabs = {quality: self._actors(level) for quality, level in self._levels.items()}
        self._slice = SlicePicture(self._place)
        self._stage.scene.AddActor(self._slice.actor)
        self._stage.scene.AddActor(box_actor(self._size, self._place))
        self._paint = Paint(_palette(colors or {}), _shown(()), self._grid.coarse.sizes)
        self._drawn: Quality = "coarse"

    def set_colors(self, colors: Mapping[int, tuple[int, int, int]]) -> None:
        """Set the colours of labels, RGB by value."""
        self._repaint(replace(self._paint, colors=_palette(colors)))

    def set_slices(self, first: int, labels: Labels) -> bool:
        """Take in frames first, first + 1, … as uint8 (k, h, w); return whether anything looks different now.

        Raises UsageError for frames outside the volume.
        """
        depth, height, width = self._grid.shape
        if labels.ndim != 3 or labels.shape[1:] != (height, width) or not 0 <= first <= depth - len(labels):
            raise UsageError(f"There are no frames of {labels.shape} at {first}.", subject=self._grid.shape)
        return self._grid.set_slices(first, labels)

    @property
    def shape(self) -> Shape:
        """Frames, rows, columns as they come in."""
        return self._grid.shape

    def is_frame_shown(self, frame: int) -> bool:
        """Return whether a frame is shown: of a long video only some are."""
        return self._grid.is_frame_shown(frame)

    @property
    def is_fine(self) -> bool:
        """Whether a full picture would look no better than the last one."""
        return self._drawn == "full" and not self._grid.full.stale

    @property
    def triangles(self) -> int:
        """Number of triangles of the last picture."""
        slabs = (slab for level in self._slabs.values() for slab in level)
        return sum(slab.triangles for slab in slabs if slab.actor.GetVisibility())

    def render(
        self,
        size: tuple[int, int],
        azimuth: float = 0.0,
        elevation: float = 0.0,
        zoom: float = 1.0,
        *,
        shift: Sequence[float] = (0.0, 0.0),
        opacity: float = 1.0,
        hidden: Collection[int] = (),
        plane: SlicePlace | tuple[int, int] | None = None,
        quality: Quality = "full",
        focus: Focus = "volume",
        beat: Callable[[], None] | None = None,
    ) -> NDArray[np.uint8]:
        """Return a picture, uint8 (h, w, 4) RGBA.

        size: width and height. azimuth: degrees around the body, 0 from the front, 90 from its left side;
        elevation: degrees above. shift: how far it is moved to the right and up, in radii of what fills the
        picture. opacity: of all surfaces, 0 to 1. hidden: label values not to show.
        plane: the slice to show, or (axis of the array, index). quality: "coarse" is there at once,
        "full" takes longer the more slabs have changed. focus: what fills the picture at zoom 1.
        beat: called between steps; what it raises stops the work, and the next call goes on from there.
        """
        if not all(1 <= side <= _LARGEST_SIDE for side in size):
            raise UsageError("A picture cannot be of this size.", subject=size)
        self._repaint(replace(self._paint, shown=_shown(hidden)))
        quality = quality if quality in self._levels else "full"
        self._update(quality, beat or _nothing)
        self._look.SetOpacity(min(max(opacity, 0.0), 1.0))
        self._show(quality)
        self._drawn = quality
        self._show_slice(plane)
        middle, radius = self._sphere(focus, quality)
        right, up = shift
        orbit = OrbitCamera(azimuth, elevation, zoom, right, up)
        self._stage.set_camera(place_camera(size, orbit, middle, radius, self._reach(middle)))
        return self._stage.render(size)

    def close(self) -> None:
        """Release the window, or leave the one that was given."""
        self._stage.close()

    @property
    def _size(self) -> Vector:
        """The volume's extent along i, j, k in millimetres, from first to last voxel."""
        extent = [(n - 1) * s for n, s in zip(self._grid.shape, self._grid.spacing, strict=True)]
        return extent[2], extent[1], extent[0]

    def _actors(self, level: Level) -> list[SlabActor]:
        slabs = [SlabActor(self._look, self._place) for _ in range(level.slabs)]
        for slab in slabs:
            self._stage.scene.AddActor(slab.actor)
        return slabs

    def _repaint(self, paint: Paint) -> None:
        old = self._paint
        if np.array_equal(paint.colors, old.colors) and np.array_equal(paint.shown, old.shown):
            return
        self._paint = paint
        for slabs in self._slabs.values():
            for slab in slabs:
                slab.paint(paint)

    def _update(self, quality: Quality, beat: Callable[[], None]) -> None:
        """Extract the surfaces of the slabs that have changed."""
        level = self._levels[quality]
        for number in sorted(level.stale):
            beat()
            self._slabs[quality][number].set_mesh(slab_mesh(level, number), self._paint)
            level.stale.discard(number)

    def _show(self, quality: Quality) -> None:
        for name, slabs in self._slabs.items():
            for slab in slabs:
                slab.actor.SetVisibility(name == quality and slab.triangles > 0)

    def _show_slice(self, plane: SlicePlace | tuple[int, int] | None) -> None:
        if plane is None:
            self._slice.hide()
            return
        if not isinstance(plane, SlicePlace):
            plane = SlicePlace.of(*plane)
        axes = (plane.axis, plane.index, plane.row_axis, plane.column_axis)
        self._slice.show(plane_corners(self._grid.shape, self._grid.spacing, *axes), plane.picture)

    def _reach(self, middle: Vector) -> float:
        """Return the largest distance of the volume from a point."""
        return float(np.linalg.norm(self._size)) / 2 + float(np.linalg.norm(middle))

    def _sphere(self, focus: Focus, quality: Quality) -> tuple[Vector, float]:
        """Return middle and radius of the ball to be seen: around the volume, or around its labels as drawn."""
        boxes = [box for slab in self._slabs[quality] if (box := slab.bounds()) is not None]
        if focus == "volume" or not boxes:
            return (0.0, 0.0, 0.0), float(np.linalg.norm(self._size)) / 2
        low, high = np.min([box[0] for box in boxes], axis=0), np.max([box[1] for box in boxes], axis=0)
        middle = self._world[:3, :3] @ ((low + high) / 2) + self._world[:3, 3]
        return (float(middle[0]), float(middle[1]), float(middle[2])), float(np.linalg.norm(high - low)) / 2


def _palette(colors: Mapping[int, tuple[int, int, int]]) -> NDArray[np.uint8]:
    palette = np.full((256, 3), 200, np.uint8)
    for value, color in colors.items():
        palette[value] = color
    return palette


def _shown(hidden: Collection[int]) -> NDArray[np.bool_]:
    shown = np.ones(256, np.bool_)
    shown[[0, *hidden]] = False
    return shown


def _nothing() -> None:
    """Do nothing."""
