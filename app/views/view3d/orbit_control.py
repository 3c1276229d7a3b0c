"""What the hand does to a volume in 3D. Pure: mouse positions in, poses out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final

from app.domain.camera import Pose
from app.views.canvas.interaction import Button

NOTCH: Final = 1.15
_PIXELS_PER_NOTCH: Final = 20
_ECHOES: Final = 256


@dataclass(slots=True)
class OrbitDrag:
    """A button that is down. pose: when it went down at (x, y)."""

    button: Button
    pose: Pose
    x: int
    y: int


@dataclass(slots=True)
class OrbitControl:
    """The newest pose, which may be ahead of the Session's by what is still on its way there.

    side: the shorter one of the picture, in pixels.
    """

    pose: Pose = field(default_factory=Pose)
    side: int = 1
    drag: OrbitDrag | None = None
    _requested: deque[Pose] = field(default_factory=lambda: deque(maxlen=_ECHOES))

    def accept_camera(self, pose: Pose) -> None:
        """The Session has this pose; one that was asked for here is no news."""
        if pose in self._requested:
            while self._requested.popleft() != pose:
                pass
        elif pose != self.pose and self.drag is None:
            self.pose = pose
            self._requested.clear()

    def press(self, button: Button, x: int, y: int) -> None:
        """A button goes down: the left one turns, the middle one moves, the right one zooms."""
        if self.drag is None:
            self.drag = OrbitDrag(button, self.pose, x, y)

    def move(self, x: int, y: int) -> Pose | None:
        """The mouse is somewhere; return a pose to ask for."""
        drag = self.drag
        if drag is None:
            return None
        right, down = x - drag.x, y - drag.y
        if drag.button == "left":
            return self._request(drag.pose.dragged(right, down, self.side))
        if drag.button == "middle":
            return self._request(drag.pose.moved(right, down, self.side))
        return self._request(drag.pose.zoomed(NOTCH ** (-down / _PIXELS_PER_NOTCH)))

    def release(self, button: Button) -> None:
        """A button comes up, wherever the mouse is."""
        if self.drag is not None and self.drag.button == button:
            self.drag = None

    def cancel(self) -> Pose | None:
        """Drop what is under way; return the pose from before."""
        drag, self.drag = self.drag, None
        return None if drag is None else self._request(drag.pose)

    def wheel(self, notches: float) -> Pose | None:
        """Zoom."""
        return self._request(self.pose.zoomed(NOTCH**notches))

    def pan(self, right: int, down: int) -> Pose | None:
        """Move what is seen by pixels."""
        return self._request(self.pose.moved(right, down, self.side))

    def fit(self) -> Pose | None:
        """See everything again, from where the eye is."""
        return self._request(replace(self.pose, zoom=1.0, right=0.0, up=0.0))

    def reset(self) -> Pose | None:
        """Look as in the beginning."""
        self.drag = None
        return self._request(Pose())

    def _request(self, pose: Pose) -> Pose | None:
        if pose == self.pose:
            return None
        self.pose = pose
        self._requested.append(pose)
        return pose
