"""The monitor of a QEMU machine (QMP): drives and discs that come and go."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Self

#: Seconds for an answer; QEMU itself answers at once, a busy host late.
PATIENCE = 60.0
DISC_DRIVE = "ide1-cd0"  # of each machine of QEMU's default kind


class MonitorError(Exception):
    """QEMU refused a command; the text is its reason."""


class QemuMonitor:
    """Connection to a QMP socket. One command at a time, events are skipped."""

    def __init__(self, path: Path) -> None:
        """Connect, waiting until the socket is there."""
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

    def lay_in(self, image: Path) -> None:
        """Lay a disc into the drive. image: of its file system."""
        self.command("blockdev-change-medium", device=DISC_DRIVE, filename=str(image.resolve()), format="raw")


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
