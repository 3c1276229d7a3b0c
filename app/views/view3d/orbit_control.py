"""What the hand does to a volume in 3D. Pure: mouse positions in, poses out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final

from app.domain.camera import OrbitCamera
from app.views.canvas.interaction import Button

NOTCH: Final = 1.15
_PIXELS_PER_NOTCH: Final = 20
_ECHOES: Final = 256


@dataclass(slots=True)
class OrbitDrag:
    """A button that is down. camera: when it went down at (x, y)."""

    button: Button
    camera: OrbitCamera
    x: int
    y: int


@dataclass(slots=True)
class OrbitControl:
    """The newest camera, which may be ahead of the Session's by what is still on its way there.

    side: the shorter one of the picture, in pixels.
    """

    camera: OrbitCamera = field(default_factory=OrbitCamera)
    side: int = 1
    drag: OrbitDrag | None = None
    _requested: deque[OrbitCamera] = field(default_factory=lambda: deque(maxlen=_ECHOES))

    def accept_camera(self, camera: OrbitCamera) -> None:
        """The Session has this camera; one that was asked for here is no news."""
        if camera in self._requested:
            while self._requested.popleft() != camera:
                pass
        elif camera != self.camera and self.drag is None:
            self.camera = camera
            self._requested.clear()

    def press(self, button: Button, x: int, y: int) -> None:
        """A button goes down: the left one turns, the middle one moves, the right one zooms."""
        if self.drag is None:
            self.drag = OrbitDrag(button, self.camera, x, y)

    def move(self, x: int, y: int) -> OrbitCamera | None:
        """The mouse is somewhere; return a camera to ask for."""
        drag = self.drag
        if drag is None:
            return None
        right, down = x - drag.x, y - drag.y
        if drag.button == "left":
            return self._request(drag.camera.dragged(right, down, self.side))
        if drag.button == "middle":
            return self._request(drag.camera.moved(right, down, self.side))
        return self._request(drag.camera.zoomed(NOTCH ** (-down / _PIXELS_PER_NOTCH)))

    def release(self, button: Button) -> None:
        """A button comes up, wherever the mouse is."""
        if self.drag is not None and self.drag.button == button:
            self.drag = None

    def cancel(self) -> OrbitCamera | None:
        """Drop what is under way; return the camera from before."""
        drag, self.drag = self.drag, None
        return None if drag is None else self._request(drag.camera)

    def wheel(self, notches: float) -> OrbitCamera | None:
        """Zoom."""
        return self._request(self.camera.zoomed(NOTCH**notches))

    def pan(self, right: int, down: int) -> OrbitCamera | None:
        """Move what is seen by pixels."""
        return self._request(self.camera.moved(right, down, self.side))

    def fit(self) -> OrbitCamera | None:
        """See everything again, from where the eye is."""
        return self._request(replace(self.camera, zoom=1.0, right=0.0, up=0.0))

    def reset(self) -> OrbitCamera | None:
        """Look as in the beginning."""
        self.drag = None
        return self._request(OrbitCamera())

    def _request(self, camera: OrbitCamera) -> OrbitCamera | None:
        if camera == self.camera:
            return None
        self.camera = camera
        self._requested.append(camera)
        return camera
