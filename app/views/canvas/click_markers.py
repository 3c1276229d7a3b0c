"""Click markers: plus and minus signs of the same size at every zoom."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from app.domain.annotation import Click
from app.views.canvas.viewport import Viewport
from app.views.toolkit.theme_colors import NEGATIVE, POSITIVE


class ClickMarkers:
    """Markers on the canvas, in screen pixels."""

    def __init__(self, canvas: int) -> None:
        self._layer = int(dpg.add_draw_layer(parent=canvas))
        self._drawn: object = None

    def draw(self, clicks: tuple[Click, ...], view: Viewport | None, radius: int) -> None:
        """Draw markers of a radius in screen pixels; none at radius 0."""
        key = (clicks, view, radius)
        if key == self._drawn:
            return
        self._drawn = key
        dpg.delete_item(self._layer, children_only=True)
        if view is None or radius <= 0:
            return
        for click in clicks:
            self._mark(view.to_canvas(click.x, click.y), click.positive, float(radius))

    def _mark(self, at: tuple[float, float], positive: bool, radius: float) -> None:
        color = POSITIVE if positive else NEGATIVE
        x, y = at
        # A white ring between two dark ones stands out from any picture and from a mask of the marker's own colour.
        for wider, shade in ((3.5, (0, 0, 0, 200)), (2.5, (255, 255, 255, 255)), (1.0, (0, 0, 0, 200))):
            dpg.draw_circle(at, radius + wider, color=shade, fill=shade, parent=self._layer)
        dpg.draw_circle(at, radius, color=(*color, 255), fill=(*color, 255), parent=self._layer)
        arm = radius * 0.55
        if arm < 1.5:
            return
        white = {"color": (255, 255, 255, 255), "thickness": max(radius / 4, 1.0), "parent": self._layer}
        dpg.draw_line((x - arm, y), (x + arm, y), **white)
        if positive:
            dpg.draw_line((x, y - arm), (x, y + arm), **white)
