"""Mouse interaction with the canvas. Pure: mouse positions in, events and a Viewport out."""

from dataclasses import dataclass, field
from typing import Final, Literal

from app.domain.adjustment import Adjustment
from app.domain.annotation import Point, Window
from app.domain.model_prompts import Prompt
from app.domain.tool import Tool, ToolSettings
from app.messages.events import (
    ClickAdded,
    ClickExpected,
    Event,
    ObjectChosen,
    PolygonDeleted,
    VertexDeleted,
    VertexInserted,
)
from app.views.canvas.drawing_gestures import BrushDrag, LineDrag, PolygonDrawing
from app.views.canvas.gestures import AdjustmentDrag, Pan, VertexDrag, WindowDrag
from app.views.canvas.hit_testing import Hit, ObjectPolygons, Shapes
from app.views.canvas.measuring import Measuring
from app.views.canvas.viewport import Viewport

Button = Literal["left", "right", "middle"]
Events = tuple[Event, ...]

REACH: Final = 7.0  # Screen pixels from a vertex or edge that still touch it: a hand's accuracy with a mouse.
NOTCH: Final = 1.2  # Zoom factor of a wheel notch; four notches double the size.


@dataclass(slots=True)
class CanvasInteraction:
    """The gesture under way, and what is under the mouse."""

    view: Viewport | None = None
    frame: int = 0  #: The frame that is drawn, which is the one that clicks are for.
    selected: int | None = None
    shapes: Shapes = field(default_factory=lambda: Shapes(()))  #: The outlines that can be edited.
    hover: Hit | None = None  #: What is under the mouse.
    picked: Hit | None = None  #: The polygon that was touched last.
    preview: VertexDrag | None = None  #: A finished drag, shown until the new outlines come.
    gesture: Pan | VertexDrag | WindowDrag | AdjustmentDrag | LineDrag | BrushDrag | None = None
    polygon: PolygonDrawing | None = None  #: under way, between clicks too
    measuring: Measuring | None = None  #: shown until another one, another tool or another frame
    mouse: Point | None = None  #: canvas position, None beside the canvas
    tools: ToolSettings = ToolSettings()
    button: Button = "left"  #: that the drawing under way was begun with
    window: Window | None = None  #: The intensity window of a scan, else None.
    adjustment: Adjustment = Adjustment()  #: of a picture that is no scan

    def set_outlines(self, frame: int, shown: ObjectPolygons, selected: int | None) -> None:
        """Set the outlines that can be edited; a drag whose vertex is gone ends."""
        aspect = self.view.aspect if self.view is not None else 1.0
        if shown != self.shapes.shown or frame != self.frame or aspect != self.shapes.aspect:
            self.shapes = Shapes(shown, aspect)
            self.preview = self.hover = self.picked = None
            if isinstance(self.gesture, VertexDrag):
                self.gesture = self.gesture.on(self.shapes) if frame == self.frame else None
        if isinstance(self.gesture, (LineDrag, BrushDrag)) and frame != self.gesture.frame:
            self.gesture = None
        if self.polygon is not None and (frame != self.polygon.frame or self.tools.tool is not Tool.POLYGON):
            self.polygon = None
        measuring = self.measuring
        if measuring is not None and (frame != measuring.frame or self.tools.tool is not measuring.tool):
            self.measuring = None
        self.frame, self.selected = frame, selected

    def press(self, button: Button, x: int, y: int, *, shift: bool = False, alt: bool = False) -> Events:
        """Handle a button pressed on a canvas pixel; with Shift it drags the intensity window, or brightness.

        With Alt a click begins the mask anew.
        """
        if self.view is None:
            return ()
        if shift:
            drag = AdjustmentDrag(self.adjustment, x, y)
            self.gesture = self.gesture or (
                WindowDrag(self.window, x, y) if self.window is not None else drag
            )
            return ()
        if button == "middle":
            self.gesture = Pan(self.view, x, y)
            return ()
        if self.gesture is not None:
            return ()
        point = self.view.point_at(x, y)
        if self.tools.tool is not Tool.CLICK:
            return self._begin_drawing(button == "left", x, y, self.view)
        hit = self._touch(x, y)
        chosen = self._choose(hit)
        # Inside the selected object there is nothing to take hold of, so that the press can only mean a click.
        is_click = hit is None or button == "right" or (hit.part == "inside" and not chosen)
        if hit is None or is_click:
            click = ClickAdded(self.frame, *point, button == "left", alt and button == "left")
            return (*chosen, click) if self.view.has(*point) else ()
        self.picked = hit
        if hit.part == "vertex":
            offset = (point[0] - hit.point[0], point[1] - hit.point[1])
            self.preview = None
            self.gesture = VertexDrag(self.frame, hit, self.shapes.ring(hit), offset)
        return chosen

    def expected_click(self, x: int, y: int) -> ClickExpected | None:
        """Return the click that a press on a canvas pixel would be, None where it would be something else."""
        if self.view is None or self.gesture is not None or self.tools.tool is not Tool.CLICK:
            return None
        point = self.view.point_at(x, y)
        # What is under the mouse was found for this frame already.
        hit = self.hover if (x, y) == self.mouse else self._touch(x, y)
        is_click = (hit is None or hit.part == "inside") and self.view.has(*point)
        return ClickExpected(self.frame, *point) if is_click else None

    def move(self, x: int, y: int) -> Events:
        """Handle the mouse at a canvas pixel."""
        self.mouse = (x, y)
        if self.view is None:
            return ()
        if isinstance(self.gesture, (WindowDrag, AdjustmentDrag)):
            return self.gesture.move(x, y)
        if isinstance(self.gesture, Pan):
            self.view = self.gesture.move(x, y)
        elif isinstance(self.gesture, VertexDrag):
            self.gesture.move(self.view.point_at(x, y), self.view)
        elif isinstance(self.gesture, (LineDrag, BrushDrag)):
            self.gesture.move(x, y, self.view)
        elif self.measuring is not None:
            self.measuring.move(self.view.point_at(x, y))
        else:
            self.hover = self._touch(x, y)
        return ()

    def leave(self) -> None:
        """Handle the mouse leaving the canvas."""
        self.hover = self.mouse = None

    def release(self, button: Button) -> Events:
        """Handle a button released anywhere."""
        gesture = self.gesture
        if isinstance(gesture, (WindowDrag, AdjustmentDrag)) or (
            isinstance(gesture, Pan) and button == "middle"
        ):
            self.gesture = None
        if isinstance(gesture, (LineDrag, BrushDrag)) and button == self.button and self.view is not None:
            self.gesture = None
            return gesture.release(self.view.aspect) if isinstance(gesture, LineDrag) else gesture.release()
        if (
            self.measuring is not None
            and gesture is None
            and self.view is not None
            and self.mouse is not None
        ):
            x, y = self.mouse
            self.measuring.release(self.view.point_at(int(x), int(y)), self.mouse)
        if isinstance(gesture, VertexDrag) and button == "left":
            self.gesture = None
            events = gesture.release()
            self.preview = gesture if events else None
            return events
        return ()

    def double_click(self, x: int, y: int) -> Events:
        """Handle a double click: on a vertex it deletes it, on an edge it inserts one."""
        if self.polygon is not None:
            return self.close_polygon()
        hit = self._touch(x, y)
        if hit is None or hit.part == "inside":
            return ()
        self.gesture = self.preview = None
        if hit.part == "vertex":
            return (VertexDeleted(self.frame, hit.object_id, hit.polygon, hit.ring, hit.index),)
        return (VertexInserted(self.frame, hit.object_id, hit.polygon, hit.ring, hit.index, *hit.point),)

    def wheel(self, notches: float, x: int, y: int) -> None:
        """Zoom at a canvas pixel."""
        if self.view is not None and self.gesture is None:
            self.view = self.view.zoomed(NOTCH**notches, x + 0.5, y + 0.5)

    def cancel(self) -> bool:
        """Cancel the current drag or polygon; return whether there was one."""
        gesture, self.gesture = self.gesture, None
        if self.polygon is not None or self.measuring is not None:
            self.polygon = self.measuring = None
            return True
        if isinstance(gesture, Pan):
            self.view = gesture.view
        return gesture is not None

    def delete_polygon(self) -> Events:
        """Delete the polygon under the mouse, or the one touched last, or the selected object's only one.

        While a polygon is drawn, its last corner.
        """
        if self.polygon is not None:
            self.polygon.points.pop()
            self.polygon = self.polygon if self.polygon.points else None
            return ()
        hit = self.hover or self.picked or self._only()
        if hit is None:
            return ()
        self.hover = self.picked = None
        return (PolygonDeleted(self.frame, hit.object_id, hit.polygon),)

    def close_polygon(self) -> Events:
        """Close the polygon that is being drawn; one of fewer than three corners goes on."""
        events = self.polygon.close() if self.polygon is not None else ()
        self.polygon = None if events else self.polygon
        return events

    def _begin_drawing(self, is_left: bool, x: int, y: int, view: Viewport) -> Events:
        """Begin a gesture of the active tool."""
        point, tools = view.point_at(x, y), self.tools
        self.button = "left" if is_left else "right"
        if tools.tool.is_measure:
            if self.measuring is None or self.measuring.is_done:
                self.measuring = Measuring(tools.tool, self.frame)
            self.measuring.press(point, (x, y))
        elif tools.tool.has_size:
            erase = tools.tool is Tool.ERASER or not is_left
            self.gesture = BrushDrag(tools, self.frame, view.aspect, erase)
            self.gesture.move(x, y, view)
        elif tools.tool is Tool.POLYGON:
            self.polygon = self.polygon or PolygonDrawing(tools, self.frame, erase=not is_left)
            events = self.polygon.press(x, y, view)
            self.polygon = None if events else self.polygon
            return events
        elif view.has(*point) or not tools.tool.is_prompt:
            self.gesture = LineDrag(tools, self.frame, (x, y), [point], is_left)
        return ()

    def drawn_line(self) -> tuple[Point, ...]:
        """Return the line of a lasso, a rectangle, a polygon or a cut that is being drawn, in image pixels."""
        if isinstance(self.gesture, LineDrag) and not self.gesture.tools.tool.is_prompt:
            return self.gesture.outline()
        if self.polygon is not None and self.view is not None and self.mouse is not None:
            return (*self.polygon.points, self.view.point_at(int(self.mouse[0]), int(self.mouse[1])))
        return tuple(self.polygon.points) if self.polygon is not None else ()

    def drawn_prompt(self) -> Prompt | None:
        """Return the prompt that is being drawn."""
        if not isinstance(self.gesture, LineDrag) or self.view is None:
            return None
        return self.gesture.prompt(self.view.aspect)

    def focused_polygon(self) -> Hit | None:
        """Return the polygon whose vertices are shown."""
        if isinstance(self.gesture, VertexDrag):
            return self.gesture.hit
        return self.hover or self.picked

    def _touch(self, x: int, y: int) -> Hit | None:
        if self.view is None or self.tools.tool is not Tool.CLICK:
            return None
        return self.shapes.touch(*self.view.point_at(x, y), REACH / self.view.scale, self.selected)

    def _choose(self, hit: Hit | None) -> Events:
        wanted = hit is not None and hit.object_id != self.selected
        return (ObjectChosen(hit.object_id),) if hit is not None and wanted else ()

    def _only(self) -> Hit | None:
        if self.selected is None or len(self.shapes.polygons(self.selected)) != 1:
            return None
        return Hit("inside", self.selected, 0)
