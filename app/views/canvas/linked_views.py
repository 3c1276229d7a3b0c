"""The two other orientations of a scan, beside the canvas; a click there moves the cross-hairs."""

from collections.abc import Callable, Sequence

import dearpygui.dearpygui as dpg

from app.domain.annotation import Orientation
from app.domain.frame_order import order_of
from app.imaging.volume_geometry import (
    SlicePlane,
    VolumeGeometry,
    frame_with,
    geometry_of,
    orientation_by_axis,
    place_of,
)
from app.messages.events import CrossMoved, Event
from app.messages.picture import LinkedPicture, LinkedPictures
from app.messages.snapshot import Snapshot
from app.views.canvas.compass import Compass
from app.views.canvas.crosshair import COLORS, Crosshair
from app.views.canvas.image_layer import SHARP_FROM
from app.views.canvas.viewport import Viewport
from app.views.toolkit.layout import Area
from app.views.toolkit.textures import Texture
from app.views.toolkit.theme_colors import BACKGROUND, MUTED, Sizes
from app.views.toolkit.widgets import ChangeTracker, set_bounds


class LinkedView:
    """A slice in another orientation, as large as its pane."""

    def __init__(self, pane: int, texture: Texture, sizes: Sizes) -> None:
        self.pane = pane
        self.item = int(dpg.add_drawlist(10, 10, parent=pane))
        self._texture, self._sizes = texture, sizes
        self._cross = Crosshair(self.item)
        self._image = self._draw()
        self.compass = Compass(self.item, sizes)
        self._title = int(dpg.add_draw_layer(parent=self.item))
        self._changes = ChangeTracker()
        self.area: Area = (0, 0, 10, 10)
        self._plane: SlicePlane | None = None
        self._view: Viewport | None = None
        self._has_sides = False
        self.title_corner = (0, 0)
        self._index = 0

    @property
    def orientation(self) -> Orientation | None:
        """The orientation that is shown, None while there is none."""
        return None if self._plane is None else self._plane.orientation

    def resize(self, area: Area) -> None:
        """Set position and size, in window pixels."""
        self.area = area
        set_bounds(self.pane, *area)
        dpg.configure_item(self.item, width=area[2], height=area[3])
        self._fit()

    def clear(self) -> None:
        """Show nothing."""
        self._plane = self._view = None
        dpg.configure_item(self._image, show=False)
        self._cross.draw(None, None)
        self.compass.draw(None, None)

    def show(self, picture: LinkedPicture, geometry: VolumeGeometry, *, is_partial: bool) -> None:
        """Show a slice of a scan."""
        self._plane, self._index = geometry.plane(picture.orientation), picture.index
        self._has_sides = geometry.direction is not None
        self._texture.write(picture.image)
        if dpg.get_item_user_data(self._image) != self._texture.item:
            dpg.delete_item(self._image)
            self._image = self._draw()
        self._fit()
        if self._changes.is_new("title", (picture.orientation, picture.index, is_partial)):
            self._write(f"{picture.orientation} {picture.index}", " · still loading" if is_partial else "")

    def draw(self, voxel: tuple[float, float, float], lines: dict[int, Orientation]) -> None:
        """Draw the cross-hairs at a voxel. lines: the orientation that slices each axis of the voxel array."""
        plane = self._plane
        if plane is None:
            return
        at = (voxel[plane.column_axis], voxel[plane.row_axis])
        self._cross.draw(self._view, at, lines[plane.column_axis], lines[plane.row_axis])
        self.compass.draw(self._view, plane.orientation if self._has_sides else None, self.title_corner)

    def is_under_mouse(self) -> bool:
        """Return whether the mouse is over the slice and nothing covers it."""
        return self._plane is not None and bool(dpg.is_item_hovered(self.item))

    def voxel_at(self, x: int, y: int) -> tuple[float, float, float] | None:
        """Return the voxel of the slice that is nearest to a window position."""
        if self._plane is None or self._view is None:
            return None
        point = self._view.clamped(*self._view.point_at(x - self.area[0], y - self.area[1]))
        return self._plane.voxel(self._index, round(point[0]), round(point[1]))

    def step_voxel(self, voxel: tuple[float, float, float], steps: int) -> tuple[float, float, float]:
        """Return the voxel some slices of this orientation further."""
        if self._plane is None:
            return voxel
        at = list(voxel)
        at[self._plane.axis] = min(max(at[self._plane.axis] + steps, 0), self._plane.frames - 1)
        return at[0], at[1], at[2]

    def _fit(self) -> None:
        plane = self._plane
        if plane is None:
            return
        view = Viewport.fit(
            self.area[2],
            self.area[3],
            plane.width,
            plane.height,
            aspect=plane.aspect,
            flip_x=plane.flip_x,
            flip_y=plane.flip_y,
        )
        self._texture.sharpen(min(map(abs, view.steps)) >= SHARP_FROM)
        if view != self._view or not dpg.is_item_shown(self._image):
            self._view = view
            low, high = view.to_canvas(-0.5, -0.5), view.to_canvas(plane.width - 0.5, plane.height - 0.5)
            dpg.configure_item(self._image, show=True, pmin=low, pmax=high)

    def _draw(self) -> int:
        item, corner = self._texture.item, (0, 0)
        options = {"parent": self.item, "before": self._cross.layer, "user_data": item, "show": False}
        return int(dpg.draw_image(item, corner, corner, **options))

    def _write(self, title: str, note: str) -> None:
        dpg.delete_item(self._title, children_only=True)
        size, left, top = self._sizes(14), self._sizes(10), self._sizes(8)
        width = round(len(title + note) * size * 0.52) + self._sizes(12)
        self.title_corner = corner = (left + width, top + size + self._sizes(6))
        ground = {"fill": (*BACKGROUND, 200), "color": (0, 0, 0, 0), "rounding": 5}
        dpg.draw_rectangle((left, top), corner, parent=self._title, **ground)
        color = MUTED if note else COLORS[title.split()[0]]
        position = (left + self._sizes(6), top + self._sizes(1))
        dpg.draw_text(position, title + note, size=size, color=color, parent=self._title)


class LinkedViews:
    """Both linked views. post: sends an event to the Session."""

    def __init__(self, views: Sequence[LinkedView], post: Callable[[Event], None]) -> None:
        self.views, self._post = tuple(views), post
        self._held: LinkedView | None = None
        self._snapshot = Snapshot()
        self._pictures: LinkedPictures | None = None
        self._changes = ChangeTracker()
        self._arranged: Sequence[Area] = ()

    @property
    def count(self) -> int:
        """The number of panes wanted now."""
        info = self._snapshot.sequence.info
        is_scan = info is not None and info.kind == "volume"
        return len(self.views) if is_scan and self._snapshot.view.linked else 0

    def refresh(self, snapshot: Snapshot, pictures: LinkedPictures | None) -> None:
        """Accept a new Snapshot, and pictures if there are new ones."""
        self._snapshot = snapshot
        self._pictures = pictures or self._pictures
        info, shown = snapshot.sequence.info, self._pictures
        if (
            info is None
            or shown is None
            or (shown.sequence, shown.orientation) != (info.path, info.orientation)
        ):
            self._pictures = None
            for view in self.views:
                view.clear()
        elif pictures is not None:
            geometry = geometry_of(info)
            for view, picture in zip(self.views, shown.pictures, strict=False):
                view.show(picture, geometry, is_partial=shown.is_partial)

    def arrange(self, areas: Sequence[Area]) -> None:
        """Set the areas of the views, in window pixels; a view without one is hidden."""
        self._arranged = tuple(areas)
        for view, area in zip(self.views, (*areas, None, None), strict=False):
            dpg.configure_item(view.pane, show=area is not None)
            if area is not None:
                view.resize(area)

    def draw(self) -> None:
        """Redraw the cross-hairs if they moved."""
        snapshot = self._snapshot
        info, key = snapshot.sequence.info, (snapshot.sequence.frame, snapshot.sequence.cross, self._arranged)
        if not self._changes.is_new("cross", (info, key, id(self._pictures))):
            return
        voxel = self.voxel
        if voxel is not None and info is not None:
            lines = orientation_by_axis(info)
            for view in self.views:
                view.draw(voxel, lines)

    def is_under_mouse(self) -> bool:
        """Return whether the mouse is over one of the views."""
        return any(view.is_under_mouse() for view in self.views)

    def press(self, x: int, y: int) -> None:
        """Move the cross-hairs to a point of a view, and let them follow the drag."""
        self._held = next((view for view in self.views if view.is_under_mouse()), None)
        self.move(x, y)

    def move(self, x: int, y: int) -> None:
        """Handle a mouse position; the cross-hairs follow it while the button is held."""
        voxel = None if self._held is None else self._held.voxel_at(x, y)
        if voxel is not None:
            self._move_to(voxel)

    def release(self) -> None:
        """End the drag."""
        self._held = None

    def wheel(self, notches: float) -> None:
        """Step through the slices of the view under the mouse."""
        view = next((view for view in self.views if view.is_under_mouse()), None)
        if view is not None and self.voxel is not None:
            self._move_to(view.step_voxel(self.voxel, round(-notches)))

    @property
    def voxel(self) -> tuple[float, float, float] | None:
        """The voxel (k, j, i) where the cross-hairs meet."""
        info = self._snapshot.sequence.info
        if info is None or info.kind != "volume":
            return None
        return place_of(info, self._snapshot.sequence.frame, self._snapshot.sequence.cross)

    def _move_to(self, voxel: tuple[float, float, float]) -> None:
        info = self._snapshot.sequence.info
        if info is None or voxel == self.voxel:
            return
        frame, x, y = frame_with(info, order_of(info).time_of(self._snapshot.sequence.frame), voxel)
        self._post(CrossMoved(frame, x, y))
