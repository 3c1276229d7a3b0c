"""The loop of the network process: listens, delivers complete studies, sends what waits in the outbox."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Literal

from app.domain.errors import UsageError
from app.files.private import make_private_folder
from app.pipeline.dicom_network.network_options import NetworkOptions, outbox_of
from app.pipeline.dicom_network.receiver import IncomingSweep, Receiver
from app.pipeline.dicom_network.sender import TITLE, ArchiveUnreachable, Outbox
from app.pipeline.dicom_network.study_store import DeliveredStudy, StudyStore

Tell = Callable[[Literal["info", "warning", "error"], str], None]
TICK_SECONDS: Final = 0.5  # between two looks at what is complete and what waits
_FAILURE_SECONDS: Final = 10.0  # until a disk that failed is tried again; chosen by hand


def run_network(options: NetworkOptions, stop: threading.Event, tell: Tell) -> None:
    """Serve until stop is set. tell: called from any thread with what a person should know.

    Raises UsageError where the options cannot be met, or another process serves the folder.
    """
    make_private_folder(options.folder)
    with ExitStack() as stack:
        stack.enter_context(_only_one(options.folder))
        deliver = _start_receiver(options, stack, tell)
        send = _make_sender(options, tell)
        while not stop.wait(TICK_SECONDS):
            for step in (deliver, send):
                try:
                    step()
                except OSError as error:
                    tell(
                        "error",
                        f"Received studies wait, since they cannot be stored: {error.strerror or error}.",
                    )
                    stop.wait(_FAILURE_SECONDS)


def _start_receiver(options: NetworkOptions, stack: ExitStack, tell: Tell) -> Callable[[], None]:
    """Begin to listen, and return what is to be done again and again."""
    if options.listen_at is None or options.drop_folder is None:
        return lambda: None
    incoming = options.folder / "incoming"
    make_private_folder(incoming)
    store = StudyStore(
        options.folder / "staging",
        options.drop_folder,
        time.monotonic,
        options.study_limit,
        options.quiet_seconds,
        options.cut_seconds,
    )
    receiver = Receiver(options.listen_at, options.callers, store, lambda text: tell("warning", text))
    port = stack.enter_context(receiver.listen(incoming))
    tell("info", f"Scanners can send to {options.listen_at.title}, port {port}.")

    sweep = IncomingSweep(incoming)

    def deliver() -> None:
        sweep.clear(time.monotonic())
        for study in store.deliver_complete():
            tell("warning" if study.is_cut or study.differing else "info", describe_delivery(study))

    return deliver


def describe_delivery(study: DeliveredStudy) -> str:
    """Return what arrived, in sentences."""
    text = f"{study.folder.name} arrived: {study.instances} images."
    if study.is_cut:
        text += " The connection was cut, and the rest never came: have the study sent again."
    if study.differing:
        text += f" {study.differing} were left out, since the study has others of their UIDs."
    return text


def _make_sender(options: NetworkOptions, tell: Tell) -> Callable[[], None]:
    """Return what sends the files that wait."""
    archive = options.archive
    if archive is None:
        return lambda: None
    outbox = Outbox(outbox_of(options.folder))
    title = options.listen_at.title if options.listen_at is not None else TITLE
    told = ""

    def send() -> None:
        nonlocal told
        try:
            done = outbox.send_waiting(archive, title, time.monotonic())
        except ArchiveUnreachable as error:
            if str(error) != told:
                told = str(error)
                tell("warning", f"{error} {len(outbox.waiting)} files wait, and it is tried again.")
            return
        for sent in done:
            told = ""
            tell("error" if sent.problem else "info", sent.problem or f"{sent.file} is in {archive.title}.")

    return send


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder. Raises UsageError where another process holds it."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError("Another receiver serves this folder.", subject=folder) from error
        yield
    finally:
        os.close(handle)
