"""The editable outlines: lines for all polygons, handles for the focused one."""

import dearpygui.dearpygui as dpg
import numpy as np

from app.domain.annotation import Color, Point
from app.views.canvas.gestures import VertexDrag
from app.views.canvas.hit_testing import Hit, ObjectPolygons, Shapes
from app.views.canvas.interaction import CanvasInteraction
from app.views.canvas.viewport import Viewport
from app.views.toolkit.theme_colors import TEXT, mix_colors, with_alpha

# Handles drawn at once: 1,000 circles were measured to cost 18 ms a frame in software, so 240 cost about 4.
MOST_HANDLES = 240
# Line widths and radii in screen pixels, by eye.
THIN, THICK = 1.5, 2.5
HANDLE, GRABBED = 4.0, 6.5


class OutlineLayer:
    """Outlines on a draw node in image coordinates; lines and circles keep their size on screen."""

    def __init__(self, node: int) -> None:
        self._lines = int(dpg.add_draw_node(parent=node))
        self._handles = int(dpg.add_draw_node(parent=node))
        self._items: dict[tuple[int, int, int], int] = {}
        self._drawn: tuple[ObjectPolygons, dict[int, Color]] = ((), {})
        self._previewed: tuple[int, int, int] | None = None
        self._highlighted: tuple[int, int] | None = None
        self._handles_drawn: object = None

    def draw(self, interaction: CanvasInteraction, colors: dict[int, Color]) -> None:
        """Redraw what has changed. colors: by object id."""
        outlines = interaction.shapes.shown
        if self._drawn[0] is not outlines or self._drawn[1] != colors:
            self._redraw(outlines, colors)
        self._preview_drag(interaction)
        focus = interaction.focused_polygon()
        self._highlight_polygon(focus)
        self._show_handles(interaction, focus, colors)

    def _redraw(self, outlines: ObjectPolygons, colors: dict[int, Color]) -> None:
        dpg.delete_item(self._lines, children_only=True)
        self._items.clear()
        self._previewed = self._highlighted = None
        for object_id, polygons in outlines:
            color = with_alpha(mix_colors(colors.get(object_id, TEXT), (255, 255, 255), 0.25), 0.95)
            for polygon, shape in enumerate(polygons):
                for ring, points in enumerate(shape.rings):
                    self._items[object_id, polygon, ring] = int(
                        dpg.draw_polyline(
                            _listed(points), closed=True, color=color, thickness=THIN, parent=self._lines
                        )
                    )
        self._drawn = (outlines, dict(colors))

    def _preview_drag(self, interaction: CanvasInteraction) -> None:
        """Draw a ring with the vertex that is being dragged."""
        drag = interaction.gesture if isinstance(interaction.gesture, VertexDrag) else interaction.preview
        key = (drag.hit.object_id, drag.hit.polygon, drag.hit.ring) if drag else None
        if self._previewed is not None and self._previewed != key and self._previewed in self._items:
            object_id, polygon, ring = self._previewed
            points = interaction.shapes.polygons(object_id)[polygon].rings[ring]
            dpg.configure_item(self._items[self._previewed], points=_listed(points))
        if drag is not None and key in self._items:
            dpg.configure_item(self._items[key], points=_listed(drag.ring()))
        self._previewed = key

    def _highlight_polygon(self, focus: Hit | None) -> None:
        wanted = (focus.object_id, focus.polygon) if focus else None
        if wanted == self._highlighted:
            return
        for key, item in self._items.items():
            if key[:2] in (wanted, self._highlighted):
                dpg.configure_item(item, thickness=THICK if key[:2] == wanted else THIN)
        self._highlighted = wanted

    def _show_handles(
        self, interaction: CanvasInteraction, focus: Hit | None, colors: dict[int, Color]
    ) -> None:
        drag = interaction.gesture if isinstance(interaction.gesture, VertexDrag) else interaction.preview
        moved = drag.point if drag else None
        key = (interaction.shapes.shown, focus, interaction.view, moved)
        if key == self._handles_drawn:
            return
        self._handles_drawn = key
        dpg.delete_item(self._handles, children_only=True)
        if focus is None or interaction.view is None:
            return
        fill = (*colors.get(focus.object_id, TEXT), 255)
        for x, y in handles(interaction.shapes, focus, interaction.view, skipped=drag.hit if drag else None):
            self._handle((x, y), HANDLE, fill)
        grabbed = moved or (focus.point if focus.part == "vertex" and drag is None else None)
        if grabbed is not None:
            self._handle(grabbed, GRABBED, (255, 255, 255, 255))
        elif focus.part == "edge":
            self._handle(focus.point, HANDLE, (255, 255, 255, 120))

    def _handle(self, point: Point, radius: float, fill: tuple[int, int, int, int]) -> None:
        dpg.draw_circle(
            point,
            radius,
            color=(255, 255, 255, 230),
            fill=fill,
            segments=8,
            thickness=1,
            parent=self._handles,
        )


def handles(shapes: Shapes, focus: Hit, view: Viewport, skipped: Hit | None = None) -> list[list[float]]:
    """Return the vertices (x, y) of a polygon to show handles for.

    Only those in view, and when these are many, those nearest to the point in focus.
    """
    points, places = shapes.vertices(focus)
    left, top, right, bottom = view.seen()
    wanted = np.all((points >= (left, top)) & (points <= (right, bottom)), axis=1)
    if skipped is not None and (skipped.object_id, skipped.polygon) == (focus.object_id, focus.polygon):
        wanted[places.index((skipped.ring, skipped.index))] = False
    points = points[wanted]
    if len(points) > MOST_HANDLES:
        squares = np.square(points - focus.point).sum(axis=1)
        points = points[np.argpartition(squares, MOST_HANDLES)[:MOST_HANDLES]]
    return [[float(x), float(y)] for x, y in points]


def _listed(points: tuple[Point, ...]) -> list[list[float]]:
    return [list(point) for point in points]
