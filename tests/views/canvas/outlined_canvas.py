"""A canvas with the outlines of two objects on it, and places of the image on the screen."""

from __future__ import annotations

from app.domain.annotation import Polygon
from app.views.canvas.interaction import CanvasInteraction
from app.views.canvas.viewport import Viewport

SQUARE = Polygon((((10.0, 10.0), (50.0, 10.0), (50.0, 50.0), (10.0, 50.0)),))
RING = Polygon(
    (
        ((60.0, 10.0), (90.0, 10.0), (90.0, 40.0), (60.0, 40.0)),
        ((70.0, 20.0), (80.0, 20.0), (80.0, 30.0), (70.0, 30.0)),
    )
)
OUTLINES = ((1, (SQUARE,)), (2, (RING,)))


def interaction(
    outlines: object = OUTLINES, selected: int | None = 1, scale: float = 4.0
) -> CanvasInteraction:
    made = CanvasInteraction(view=Viewport(800, 600, 100, 80, scale, 20.0, 30.0))
    made.set_outlines(7, outlines, selected)  # type: ignore[arg-type]
    return made


def at(made: CanvasInteraction, x: float, y: float) -> tuple[int, int]:
    assert made.view is not None
    left, top = made.view.to_canvas(x, y)
    return int(left), int(top)
