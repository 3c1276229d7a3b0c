"""A server of associations that bounds what a peer can make it hold: size of PDUs and messages, time, connections."""

import errno
import socket
import time
from typing import Any, Final

from pynetdicom import evt
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.transport import ThreadedAssociationServer

# Bytes. The longest PDU that a peer has a reason to send is a request for an association with 128 presentation
# contexts of some 70 transfer syntaxes each, about 600 KiB (PS3.8 section 9.3.2); data PDUs keep to our maximum.
PDU_LIMIT: Final = 1 << 20
# Bytes of a command set. Those of C-STORE and C-ECHO take less than 1 KiB (PS3.7 section 9.3).
COMMAND_LIMIT: Final = 1 << 16
# Bytes of a data set that belongs to no C-STORE; pynetdicom keeps it in memory, and no such one is answered.
OTHER_LIMIT: Final = 1 << 20
CHECK_BYTES: Final = 1 << 24  # between two looks at the room on the disk; all connections together 512 MiB
# Messages that may wait to be served; chosen by hand. A peer sends one at a time (PS3.7 annex D.3.3.3, not negotiated).
WAITING: Final = 16
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
    _other = 0  #: bytes of data sets since then that belong to no C-STORE
    _unchecked = 0  #: bytes since the last look at the room on the disk
    _is_over = False  #: the peer has sent too much
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
        self._unfinished = self._command = self._other = 0

    def add_fragment(self, length: int, is_command: bool) -> None:
        """Count a fragment of a message that is kept in memory, and hang up where there are too many."""
        self._command += length if is_command else 0
        self._other += 0 if is_command else length
        if self._command > COMMAND_LIMIT or self._other > OTHER_LIMIT:
            self.hang_up()

    def is_check_due(self) -> bool:
        """Return whether so much has arrived that the room on the disk is to be looked at; True once."""
        is_due = self._unchecked > CHECK_BYTES
        self._unchecked = 0 if is_due else self._unchecked
        return is_due

    def hang_up(self) -> None:
        """Fail from now on, at which pynetdicom closes the connection; one that is shut down here it leaves open."""
        self._is_over = True

    def _count(self, data: bytes) -> None:
        view = memoryview(data)
        self._unfinished += len(view)
        self._unchecked += len(view)
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
            if self._is_over or self._left > PDU_LIMIT or self._unfinished > self.message_limit:
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


def count_data(event: evt.Event) -> None:
    """Count the fragments in a PDU that has arrived, but for those that go to a file; a handler of EVT_PDU_RECV."""
    connection, message = connection_of(event), event.assoc.dimse.message
    is_stored = message is None or isinstance(message, C_STORE_RQ)
    for item in getattr(event.pdu, "presentation_data_value_items", ()):
        value = item.presentation_data_value
        is_command = bool(value and value[0] & _COMMAND_FRAGMENT)
        if connection is not None and (is_command or not is_stored):
            connection.add_fragment(len(value), is_command)


def finish_message(event: evt.Event) -> None:
    """Count anew after a whole message, and hang up on a peer that does not wait for answers; for EVT_DIMSE_RECV."""
    connection = connection_of(event)
    if connection is not None:
        connection.finish_message()
        if event.assoc.dimse.msg_queue.qsize() > WAITING:
            connection.hang_up()
