"""Prompt markers: plus and minus signs of the same size at every zoom, and lines of boxes, scribbles and lassos."""

import dearpygui.dearpygui as dpg

from app.domain.annotation import Click, Point
from app.domain.model_prompts import Box, Prompt, Scribble
from app.views.canvas.viewport import Viewport
from app.views.toolkit.theme_colors import NEGATIVE, POSITIVE

LINE_WIDTH = 2.0  # Screen pixels, by eye.


class PromptMarkers:
    """Markers on the canvas, in screen pixels."""

    def __init__(self, canvas: int) -> None:
        self._layer = int(dpg.add_draw_layer(parent=canvas))
        self._drawn: object = None

    def draw(self, prompts: tuple[Prompt, ...], view: Viewport | None, radius: int) -> None:
        """Draw markers of a radius in screen pixels; none at radius 0."""
        key = (prompts, view, radius)
        if key == self._drawn:
            return
        self._drawn = key
        dpg.delete_item(self._layer, children_only=True)
        if view is None or radius <= 0:
            return
        for prompt in prompts:
            if isinstance(prompt, Click):
                self._mark(view.to_canvas(prompt.x, prompt.y), prompt.positive, float(radius))
            else:
                self._outline(prompt, view)

    def _outline(self, prompt: Prompt, view: Viewport) -> None:
        """Draw a line in the colour of its sign over a darker, wider one, which stands out from any picture."""
        if isinstance(prompt, Box):
            left, top, right, bottom = prompt.left, prompt.top, prompt.right, prompt.bottom
            points: tuple[Point, ...] = ((left, top), (right, top), (right, bottom), (left, bottom))
        else:
            assert not isinstance(prompt, Click)
            points = prompt.points
        drawn = [list(view.to_canvas(x, y)) for x, y in points]
        is_scribble = isinstance(prompt, Scribble)
        color = POSITIVE if not isinstance(prompt, Scribble) or prompt.positive else NEGATIVE
        for shade, width in (((0, 0, 0, 200), LINE_WIDTH + 2), ((*color, 255), LINE_WIDTH)):
            dpg.draw_polyline(drawn, closed=not is_scribble, color=shade, thickness=width, parent=self._layer)

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
