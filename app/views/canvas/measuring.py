"""The ruler and the angle: points on the frame, and what they measure. Pure."""

import math
from dataclasses import dataclass, field
from typing import Final

from app.domain.annotation import Point, SequenceInfo
from app.domain.tool import Tool
from app.imaging.picture_scale import pixel_aspect, pixel_size_at

MOVED: Final = 4.0  # Screen pixels from which a press is a drag.
CORNERS: Final = {Tool.RULER: 2, Tool.ANGLE: 3}


@dataclass(slots=True)
class Measuring:
    """A length between two points or an angle at the middle one of three; set by clicks or by dragging."""

    tool: Tool
    frame: int
    points: list[Point] = field(default_factory=list)  #: image pixels; the last follows the mouse until done
    pressed: Point = (0.0, 0.0)  #: where the button went down, canvas pixels
    is_done: bool = False

    def press(self, point: Point, at: Point) -> None:
        """Set a point. at: its canvas position."""
        self.pressed = at
        self.points = [*self.points[:-1], point, point] if self.points else [point, point]
        self._end()

    def move(self, point: Point) -> None:
        """Let the last point follow the mouse."""
        if not self.is_done:
            self.points[-1] = point

    def release(self, point: Point, at: Point) -> None:
        """End a drag, which sets a point as a click does."""
        if not self.is_done and math.dist(at, self.pressed) > MOVED:
            self.press(point, at)

    def _end(self) -> None:
        if len(self.points) > CORNERS[self.tool]:
            self.points, self.is_done = self.points[: CORNERS[self.tool]], True

    def widths(self, info: SequenceInfo) -> float:
        """Return the length of a ruler that both ends were set of, in widths of a pixel; 0 for an angle."""
        if not self.is_done or self.tool is not Tool.RULER:
            return 0.0
        (ax, ay), (bx, by) = self.points
        return math.hypot(bx - ax, (by - ay) * pixel_aspect(info))

    def text(self, info: SequenceInfo) -> str:
        """Return what is measured, in millimetres where pixels have a size, in pixels else, or in degrees."""
        size = pixel_size_at(info, self.frame, self.points)
        across, down = (1.0, 1.0) if size is None else (size[1], size[0])
        places = [(x * across, y * down) for x, y in self.points]
        if self.tool is Tool.RULER or len(places) < CORNERS[Tool.ANGLE]:
            return f"{math.dist(places[0], places[1]):.1f} {'px' if size is None else 'mm'}"
        (ax, ay), (bx, by), (cx, cy) = places
        turn = math.degrees(math.atan2(cy - by, cx - bx) - math.atan2(ay - by, ax - bx))
        return f"{abs((turn + 180) % 360 - 180):.1f}°"
