"""The receiver of studies: a C-STORE and C-ECHO provider (PS3.4 annexes A and B)."""

import logging
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseServer
from typing import Final

from pynetdicom import (
    AE,
    ALL_TRANSFER_SYNTAXES,
    AllStoragePresentationContexts,
    VerificationPresentationContexts,
    _config,
    evt,
)
from pynetdicom.transport import ThreadedAssociationServer

from app.domain.dicom_node import DicomNode, check_title
from app.domain.errors import FramewiseError, SequenceError, StorageFull, UsageError
from app.pipeline.dicom_network.limited_server import (
    PDU_SECONDS,
    LimitedServer,
    connection_of,
    count_data,
    finish_message,
)
from app.pipeline.dicom_network.study_store import StudyStore

ANY_CALLER: Final = "*"
# Status of C-STORE (PS3.4 annex B.2.3).
_SUCCESS, _NO_RESOURCES, _NOT_UNDERSTOOD = 0x0000, 0xA700, 0xC000
_PDU_BYTES: Final = 1 << 17  # asked of peers: eight times the usual 16 KiB, for fewer turns of Python
# Seconds to make or end an association, for which an aborted peer may hold its connection; chosen by hand.
_HANDSHAKE_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 60.0  # of a silent association, until it is aborted; chosen by hand

_log = logging.getLogger(__name__)


class Receiver:
    """Server that stages what comes in. Its handlers run on the threads of the associations."""

    def __init__(
        self, node: DicomNode, callers: Sequence[str], store: StudyStore, notify: Callable[[str], None]
    ) -> None:
        """Prepare to listen at node. callers: AE titles that may send, "*" for any; notify: told what was refused.

        Raises UsageError without callers.
        """
        if not callers:
            raise UsageError(
                "The receiver does not start: no AE title may send.",
                subject=node,
                remedy='Name them in receiver_callers; "*" stands for any.',
            )
        self._node, self._store, self._notify = node, store, notify
        self._entity = entity = AE(ae_title=node.title)
        entity.maximum_pdu_size = _PDU_BYTES
        entity.network_timeout = entity.dimse_timeout = _IDLE_SECONDS
        entity.acse_timeout = _HANDSHAKE_SECONDS
        entity.require_called_aet = True
        entity.require_calling_aet = (
            [] if ANY_CALLER in callers else [check_title(title) for title in callers]
        )
        for context in AllStoragePresentationContexts:
            entity.add_supported_context(str(context.abstract_syntax), ALL_TRANSFER_SYNTAXES)
        for context in VerificationPresentationContexts:
            entity.add_supported_context(str(context.abstract_syntax))

    @contextmanager
    def listen(self, incoming: Path) -> Iterator[int]:
        """Serve until the block ends, and give the port. incoming: folder of instances that are still arriving.

        Raises UsageError where the address cannot be listened at. pynetdicom takes the folder from tempfile, so one
        process runs one receiver.
        """
        _config.STORE_RECV_CHUNKED_DATASET = True
        tempfile.tempdir = str(incoming)
        try:
            server = self._entity.make_server(
                (self._node.host, self._node.port), evt_handlers=self._handlers(), server_class=LimitedServer
            )
        except OSError as error:
            raise UsageError(
                f"The receiver cannot listen: {error.strerror or error}.",
                subject=self._node,
                remedy="Choose an address of this machine and a port that no other program has.",
            ) from error
        with server, _serving(server):
            yield int(server.server_address[1])

    def _handlers(self) -> list[evt.EventHandlerType]:
        return [
            (evt.EVT_C_STORE, self._store_instance),
            (evt.EVT_PDU_RECV, self._check_unfinished),
            (evt.EVT_DIMSE_RECV, finish_message),
            (evt.EVT_RELEASED, lambda event: self._store.end_association(id(event.assoc), is_cut=False)),
            (evt.EVT_ABORTED, lambda event: self._store.end_association(id(event.assoc), is_cut=True)),
            (evt.EVT_CONN_CLOSE, lambda event: self._store.end_association(id(event.assoc), is_cut=True)),
            (evt.EVT_REJECTED, self._tell_rejection),
        ]

    def _store_instance(self, event: evt.Event) -> int:
        try:
            self._store.add(event.dataset_path, id(event.assoc))
        except SequenceError as error:
            self._tell(event, error)
            return _NOT_UNDERSTOOD
        except StorageFull as error:
            self._tell(event, error)
            return _NO_RESOURCES
        except OSError as error:
            self._tell(event, StorageFull(f"An instance cannot be stored: {error.strerror or error}."))
            return _NO_RESOURCES
        return _SUCCESS

    def _check_unfinished(self, event: evt.Event) -> None:
        """Hang up where a message in progress is longer than is taken, or the disk has no room for it."""
        count_data(event)
        connection = connection_of(event)
        if connection is not None and connection.is_check_due():
            try:
                self._store.check_room()
            except StorageFull as error:
                self._tell(event, error)
                connection.hang_up()

    def _tell(self, event: evt.Event, error: FramewiseError) -> None:
        self._notify(f"{event.assoc.requestor.ae_title}: {error}")

    def _tell_rejection(self, event: evt.Event) -> None:
        caller = event.assoc.requestor
        called = caller.primitive.called_ae_title if caller.primitive is not None else ""
        self._notify(f"{caller.ae_title} at {caller.address} called {called}: the association was refused.")


@contextmanager
def _serving(server: ThreadedAssociationServer) -> Iterator[None]:
    """Run the accept loop of a server in a thread while the block lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        BaseServer.shutdown(
            server
        )  # pynetdicom's own looks for the server in a list that only start_server fills
        for association in server.active_associations:
            association.abort()
        thread.join()


class IncomingSweep:
    """Removes what cut connections left of instances: files that did not grow while a PDU would have come.

    By a monotonic clock: that of the machine may be set while an instance comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[int, float]] = {}  #: size of each file, and since when it has it

    def clear(self, now: float) -> None:
        """Look at the folder, and remove what is left over. now: seconds on the monotonic clock."""
        known = {}
        for file in self._folder.iterdir():
            with suppress(OSError):
                size = file.stat().st_size
                before, since = self._known.get(file.name, (-1, now))
                if size == before and now - since > 2 * PDU_SECONDS:
                    file.unlink()
                else:
                    known[file.name] = size, since if size == before else now
        self._known = known
