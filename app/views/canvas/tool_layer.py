"""Drawing of the active tool over the frame: the footprint of the brush, and lines under way."""

import dearpygui.dearpygui as dpg

from app.domain.annotation import Point
from app.views.canvas.interaction import CanvasInteraction

DARK, LIGHT = (0, 0, 0, 200), (255, 255, 255, 255)  # RGBA; together they are seen on any picture
WIDTH = 1.5  # Screen pixels of a line, by eye; the dark one around it is twice as wide.


class ToolLayer:
    """Drawn on the canvas in screen pixels, in dark and light so that it shows on any picture."""

    def __init__(self, canvas: int) -> None:
        self._layer = int(dpg.add_draw_layer(parent=canvas))
        self._drawn: object = None

    def draw(self, interaction: CanvasInteraction) -> None:
        """Redraw what has changed."""
        tools, view, mouse = interaction.tools, interaction.view, interaction.mouse
        line = interaction.drawn_line()
        footprint = mouse if tools.tool.has_size else None
        key = (tools, view, footprint, line)
        if key == self._drawn:
            return
        self._drawn = key
        dpg.delete_item(self._layer, children_only=True)
        if view is None:
            return
        if footprint is not None:
            self._footprint(footprint, tools.size / 2 * view.scale, is_square=tools.square)
        if line:
            is_open = interaction.polygon is None
            self._line([view.to_canvas(*point) for point in line], is_open=is_open)

    def _footprint(self, at: Point, radius: float, *, is_square: bool) -> None:
        x, y = at[0] + 0.5, at[1] + 0.5
        for color, width in ((DARK, 2 * WIDTH), (LIGHT, WIDTH)):
            style = {"color": color, "thickness": width, "parent": self._layer}
            if is_square:
                dpg.draw_rectangle((x - radius, y - radius), (x + radius, y + radius), **style)
            else:
                dpg.draw_circle((x, y), radius, **style)

    def _line(self, points: list[Point], *, is_open: bool) -> None:
        corners = [list(point) for point in points]
        for color, width in ((DARK, 2 * WIDTH), (LIGHT, WIDTH)):
            dpg.draw_polyline(corners, closed=not is_open, color=color, thickness=width, parent=self._layer)
        if not is_open:
            for point in points[:-1]:
                dpg.draw_circle(point, 3, color=DARK, fill=LIGHT, parent=self._layer)
