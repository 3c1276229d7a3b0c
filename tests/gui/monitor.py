"""A virtual screen, and its monitor: unplugged, and plugged in again with another resolution."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

ROTATE_0 = 1
MILLIMETRES = (520, 290)


class _Resources(ctypes.Structure):
    """What XRRGetScreenResources returns, as far as it is needed here (Xrandr.h)."""

    _fields_ = (
        ("timestamp", ctypes.c_ulong),
        ("config_timestamp", ctypes.c_ulong),
        ("crtcs", ctypes.c_int),
        ("crtc", ctypes.POINTER(ctypes.c_ulong)),
    )


@contextmanager
def virtual_screen(width: int = 1920, height: int = 1080) -> Iterator[str]:
    """Run Xvfb on a free display number; yield the value of DISPLAY for it. RuntimeError where that fails."""
    missing = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
    if missing:
        raise RuntimeError(f"not installed: {', '.join(missing)}")
    reading, writing = os.pipe()
    size = ("-screen", "0", f"{width}x{height}x24")
    command = ("Xvfb", "-displayfd", str(writing), *size, "-nolisten", "tcp")
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, pass_fds=(writing,), stdout=quiet, stderr=quiet) as server:
        os.close(writing)
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        try:
            if not number:
                raise RuntimeError("Xvfb does not start here")
            yield f":{number}"
        finally:
            server.terminate()


@contextmanager
def unplugged(width: int, height: int) -> Iterator[None]:
    """Switch the only monitor off and give the screen another size; the size before comes back in the end."""
    x11, randr = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXrandr.so.2")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.restype = ctypes.c_ulong
    randr.XRRGetScreenResources.restype = ctypes.POINTER(_Resources)
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
    before = (x11.XDisplayWidth(display, 0), x11.XDisplayHeight(display, 0))

    def resize(size: tuple[int, int]) -> None:
        randr.XRRSetScreenSize(display, root, *size, *MILLIMETRES)
        x11.XSync(display, 0)

    resources = randr.XRRGetScreenResources(display, root)
    for number in range(resources[0].crtcs):
        crtc = ctypes.c_ulong(resources[0].crtc[number])
        off = (ctypes.c_ulong(0), 0, 0, ctypes.c_ulong(0), ROTATE_0, None, 0)
        randr.XRRSetCrtcConfig(display, resources, crtc, *off)
    resize((width, height))
    try:
        yield
    finally:
        resize(before)
        x11.XCloseDisplay(display)
