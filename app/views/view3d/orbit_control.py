"""Mouse control of the orbit camera. Pure: mouse positions in, cameras out."""

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final

from app.domain.camera import OrbitCamera
from app.views.canvas.interaction import Button

NOTCH: Final = 1.15  # Zoom factor of a wheel notch, chosen by hand.
_PIXELS_PER_NOTCH: Final = 20  # Pixels of a zooming drag that count as a notch.
_ECHOES: Final = 256  # Requested cameras remembered: more than a drag posts while the Session answers one.


@dataclass(slots=True)
class OrbitDrag:
    """A drag under way. camera: when the button was pressed at (x, y)."""

    button: Button
    camera: OrbitCamera
    x: int
    y: int


@dataclass(slots=True)
class OrbitControl:
    """The newest camera, which may be ahead of the Session's by the requests still under way."""

    camera: OrbitCamera = field(default_factory=OrbitCamera)
    side: int = 1  #: the shorter one of the picture, in pixels
    drag: OrbitDrag | None = None
    _requested: deque[OrbitCamera] = field(default_factory=lambda: deque(maxlen=_ECHOES))

    def accept_camera(self, camera: OrbitCamera) -> None:
        """Accept the Session's camera, unless it is the echo of one requested here."""
        if camera in self._requested:
            while self._requested.popleft() != camera:
                pass
        elif camera != self.camera and self.drag is None:
            self.camera = camera
            self._requested.clear()

    def press(self, button: Button, x: int, y: int) -> None:
        """Begin a drag: the left button turns, the middle one pans, the right one zooms."""
        if self.drag is None:
            self.drag = OrbitDrag(button, self.camera, x, y)

    def move(self, x: int, y: int) -> OrbitCamera | None:
        """Handle a mouse position; return a camera to request."""
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
        """Handle a button released anywhere."""
        if self.drag is not None and self.drag.button == button:
            self.drag = None

    def cancel(self) -> OrbitCamera | None:
        """Cancel the drag; return the camera from before it."""
        drag, self.drag = self.drag, None
        return None if drag is None else self._request(drag.camera)

    def wheel(self, notches: float) -> OrbitCamera | None:
        """Zoom by wheel notches."""
        return self._request(self.camera.zoomed(NOTCH**notches))

    def pan(self, right: int, down: int) -> OrbitCamera | None:
        """Pan by pixels."""
        return self._request(self.camera.moved(right, down, self.side))

    def fit(self) -> OrbitCamera | None:
        """Fit everything into the view, from the same direction."""
        return self._request(replace(self.camera, zoom=1.0, right=0.0, up=0.0))

    def reset(self) -> OrbitCamera | None:
        """Return to the initial camera."""
        self.drag = None
        return self._request(OrbitCamera())

    def _request(self, camera: OrbitCamera) -> OrbitCamera | None:
        if camera == self.camera:
            return None
        self.camera = camera
        self._requested.append(camera)
        return camera
