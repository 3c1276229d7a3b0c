"""Drawing on the canvas with a tool, from press to release. Pure: points in, events out."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.annotation import Point
from app.domain.mask_operations import Region, Stroke
from app.domain.model_prompts import Box, Lasso, Scribble, diameter_lasso
from app.domain.tool import Tool, ToolSettings
from app.messages.events import ClickAdded, Event, MaskEditRequested, ObjectCut, PromptDrawn
from app.views.canvas.viewport import Viewport

Events = tuple[Event, ...]

TREMBLE = 4.0  # Screen pixels from a press that still make a click.
POINT_STEP = 2.0  # Screen pixels between the points of a line: closer ones would not be seen.
CLOSE_REACH = 10.0  # Screen pixels from the first corner of a polygon that close it.


@dataclass(slots=True)
class LineDrag:
    """A line drawn with a tool. start: canvas position of the press, with the button."""

    tools: ToolSettings
    frame: int
    start: Point
    points: list[Point]  #: in image pixels
    positive: bool  #: with the left button
    is_moved: bool = False  #: farther than a click trembles

    def move(self, x: float, y: float, view: Viewport) -> None:
        """Draw on to a canvas position; the ends of a straight line and of a box follow it."""
        self.is_moved = self.is_moved or math.dist(self.start, (x, y)) > TREMBLE
        if not self.is_moved:
            return
        point = view.to_image(x + 0.5, y + 0.5)
        if self.tools.tool.is_prompt:
            point = view.clamped(*point)
        if self.tools.tool in (Tool.BOX, Tool.DIAMETER, Tool.RECTANGLE):
            self.points[1:] = [point]
        elif math.dist(view.to_canvas(*point), view.to_canvas(*self.points[-1])) >= POINT_STEP:
            self.points.append(point)

    def outline(self) -> tuple[Point, ...]:
        """Return the line drawn so far; of a rectangle the edge of its pixels, closed."""
        if self.tools.tool is not Tool.RECTANGLE:
            return tuple(self.points)
        corners = self._corners(0.5)
        return (*corners, *corners[:1])

    def prompt(self, aspect: float) -> Box | Scribble | Lasso | None:
        """Return the prompt drawn so far, None where it is too little or none. aspect: see Viewport."""
        match self.tools.tool, self.points:
            case Tool.SCRIBBLE, [_, _, *_]:
                return Scribble(tuple(self.points), self.positive)
            case Tool.BOX, [one, other]:
                return Box.between(one, other)
            case Tool.DIAMETER, [one, other]:
                return diameter_lasso(one, other, aspect)
            case Tool.FIND_LASSO, [_, _, _, *_]:
                return Lasso(tuple(self.points))
        return None

    def release(self, aspect: float) -> Events:
        """Return what was drawn; a press that did not move is a click of a tool that asks the model."""
        prompt = self.prompt(aspect)
        if prompt is not None:
            return (PromptDrawn(self.frame, prompt),)
        if self.tools.tool.is_prompt:
            return () if self.is_moved else (ClickAdded(self.frame, *self.points[0], self.positive),)
        if self.tools.tool is Tool.CUT and len(self.points) > 1:
            return (ObjectCut(self.frame, tuple(self.points)),)
        if self.tools.tool is Tool.LASSO and len(self.points) > 2:
            return self._region(tuple(self.points))
        if self.tools.tool is Tool.RECTANGLE and self.is_moved:
            return self._region(self._corners(0.0))
        return ()

    def _corners(self, beyond: float) -> tuple[Point, ...]:
        """Return the corners of a rectangle of whole pixels, so far beyond the centres of the outermost ones."""
        across, down = ([round(point[axis]) for point in self.points] for axis in (0, 1))
        left, right = min(across) - beyond, max(across) + beyond
        top, bottom = min(down) - beyond, max(down) + beyond
        return (left, top), (right, top), (right, bottom), (left, bottom)

    def _region(self, points: tuple[Point, ...]) -> Events:
        region = Region(points, erase=not self.positive, limits=self.tools.limits)
        return (MaskEditRequested(self.frame, region),)


@dataclass(slots=True)
class BrushDrag:
    """A stroke of brush or eraser."""

    tools: ToolSettings
    frame: int
    aspect: float
    erase: bool
    points: list[Point] = field(default_factory=list)  #: in image pixels
    shown: int = 0  #: points up to here are on the screen

    def move(self, x: float, y: float, view: Viewport) -> None:
        """Draw on to a canvas position."""
        point = view.to_image(x + 0.5, y + 0.5)
        if not self.points or point != self.points[-1]:
            self.points.append(point)

    def stroke(self, points: Iterable[Point]) -> Stroke:
        """Return the stroke of some of the points."""
        tools = self.tools
        return Stroke(tuple(points), tools.size / 2, self.erase, tools.square, self.aspect, tools.limits)

    def take_new(self) -> Stroke | None:
        """Return the part of the stroke that is not on the screen yet, None where there is none."""
        if self.shown == len(self.points):
            return None
        fresh = self.points[max(self.shown - 1, 0) :]
        self.shown = len(self.points)
        return self.stroke(fresh)

    def release(self) -> Events:
        """Return the stroke."""
        return (MaskEditRequested(self.frame, self.stroke(self.points), is_ball=self.tools.ball),)


@dataclass(slots=True)
class PolygonDrawing:
    """A polygon under way, corner by corner; it goes on between clicks."""

    tools: ToolSettings
    frame: int
    erase: bool  #: begun with the right button
    points: list[Point] = field(default_factory=list)

    def press(self, x: float, y: float, view: Viewport) -> Events:
        """Add a corner, or close the polygon at its first one."""
        if len(self.points) > 2 and math.dist((x, y), view.to_canvas(*self.points[0])) <= CLOSE_REACH:
            return self.close()
        self.points.append(view.to_image(x + 0.5, y + 0.5))
        return ()

    def close(self) -> Events:
        """Return the polygon as it is; none of fewer than three corners."""
        if len(self.points) < 3:
            return ()
        region = Region(tuple(self.points), self.erase, self.tools.limits)
        return (MaskEditRequested(self.frame, region),)
