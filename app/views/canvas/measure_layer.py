"""The ruler or the angle on the canvas, in screen pixels."""

import dearpygui.dearpygui as dpg

from app.domain.annotation import SequenceInfo
from app.views.canvas.measuring import Measuring
from app.views.canvas.viewport import Viewport
from app.views.toolkit.fonts import BODY
from app.views.toolkit.theme_colors import BACKGROUND, Sizes
from app.views.toolkit.widgets import text_width

LINE, SHADE = (255, 225, 80, 255), (0, 0, 0, 200)  # Yellow is what most viewers measure with.


class MeasureLayer:
    """A line through the points with what it measures beside its end."""

    def __init__(self, canvas: int, sizes: Sizes) -> None:
        self._layer = int(dpg.add_draw_layer(parent=canvas))
        self._sizes = sizes
        self._drawn: object = None

    def draw(self, measuring: Measuring | None, info: SequenceInfo | None, view: Viewport | None) -> None:
        """Redraw what has changed."""
        points = tuple(measuring.points) if measuring is not None else ()
        key = (points, view, info)
        if key == self._drawn:
            return
        self._drawn = key
        dpg.delete_item(self._layer, children_only=True)
        if measuring is None or info is None or view is None:
            return
        places = [list(view.to_canvas(*point)) for point in points]
        for color, width in ((SHADE, 4), (LINE, 2)):
            dpg.draw_polyline(places, color=color, thickness=width * self._sizes.scale, parent=self._layer)
        for place in places:
            dpg.draw_circle(place, self._sizes(4), color=SHADE, fill=LINE, parent=self._layer)
        self._write(measuring.text(info), places[-1])

    def _write(self, text: str, place: list[float]) -> None:
        size, pad = self._sizes(BODY), self._sizes(6)
        left, top = place[0] + self._sizes(12), place[1] - size / 2
        corner = (left + text_width(text, size, size) + 2 * pad, top + size + pad)
        shade = (*BACKGROUND, 220)
        dpg.draw_rectangle((left, top), corner, fill=shade, color=shade, rounding=4, parent=self._layer)
        dpg.draw_text((left + pad, top + pad / 2), text, size=size, color=LINE, parent=self._layer)
