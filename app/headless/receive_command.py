"""The command `framewise receive`: takes studies from scanners and sends finished objects, without a window."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from app.domain.dicom_node import parse_node
from app.domain.errors import FramewiseError, UsageError
from app.pipeline.dicom_network.network_options import CUT_SECONDS, QUIET_SECONDS, NetworkOptions

_MISSING = "The receiver needs pynetdicom: pip install framewise[dicom-network]."


def main(words: Sequence[str]) -> int:
    """Serve until the process is told to end; print a line for each thing that happens; return the exit status."""
    arguments = _parse(words)
    try:
        from app.pipeline.dicom_network.network_loop import run_network
    except ImportError:
        _tell("error", _MISSING)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if arguments.end_with_stdin:
        threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
    try:
        if (arguments.listen is None) != (arguments.drop_folder is None):
            raise UsageError("--listen and --drop-folder need each other.")
        options = NetworkOptions(
            arguments.folder,
            parse_node(arguments.listen) if arguments.listen else None,
            tuple(arguments.callers),
            arguments.drop_folder,
            arguments.gigabytes << 30,
            parse_node(arguments.archive) if arguments.archive else None,
            arguments.quiet,
            arguments.cut,
        )
        run_network(options, stop, _tell)
    except FramewiseError as error:
        _tell("error", str(error))
        return 1
    return 0


def _tell(level: str, text: str) -> None:
    print(level, " ".join(text.split()), sep="\t", flush=True)  # noqa: T201 - this is what was asked for


def _wait_for_end(stop: threading.Event) -> None:
    while sys.stdin.readline():
        pass
    stop.set()


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="framewise receive",
        description="Take studies from scanners, and send finished objects to an archive.",
    )
    add = parser.add_argument
    add("--folder", type=Path, required=True, help="folder of what is on its way")
    add(
        "--listen",
        metavar="NODE",
        help="our own AE title, address and port, such as FRAMEWISE@10.0.0.5:11112",
    )
    add("--callers", nargs="*", default=[], metavar="TITLE", help='AE titles that may send; "*" for any')
    add("--drop-folder", type=Path, help="folder of received studies")
    add("--gigabytes", type=int, default=50, help="largest study that is taken")
    add("--archive", metavar="NODE", help="node that takes what is put into the outbox")
    add(
        "--quiet",
        type=float,
        default=QUIET_SECONDS,
        help="seconds without an image, after which a study is complete",
    )
    add("--cut", type=float, default=CUT_SECONDS, help="the same after a connection was cut")
    add("--end-with-stdin", action="store_true", help="end when standard input is closed, as with the parent")
    return parser.parse_args(words)
