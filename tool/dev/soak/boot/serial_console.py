"""A root shell on the serial line of a virtual machine."""

from __future__ import annotations

import re
import socket
import time
import uuid
from contextlib import suppress
from pathlib import Path

STEP = 0.5  # seconds between two looks at a quiet line


class ConsoleError(Exception):
    """A command failed, or the line stayed silent; the text is what it said."""


class SerialConsole:
    """Connection to a serial line on which root is logged in by itself."""

    def __init__(self, path: Path) -> None:
        """Connect to the socket of the line, which must be there."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._socket.settimeout(STEP)

    def close(self) -> None:
        """Leave the line."""
        self._socket.close()

    def wait_for_login(self, seconds: float) -> None:
        """Wait until root's shell answers. Raises ConsoleError after seconds."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            mark = uuid.uuid4().hex
            with suppress(TimeoutError):  # nobody reads the line before the guest's kernel does
                self._socket.sendall(f"\recho {mark[:8]}''{mark[8:]}\r".encode())
            if mark.encode() in self._read_for(3.0, mark.encode()):
                self.run(
                    "stty -echo cols 500; export PAGER=cat TERM=dumb; bind 'set enable-bracketed-paste off'"
                )
                return
        raise ConsoleError("nobody is logged in on the serial line")

    def run(self, command: str, seconds: float = 60.0, check: bool = True) -> str:
        """Run a line of shell and return what it printed. Raises ConsoleError after seconds, and for a failure."""
        mark = uuid.uuid4().hex
        spelled = f"{mark[:8]}''{mark[8:]}"  # so that the echo of the command is no answer
        self._socket.sendall(f"echo {spelled}; {command}; echo {spelled} $?\r".encode())
        pattern = re.compile(mark.encode() + rb"\r?\n(.*?)" + mark.encode() + rb" (\d+)\r?\n", re.DOTALL)
        text = self._read_for(seconds, pattern=pattern)
        found = pattern.search(text)
        if found is None:
            raise ConsoleError(f"{command}: no answer in {seconds:g} s: {text[-2000:]!r}")
        output = found[1].decode("utf-8", "replace").replace("\r", "")
        if check and found[2] != b"0":
            raise ConsoleError(f"{command}: status {int(found[2])}: {output[-2000:]}")
        return output.strip()

    def _read_for(self, seconds: float, mark: bytes = b"", pattern: re.Pattern[bytes] | None = None) -> bytes:
        """Return what comes within seconds, or up to a mark or a match."""
        text, ends = b"", time.monotonic() + seconds
        while time.monotonic() < ends:
            try:
                text += self._socket.recv(65536)
            except TimeoutError:
                continue
            if (mark and mark in text) or (pattern is not None and pattern.search(text)):
                break
        return text
