"""The monitor of a QEMU machine (QMP): keys, mouse, pictures of the screen, devices that come and go."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

#: Seconds for an answer; QEMU itself answers at once, a busy host late.
PATIENCE = 60.0
#: Largest value of an absolute position (QEMU's INPUT_EVENT_ABS_MAX).
ABSOLUTE = 0x7FFF


class MonitorError(Exception):
    """QEMU refused a command; the text is its reason."""


class QemuMonitor:
    """Connection to a QMP socket. One command at a time, events are skipped."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        """Connect, waiting until the socket is there. size: of the guest's screen in pixels, for the mouse."""
        self._size = size
        self._socket = _connect(path)
        self._lines = self._socket.makefile("r", encoding="utf-8")
        json.loads(self._lines.readline())
        self.command("qmp_capabilities")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._socket.close()

    def command(self, name: str, **arguments: object) -> None:
        """Run a command (QEMU QMP Reference Manual) and wait for it. Raises MonitorError."""
        self._socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode())
        while line := self._lines.readline():
            reply = json.loads(line)
            if "error" in reply:
                raise MonitorError(f"{name} {arguments}: {reply['error']['desc']}")
            if "return" in reply:
                return
        raise MonitorError("QEMU has ended")

    def press(self, *keys: str, seconds: float = 0.1) -> None:
        """Press keys together and hold them; keys: names of QEMU, such as "ctrl", "alt", "f2", "a"."""
        for down in (True, False):
            codes = keys if down else reversed(keys)
            self._input(*({"type": "key", "data": {"down": down, "key": _code(key)}} for key in codes))
            time.sleep(seconds)

    def click(self, x: int, y: int, seconds: float) -> None:
        """Move the pointer to a pixel of the screen and hold the left button there. seconds: of each of the three."""
        self.move(x, y)
        for down in (True, False):
            time.sleep(seconds)
            self._input({"type": "btn", "data": {"down": down, "button": "left"}})
        time.sleep(seconds)

    def move(self, x: int, y: int) -> None:
        """Move the pointer to a pixel of the screen."""
        width, height = self._size
        places = (("x", x * ABSOLUTE // width), ("y", y * ABSOLUTE // height))
        self._input(*({"type": "abs", "data": {"axis": axis, "value": value}} for axis, value in places))

    def picture(self, path: Path) -> None:
        """Save what the screen shows as PNG."""
        self.command("screendump", filename=str(path.resolve()), format="png")

    def plug(self, name: str, image: Path) -> None:
        """Plug a USB drive in. image: its content, a raw disk image; name: for unplug."""
        self.command(
            "blockdev-add", **{"driver": "file", "node-name": name, "filename": str(image.resolve())}
        )
        self.command(
            "device_add", driver="usb-storage", id=f"usb-{name}", drive=name, bus="usb.0", removable=True
        )

    def unplug(self, name: str) -> None:
        """Pull a USB drive out, without asking the guest."""
        self.command("device_del", id=f"usb-{name}")
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                self.command("blockdev-del", **{"node-name": name})
                return
            except MonitorError:  # the device still goes
                if time.monotonic() > ends:
                    raise
                time.sleep(0.2)

    def _input(self, *events: Mapping[str, object]) -> None:
        self.command("input-send-event", events=list(events))


def _code(key: str) -> dict[str, str]:
    return {"type": "qcode", "data": key}


def _connect(path: Path) -> socket.socket:
    ends = time.monotonic() + PATIENCE
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
        else:
            connection.settimeout(PATIENCE)
            return connection
