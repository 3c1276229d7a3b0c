"""A server of associations that bounds what a peer can make it hold: size of PDUs and messages, time, connections."""

from __future__ import annotations

import errno
import socket
import time
from typing import Any, Final

from pynetdicom import evt
from pynetdicom.transport import ThreadedAssociationServer

# Bytes. The longest PDU that a peer has a reason to send is a request for an association with 128 presentation
# contexts of some 70 transfer syntaxes each, about 600 KiB (PS3.8 section 9.3.2); data PDUs keep to our maximum.
PDU_LIMIT: Final = 1 << 20
# Bytes of a command set. Those of C-STORE and C-ECHO take less than 1 KiB (PS3.7 section 9.3).
COMMAND_LIMIT: Final = 1 << 16
# Seconds in which a PDU that has begun must arrive whole: at 64 kbit/s the largest takes 131.
PDU_SECONDS: Final = 150.0
CONNECTIONS: Final = 32  # at a time; chosen by hand, a site has fewer scanners
_HEADER: Final = 6  # bytes of type and length that begin each PDU (PS3.8 section 9.3.1)
_COMMAND_FRAGMENT: Final = 1  # bit of the message control header (PS3.8 annex E.2)


class LimitedConnection(socket.socket):
    """Connection that fails when its peer sends more, or more slowly, than a scanner would."""

    message_limit = 1 << 32  #: bytes between two finished messages
    _unfinished = 0  #: bytes since the last finished message
    _command = 0  #: bytes of command sets since then
    _left = 0  #: bytes of the PDU that are still to come
    _header = b""  #: of the next PDU, as far as it has arrived
    _ends = 0.0  #: when the PDU must be whole, on the monotonic clock

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Return what has arrived, as socket.recv does. Raises OSError beyond a limit."""
        is_between = not self._left and not self._header
        if is_between:
            self._ends = time.monotonic() + PDU_SECONDS
        self.settimeout(max(self._ends - time.monotonic(), 1e-3))
        try:
            data = super().recv(bufsize, flags)
        finally:
            self.settimeout(PDU_SECONDS)
        self._count(data)
        return data

    def finish_message(self) -> None:
        """Count from zero again: a whole message has arrived."""
        self._unfinished = self._command = 0

    def add_command(self, length: int) -> None:
        """Count a fragment of a command set, and hang up where there are too many."""
        self._command += length
        if self._command > COMMAND_LIMIT:
            self.shutdown(socket.SHUT_RDWR)

    def _count(self, data: bytes) -> None:
        view = memoryview(data)
        self._unfinished += len(view)
        while len(view):
            if self._left:
                taken = min(self._left, len(view))
                self._left -= taken
            else:
                taken = min(_HEADER - len(self._header), len(view))
                self._header += view[:taken]
                if len(self._header) == _HEADER:
                    self._left, self._header = int.from_bytes(self._header[2:]), b""
            view = view[taken:]
            if self._left > PDU_LIMIT or self._unfinished > self.message_limit:
                raise OSError(errno.EMSGSIZE, "the peer sends more than is taken")


class LimitedServer(ThreadedAssociationServer):
    """Server of associations over limited connections, and not too many of them."""

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Return whether there is room for one more connection."""
        return len(self.active_associations) < CONNECTIONS

    def get_request(self) -> tuple[socket.socket, Any]:
        """Return the next connection, limited."""
        connection, address = super().get_request()
        return LimitedConnection(fileno=connection.detach()), address


def connection_of(event: evt.Event) -> LimitedConnection | None:
    """Return the connection that an event came by, None when it is closed."""
    transport = event.assoc.dul.socket
    connection = transport.socket if transport is not None else None
    return connection if isinstance(connection, LimitedConnection) else None


def count_commands(event: evt.Event) -> None:
    """Count the fragments of command sets in a PDU that has arrived; a handler of EVT_PDU_RECV."""
    connection = connection_of(event)
    for item in getattr(event.pdu, "presentation_data_value_items", ()):
        value = item.presentation_data_value
        if connection is not None and value and value[0] & _COMMAND_FRAGMENT:
            connection.add_command(len(value))
