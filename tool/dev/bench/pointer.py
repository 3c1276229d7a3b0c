"""The pointer of an X display, moved and pressed without the 5 ms that it takes to start xdotool."""

from __future__ import annotations

import ctypes

from app.domain.annotation import Point
from app.views.loop import Loop
from tool.dev.bench.window import pass_time

STEPS, STEP = 8, 6  # of a movement towards a point, and the pixels of each
STEP_SECONDS = 0.008  # between two of them, as a mouse of 125 Hz reports


class Pointer:
    """The pointer over a window's canvas."""

    def __init__(self, loop: Loop) -> None:
        """Connect to the display of the window. Raises OSError where there is none, or no XTEST."""
        self._loop = loop
        self._x11, self._test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._display = ctypes.c_void_p(self._x11.XOpenDisplay(None))
        if not self._display:
            raise OSError("There is no X display.")

    def move(self, point: Point) -> None:
        """Move to a point of the picture, from its left, while the window runs."""
        canvas = self._loop.bench.canvas
        assert canvas.interaction.view is not None
        x, y = canvas.interaction.view.to_canvas(*point)
        for left in range(STEPS * STEP, -1, -STEP):
            place = int(x) + canvas.position[0] - left, int(y) + canvas.position[1]
            self._test.XTestFakeMotionEvent(self._display, -1, *place, 0)
            self._x11.XFlush(self._display)
            pass_time(self._loop, STEP_SECONDS)

    def press(self) -> None:
        """Press the left button."""
        self._send_button(is_down=True)

    def release(self) -> None:
        """Release it, and let the window take it in."""
        self._send_button(is_down=False)
        self._loop.draw_now()

    def _send_button(self, *, is_down: bool) -> None:
        self._test.XTestFakeButtonEvent(self._display, 1, is_down, 0)
        self._x11.XFlush(self._display)
