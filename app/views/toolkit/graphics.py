"""The OpenGL and X11 calls that Dear PyGui does not offer. Main thread only, since GL contexts are bound to a thread.

Constants are those of the OpenGL 1.1 specification.
"""

from __future__ import annotations

import ctypes
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

# Numbers of OpenGL, from GL/gl.h and GL/glext.h.
TEXTURE_2D = 0x0DE1
WIDTH, HEIGHT = 0x1000, 0x1001
MAG_FILTER, MIN_FILTER = 0x2800, 0x2801
NEAREST, LINEAR = 0x2600, 0x2601
ALIGNMENT, ROW_LENGTH = 0x0CF5, 0x0CF2
RGBA, RGBA8, UNSIGNED_BYTE = 0x1908, 0x8058, 0x1401
MAX_TEXTURE_SIZE = 0x0D33  # a query of glGetIntegerv
_HIGHEST_NAME = 4096  # of a texture that is searched for; drivers count up from 1, and the program makes few
_AFTER_READING = 1  # QueuedAfterReading of Xlib.h
_KEY_PRESS, _BUTTON_PRESS = 2, 4  # of X.h
# Bytes of an XKeyEvent or XButtonEvent of Xlib.h, which begin alike, before its time, its x and y, and its button; with
# 64 bits.
_TIME_OFFSET, _PLACE_OFFSET, _BUTTON_OFFSET = 56, 64, 84
_EVENT_BYTES = 192  # of an XEvent
_CLOCK_RANGE = 2**32  # milliseconds after which the time of X events begins again at 0
_LONGEST_AGE = 2.0  # seconds; a key that waits longer has another machine's time
_Predicate = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WaitingPress:
    """A mouse button that went down and that no frame has read yet."""

    time: int  #: of the X server, milliseconds
    x: int  #: window pixels, as y
    y: int
    button: int  #: 1 left, 2 middle, 3 right


@dataclass(frozen=True, slots=True)
class Graphics:
    """The GL and X libraries that Dear PyGui's window was opened with."""

    gl: ctypes.CDLL
    x11: ctypes.CDLL
    display: int

    @classmethod
    def load(cls) -> Graphics | None:
        """Return the libraries, or None where the window is not made by GLX."""
        try:
            gl, x11 = ctypes.CDLL("libGL.so.1"), ctypes.CDLL("libX11.so.6")
            gl.glXGetCurrentDisplay.restype = ctypes.c_void_p
            gl.glIsTexture.restype = ctypes.c_ubyte
            x11.XConnectionNumber.argtypes = (ctypes.c_void_p,)
            x11.XEventsQueued.argtypes = (ctypes.c_void_p, ctypes.c_int)
            x11.XCheckIfEvent.argtypes = (ctypes.c_void_p, ctypes.c_char_p, _Predicate, ctypes.c_void_p)
            x11.XResetScreenSaver.argtypes = (ctypes.c_void_p,)
            x11.XDefaultRootWindow.argtypes = (ctypes.c_void_p,)
            x11.XDefaultRootWindow.restype = ctypes.c_ulong
            x11.XGetGeometry.argtypes = (ctypes.c_void_p, ctypes.c_ulong, *(ctypes.c_void_p,) * 7)
        except (OSError, AttributeError) as error:
            _log.warning("no direct OpenGL: %s", error)
            return None
        display = gl.glXGetCurrentDisplay()
        return cls(gl, x11, display) if display else None

    def largest_texture(self) -> int:
        """Return the largest width or height of a texture."""
        value = ctypes.c_int()
        self.gl.glGetIntegerv(MAX_TEXTURE_SIZE, ctypes.byref(value))
        return value.value

    def find_texture(self, width: int, height: int) -> int | None:
        """Return the GL name of the texture with exactly this size, None where there is none."""
        for name in range(1, _HIGHEST_NAME):
            if self.gl.glIsTexture(name) and self._size(name) == (width, height):
                return name
        return None

    def _size(self, name: int) -> tuple[int, int]:
        width, height = ctypes.c_int(), ctypes.c_int()
        self.gl.glBindTexture(TEXTURE_2D, name)
        self.gl.glGetTexLevelParameteriv(TEXTURE_2D, 0, WIDTH, ctypes.byref(width))
        self.gl.glGetTexLevelParameteriv(TEXTURE_2D, 0, HEIGHT, ctypes.byref(height))
        return width.value, height.value

    def allocate_texture(self, name: int, width: int, height: int) -> None:
        """Give a texture another size; its pixels are undefined."""
        self.gl.glBindTexture(TEXTURE_2D, name)
        self.gl.glTexImage2D(TEXTURE_2D, 0, RGBA8, width, height, 0, RGBA, UNSIGNED_BYTE, None)

    def write_pixels(self, name: int, pixels: NDArray[np.uint8], left: int = 0, top: int = 0) -> None:
        """Write uint8 (h, w, 4) RGBA into a texture. Rows may have a stride, pixels must be contiguous."""
        height, width = pixels.shape[:2]
        self.gl.glBindTexture(TEXTURE_2D, name)
        self.gl.glPixelStorei(ALIGNMENT, 1)
        self.gl.glPixelStorei(ROW_LENGTH, pixels.strides[0] // 4)
        data = ctypes.c_void_p(pixels.ctypes.data)
        self.gl.glTexSubImage2D(TEXTURE_2D, 0, left, top, width, height, RGBA, UNSIGNED_BYTE, data)
        self.gl.glPixelStorei(ROW_LENGTH, 0)

    def set_filter(self, name: int, sharp: bool) -> None:
        """Show hard pixels, or smooth ones.

        Both filters are set alike: with two different ones Mesa's software renderer picks one for each
        pixel, which was measured to take four times as long.
        """
        mode = NEAREST if sharp else LINEAR
        self.gl.glBindTexture(TEXTURE_2D, name)
        self.gl.glTexParameteri(TEXTURE_2D, MAG_FILTER, mode)
        self.gl.glTexParameteri(TEXTURE_2D, MIN_FILTER, mode)

    def has_input(self) -> bool:
        """Return whether there is input that no frame has read yet."""
        return bool(self.x11.XEventsQueued(self.display, _AFTER_READING))

    def waiting_keys(self) -> list[float]:
        """Return when each key went down that no frame has read yet, in seconds of time.monotonic.

        The X server of the same machine has the same clock; a key with another time is left out.
        """
        now = time.monotonic()
        times = self._waiting(_KEY_PRESS, lambda event: _number(event + _TIME_OFFSET))
        ages = ((int(now * 1000) - at) % _CLOCK_RANGE / 1000 for at in times)
        return [now - age for age in ages if age < _LONGEST_AGE]

    def waiting_presses(self) -> list[WaitingPress]:
        """Return the mouse buttons that went down and that no frame has read yet, the oldest first."""

        def read(event: int) -> WaitingPress:
            x, y = (ctypes.c_int.from_address(event + _PLACE_OFFSET + 4 * axis).value for axis in (0, 1))
            button = ctypes.c_uint.from_address(event + _BUTTON_OFFSET).value
            return WaitingPress(_number(event + _TIME_OFFSET), x, y, button)

        return self._waiting(_BUTTON_PRESS, read)

    def _waiting(self, kind: int, read: Callable[[int], T]) -> list[T]:
        """Return what is read of each event of a kind in the queue, at its address."""
        found: list[T] = []

        def look(_display: int, event: int, _argument: int) -> int:
            if ctypes.c_int.from_address(event).value == kind:
                found.append(read(event))
            return 0  # no event is taken out of the queue

        self.x11.XCheckIfEvent(
            self.display, ctypes.create_string_buffer(_EVENT_BYTES), _Predicate(look), None
        )
        return found

    def fileno(self) -> int:
        """Return the descriptor that can be read once there is input."""
        return int(self.x11.XConnectionNumber(self.display))

    def keep_awake(self) -> None:
        """Reset the timers of the screen saver and of the screen's power saving."""
        self.x11.XResetScreenSaver(self.display)

    def screen_size(self) -> tuple[int, int]:
        """Return the present size of the screen in pixels; it changes when a monitor is unplugged."""
        root = ctypes.c_ulong()
        numbers = [ctypes.c_int() for _ in range(2)] + [ctypes.c_uint() for _ in range(4)]
        places = [ctypes.byref(number) for number in (root, *numbers)]
        self.x11.XGetGeometry(self.display, self.x11.XDefaultRootWindow(self.display), *places)
        return numbers[2].value, numbers[3].value


def _number(address: int) -> int:
    return int(ctypes.c_ulong.from_address(address).value)
