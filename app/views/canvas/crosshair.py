"""Cross-hairs: where the other orientations of a scan cut the one that is shown."""

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color
from app.views.canvas.viewport import Viewport

GAP = 14.0  # Screen pixels left free around the point, so that the lines do not cover it.
# Axial, coronal and sagittal, as most viewers colour them.
COLORS: dict[str, Color] = {"axial": (222, 92, 92), "coronal": (96, 190, 110), "sagittal": (226, 190, 72)}


class Crosshair:
    """Lines on a canvas, in screen pixels, with a gap around the point itself."""

    def __init__(self, canvas: int) -> None:
        self.layer = int(dpg.add_draw_layer(parent=canvas))
        self._drawn: object = None

    def draw(
        self, view: Viewport | None, at: tuple[float, float] | None, upright: str = "", level: str = ""
    ) -> None:
        """Draw lines through an image point. upright, level: the orientations that the lines stand for."""
        key = (view, at, upright, level)
        if key == self._drawn:
            return
        self._drawn = key
        dpg.delete_item(self.layer, children_only=True)
        if view is None or at is None:
            return
        x, y = view.to_canvas(*at)
        (left, top), (right, bottom) = _corners(view)
        if left <= x <= right:
            self._line((x, top), (x, y - GAP), COLORS[upright])
            self._line((x, y + GAP), (x, bottom), COLORS[upright])
        if top <= y <= bottom:
            self._line((left, y), (x - GAP, y), COLORS[level])
            self._line((x + GAP, y), (right, y), COLORS[level])

    def _line(self, start: tuple[float, float], end: tuple[float, float], color: Color) -> None:
        if end[0] + end[1] > start[0] + start[1]:
            dpg.draw_line(start, end, color=(*color, 150), thickness=1, parent=self.layer)


def _corners(view: Viewport) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the corners of the part of the canvas that the image fills."""
    across, down = view.image_width * view.scale, view.image_height * view.scale * view.aspect
    return (
        (max(view.left, 0.0), max(view.top, 0.0)),
        (min(view.left + across, view.width), min(view.top + down, view.height)),
    )
