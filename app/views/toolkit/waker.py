"""Ends the waiting of the main thread from any other thread."""

import socket
from contextlib import suppress

_MANY = 4096  # Bytes read at once: more calls than ever come between two waits.


class Waker:
    """A pair of sockets: waiting for input and for news is then one call of select."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor that can be read once there was a call of wake."""
        return self._reader.fileno()

    def wake(self) -> None:
        """End the wait under way, or else the next one. Any thread; also after close, when nobody waits any more."""
        with suppress(OSError):
            self._writer.send(b"\0")

    def reset(self) -> None:
        """Forget the calls of wake so far."""
        with suppress(BlockingIOError):
            self._reader.recv(_MANY)

    def close(self) -> None:
        """Release the sockets."""
        self._reader.close()
        self._writer.close()
