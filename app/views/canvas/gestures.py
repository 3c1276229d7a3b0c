"""Mouse gestures from press to release. Pure: points in, events out."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from app.domain.adjustment import Adjustment
from app.domain.annotation import Point, Ring, Window
from app.imaging.windowing import drag_window
from app.messages.events import Event, FrameRequested, VertexMoved, ViewChanged, WindowChanged
from app.views.canvas.hit_testing import Hit, Shapes
from app.views.canvas.viewport import Viewport

Events = tuple[Event, ...]


@dataclass(slots=True)
class Pan:
    """A drag that pans. view: when the button was pressed at canvas position (x, y)."""

    view: Viewport
    x: float
    y: float

    def move(self, x: float, y: float) -> Viewport:
        """Return the view for the mouse at a canvas position."""
        return self.view.panned(x - self.x, y - self.y)


@dataclass(slots=True)
class WindowDrag:
    """A drag that sets the intensity window. start: when the button was pressed at canvas position (x, y)."""

    start: Window
    x: float
    y: float
    now: Window | None = None

    def move(self, x: float, y: float) -> Events:
        """Return the window for the mouse at a canvas position, if it is another one."""
        window = drag_window(self.start, x - self.x, y - self.y)
        if window == (self.now or self.start):
            return ()
        self.now = window
        return (WindowChanged(window.width, window.center),)

    def cancel(self) -> Events:
        """Return the event that restores the window."""
        return (WindowChanged(self.start.width, self.start.center),)


@dataclass(slots=True)
class AdjustmentDrag:
    """A drag that sets brightness and contrast. start: when the button was pressed at canvas position (x, y)."""

    start: Adjustment
    x: float
    y: float
    now: Adjustment | None = None

    def move(self, x: float, y: float) -> Events:
        """Return the adjustment for the mouse at a canvas position, if it is another one."""
        adjustment = self.start.dragged(x - self.x, y - self.y)
        if adjustment == (self.now or self.start):
            return ()
        self.now = adjustment
        return (ViewChanged(adjustment=adjustment),)

    def cancel(self) -> Events:
        """Return the event that restores the adjustment."""
        return (ViewChanged(adjustment=self.start),)


@dataclass(slots=True)
class VertexDrag:
    """A drag of a vertex. offset: from the vertex to where it was grabbed, in image pixels."""

    frame: int
    hit: Hit
    vertices: Ring
    offset: Point = (0.0, 0.0)
    point: Point | None = None

    def move(self, point: Point, view: Viewport) -> None:
        """Move the vertex to an image point, clamped to the image."""
        self.point = view.clamped(point[0] - self.offset[0], point[1] - self.offset[1])

    def on(self, shapes: Shapes) -> Self | None:
        """Return the drag on other outlines, None where its vertex is not the same any more."""
        hit, polygons = self.hit, shapes.polygons(self.hit.object_id)
        rings = polygons[hit.polygon].rings if hit.polygon < len(polygons) else ()
        ring = rings[hit.ring] if hit.ring < len(rings) else ()
        is_same = len(ring) == len(self.vertices) and ring[hit.index] == self.vertices[hit.index]
        return replace(self, vertices=ring) if is_same else None

    def ring(self) -> Ring:
        """Return the ring with the vertex where it is dragged to."""
        if self.point is None:
            return self.vertices
        index = self.hit.index
        return (*self.vertices[:index], self.point, *self.vertices[index + 1 :])

    def release(self) -> Events:
        """Return the event of the move, if the vertex moved."""
        if self.point is None or self.point == self.vertices[self.hit.index]:
            return ()
        hit = self.hit
        return (VertexMoved(self.frame, hit.object_id, hit.polygon, hit.ring, hit.index, *self.point),)


@dataclass(slots=True)
class Scrub:
    """A drag through time, along a strip of width pixels."""

    frames: int  #: on the strip
    left: float  #: of the strip, pixels
    width: float
    asked: int | None = field(default=None)  #: frame that was asked for last
    first: int = 0  #: frame at the left end

    def move(self, x: float) -> Events:
        """Return a request if another frame is under the mouse."""
        frame = self.first + frame_at(x - self.left, self.width, self.frames)
        if frame == self.asked:
            return ()
        self.asked = frame
        return (FrameRequested(frame),)


@dataclass(slots=True)
class DoubleClickDetector:
    """Detects double clicks by time. Dear PyGui's own are lost in slow frames, since it compares frames.

    A press that became a drag is not the first half of a double click, wherever the drag ended.
    """

    SECONDS: ClassVar[float] = 0.5  #: Between two presses, as most desktops have it.
    REACH: ClassVar[int] = 5  #: Screen pixels between two presses.

    at: tuple[float, int, int] | None = None

    def is_double(self, now: float, x: int, y: int) -> bool:
        """Return whether this press makes a double click with the one before; a third one begins anew."""
        self.move(x, y)
        before, self.at = self.at, (now, x, y)
        if before is None or now - before[0] > self.SECONDS:
            return False
        self.at = None
        return True

    def move(self, x: int, y: int) -> None:
        """Forget the first press if the mouse is too far from it."""
        if self.at is not None and max(abs(x - self.at[1]), abs(y - self.at[2])) > self.REACH:
            self.at = None


def frame_at(x: float, width: float, frames: int) -> int:
    """Return the frame at a position of a strip; outside it, the first or the last one."""
    return min(max(int(x * frames / max(width, 1e-9)), 0), frames - 1)
