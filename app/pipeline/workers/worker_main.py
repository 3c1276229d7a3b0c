"""A worker process: one role, jobs one at a time.

    python -m app.pipeline.workers.worker_main ROLE --pool-fd N --pool-size N --parent PID

Standard input and output are the pipe to the supervisor. Nothing heavy is imported here, so that a
worker is up as soon as its role is.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import logging
import os
import signal
import sys
import threading
import traceback
from collections import deque
from typing import TYPE_CHECKING, Any, NoReturn

from app.domain.errors import FramewiseError, WorkerError
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.priorities import set_process_priority
from app.pipeline.workers.protocol import (
    PROTOCOL,
    Cancelled,
    Message,
    ProtocolError,
    encode,
    failure,
    read_message,
)
from app.pipeline.workers.role import Role, load_role

if TYPE_CHECKING:
    from app.pipeline.workers.shared_memory import SharedPool

_PR_SET_PDEATHSIG = 1


class MessageWriter:
    """The way to the supervisor; any thread may send."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Send a message; ends the process when nobody is there any more."""
        data = memoryview(encode(message))
        try:
            with self._lock:
                while data:
                    data = data[os.write(self._fd, data) :]
        except OSError:
            os._exit(0)


class LazyPool:
    """Maps the shared pool when it is first needed."""

    def __init__(self, fd: int, size: int) -> None:
        self._fd = fd
        self._size = size
        self._pool: SharedPool | None = None

    def __call__(self) -> SharedPool:
        if self._pool is None:
            from app.pipeline.workers.shared_memory import SharedPool

            self._pool = SharedPool.attach(self._fd, self._size)
        return self._pool


class JobInbox:
    """The jobs a worker has: one on the table, the others in a queue."""

    def __init__(self, outbox: MessageWriter, pool: LazyPool) -> None:
        self._outbox = outbox
        self._pool = pool
        self._news = threading.Condition()
        self._queue: deque[tuple[JobContext, str, dict[str, Any]]] = deque()
        self._current: JobContext | None = None
        self._quitting = False

    def next(self) -> tuple[JobContext, str, dict[str, Any]] | None:
        """Wait for the next job; None when the worker shall quit."""
        with self._news:
            self._current = None
            self._news.wait_for(lambda: self._queue or self._quitting)
            if self._quitting:
                return None
            context, verb, body = self._queue.popleft()
            self._current = context
        context.beat()
        return context, verb, body

    def receive(self, message: Message) -> None:
        """Act on a message from the supervisor; called by the reader thread."""
        kind = message["kind"]
        if kind == "ping":
            self._outbox.send({"kind": "pong", "busy_for": self._busy_for()})
        elif kind == "job":
            self._add(message)
        elif kind == "cancel":
            self._cancel(message["job"])
        elif kind == "quit":
            self._quit()

    def _add(self, message: Message) -> None:
        context = JobContext(message["job"], self._outbox.send, self._pool)
        with self._news:
            self._queue.append((context, message["verb"], message["body"]))
            self._news.notify()

    def _cancel(self, job: int) -> None:
        with self._news:
            for entry in self._queue:
                if entry[0].job == job:
                    self._queue.remove(entry)
                    self._outbox.send({"kind": "cancelled", "job": job})
                    return
            if self._current and self._current.job == job:
                self._current.cancel()

    def _quit(self) -> None:
        with self._news:
            self._quitting = True
            if self._current:
                self._current.cancel()
            self._news.notify()

    def _busy_for(self) -> float:
        current = self._current
        return current.busy_for if current else 0.0


def run_job(role: Role, verb: str, body: dict[str, Any], context: JobContext, outbox: MessageWriter) -> None:
    """Do one job and reply; whatever a role raises ends here."""
    try:
        answer = role.handle(verb, body, context)
        outbox.send({"kind": "done", "job": context.job, "body": answer or {}})
    except Cancelled:
        outbox.send({"kind": "cancelled", "job": context.job})
    except FramewiseError as error:
        outbox.send(failure(error, traceback.format_exc(), context.job))
    except Exception as error:  # noqa: BLE001 - the edge of the process: a bad job must not end it
        told = WorkerError(
            f"The {role.name} failed: {type(error).__name__}: {error}.",
            subject=verb,
            remedy="The log file holds the details.",
        )
        outbox.send(failure(told, traceback.format_exc(), context.job))


def serve(role_name: str, inbox_fd: int, outbox: MessageWriter, pool: LazyPool) -> None:
    """Load the role, say READY and do jobs until asked to quit."""
    desk = JobInbox(outbox, pool)
    threading.Thread(target=_read, args=(inbox_fd, desk), name="reader", daemon=True).start()
    role = load_role(role_name)()
    outbox.send({"kind": "ready", "role": role.name, "protocol": PROTOCOL})
    try:
        while (entry := desk.next()) is not None:
            context, verb, body = entry
            run_job(role, verb, body, context, outbox)
    finally:
        role.close()


def main() -> NoReturn:
    """Set the process up and serve."""
    args = _arguments()
    _die_with(args.parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_process_priority(args.nice)
    inbox_fd, outbox = _claim_pipe()
    faulthandler.enable()
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    serve(args.role, inbox_fd, outbox, LazyPool(args.pool_fd, args.pool_size))
    # The reader thread still blocks in a read, and numeric libraries take long to take themselves down.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _read(fd: int, desk: JobInbox) -> None:
    status = 1
    try:
        while (message := read_message(fd)) is not None:
            desk.receive(message)
        status = 0
    except (ProtocolError, KeyError, OSError):
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="app.pipeline.workers.worker_main")
    parser.add_argument("role", help='a name, or "module:Class"')
    parser.add_argument("--pool-fd", type=int, required=True)
    parser.add_argument("--pool-size", type=int, required=True, help="bytes")
    parser.add_argument("--parent", type=int, required=True, help="process that this one must not outlive")
    parser.add_argument("--nice", type=int, default=0)
    return parser.parse_args()


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when the parent is gone, even while it is stopped (prctl(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # The parent may have gone before the line above.
    if os.getppid() != parent:
        os._exit(0)


def _claim_pipe() -> tuple[int, MessageWriter]:
    """Keep the pipe for messages alone: whatever a library prints goes to standard error."""
    inbox_fd, outbox_fd = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return inbox_fd, MessageWriter(outbox_fd)


if __name__ == "__main__":
    main()
