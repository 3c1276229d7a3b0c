"""Boxes around text and faces that were found on the frame, in screen pixels."""

import dearpygui.dearpygui as dpg

from app.domain.finding import Finding
from app.views.canvas.viewport import Viewport
from app.views.toolkit.theme_colors import WARNING


class FindingLayer:
    """Thin rectangles, which take no mouse."""

    def __init__(self, canvas: int) -> None:
        self._layer = int(dpg.add_draw_layer(parent=canvas))
        self._drawn: object = None

    def draw(self, found: tuple[Finding, ...], view: Viewport | None) -> None:
        """Redraw what has changed."""
        if (found, view) == self._drawn:
            return
        self._drawn = (found, view)
        dpg.delete_item(self._layer, children_only=True)
        if view is None:
            return
        for box in found:
            # Coordinates are those of pixel centres, so that a box begins half a pixel before its first one.
            left, top = box.x - 0.5, box.y - 0.5
            corners = view.to_canvas(left, top), view.to_canvas(left + box.width, top + box.height)
            dpg.draw_rectangle(*corners, color=(*WARNING, 220), thickness=1.5, parent=self._layer)
