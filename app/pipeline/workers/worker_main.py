"""A worker process: one role, jobs one at a time.

    python -m app.pipeline.workers.worker_main NAME MODULE:CLASS --pool-fd N --pool-size N --parent PID

Standard input and output are the pipe to the WorkerHandle. The main thread does the jobs, the reader thread takes
messages, the beat thread shows that the process lives. Nothing heavy is imported here, so that a worker is up as
soon as its role is.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from app.domain.errors import FramewiseError, WorkerError
from app.files.access import name_lost_drive
from app.files.parent_process import end_with_parent
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.message_codec import ProtocolError
from app.pipeline.workers.priorities import set_process_priority, set_start_priority
from app.pipeline.workers.protocol import (
    PROTOCOL,
    Cancelled,
    Message,
    encode_message,
    failure_message,
    read_message,
)
from app.pipeline.workers.role import Role, load_role

if TYPE_CHECKING:
    from app.pipeline.workers.shared_memory import SharedPool

# The kernel, when memory runs out, takes the process with the highest score first: a worker, which comes back, rather
# than the window. 0 is usual, 1000 the most; the prober, which opens unknown files, sets more.
_OOM_SCORE = "300"


class MessageWriter:
    """Writes messages into the pipe to the WorkerHandle; any thread may send."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Send a message; ends the process when the other side is gone."""
        data = memoryview(encode_message(message))
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


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedJob:
    """A job as it came through the pipe. request: class name of the Request; body: its fields."""

    context: JobContext[Any]
    request: str
    body: object


class JobInbox:
    """The jobs of a worker, one running, the others in a queue. The reader thread adds, the main thread takes."""

    def __init__(self, writer: MessageWriter, pool: LazyPool) -> None:
        self._writer = writer
        self._pool = pool
        self._news = threading.Condition()
        self._queue: deque[ReceivedJob] = deque()
        self._current: JobContext[Any] | None = None
        self._quitting = False

    def next(self) -> ReceivedJob | None:
        """Wait for the next job; None when the worker shall quit."""
        with self._news:
            self._current = None
            self._news.wait_for(lambda: self._queue or self._quitting)
            if self._quitting:
                return None
            job = self._queue.popleft()
            self._current = job.context
        job.context.beat()
        return job

    def receive(self, message: Message) -> None:
        """Act on a message; called by the reader thread."""
        kind = message["kind"]
        if kind == "job":
            self._add(message)
        elif kind == "cancel":
            self._cancel(message["job"])
        elif kind == "quit":
            self._quit()

    def _add(self, message: Message) -> None:
        context: JobContext[Any] = JobContext(message["job"], self._writer.send, self._pool)
        with self._news:
            self._queue.append(ReceivedJob(context, message["request"], message["body"]))
            self._news.notify()

    def _cancel(self, job: int) -> None:
        with self._news:
            for entry in self._queue:
                if entry.context.job == job:
                    self._queue.remove(entry)
                    self._writer.send({"kind": "cancelled", "job": job})
                    return
            if self._current and self._current.job == job:
                self._current.cancel()

    def _quit(self) -> None:
        with self._news:
            self._quitting = True
            if self._current:
                self._current.cancel()
            self._news.notify()

    def beat(self) -> None:
        """Send the running job and its signs of life so far; called by the beat thread."""
        current = self._current
        job, signs = (current.job, current.signs) if current else (0, 0)
        self._writer.send({"kind": "beat", "job": job, "signs": signs})


def run_job(role: Role, received: ReceivedJob, writer: MessageWriter) -> None:
    """Do one job and reply; every exception of a role ends here."""
    job = received.context.job
    try:
        reply = role.handle(received.request, received.body, received.context)
        writer.send({"kind": "done", "job": job, "body": reply})
    except Cancelled:
        writer.send({"kind": "cancelled", "job": job})
    except FramewiseError as error:
        writer.send(failure_message(name_lost_drive(error), traceback.format_exc(), job))
    except Exception as error:  # noqa: BLE001 - the edge of the process: a bad job must not end it
        told = WorkerError(
            f"The worker failed: {type(error).__name__}: {error}.",
            subject=received.request,
            remedy="The log file holds the details.",
        )
        writer.send(failure_message(told, traceback.format_exc(), job))


def serve(args: argparse.Namespace, reader_fd: int, writer: MessageWriter) -> None:
    """Load the role, send "ready" and do jobs until asked to quit."""
    inbox = JobInbox(writer, LazyPool(args.pool_fd, args.pool_size))
    threading.Thread(target=_read, args=(reader_fd, inbox), name="reader", daemon=True).start()
    threading.Thread(target=_beat, args=(args.beat, inbox), name="beat", daemon=True).start()
    role = load_role(args.role)()
    setup = role.setup_request.__name__ if role.setup_request is not None else ""
    if not setup:
        set_process_priority(args.nice)
    writer.send({"kind": "ready", "protocol": PROTOCOL})
    try:
        while (received := inbox.next()) is not None:
            run_job(role, received, writer)
            if received.request == setup:
                set_process_priority(args.nice)
                setup = ""
    finally:
        role.close()


def main() -> NoReturn:
    """Set the process up and serve."""
    args = _arguments()
    end_with_parent(args.parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_start_priority(args.nice)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    reader_fd, writer = _claim_pipe()
    faulthandler.enable()
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    serve(args, reader_fd, writer)
    # The reader thread still blocks in a read, and numeric libraries take long to take themselves down.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _read(fd: int, inbox: JobInbox) -> None:
    status = 1
    try:
        while (message := read_message(fd)) is not None:
            inbox.receive(message)
        status = 0
    except (ProtocolError, KeyError, OSError):
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _beat(interval: float, inbox: JobInbox) -> None:
    # The first beat says that this process will not outlive its parent: from then on it may be stopped.
    while True:
        inbox.beat()
        time.sleep(interval)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="app.pipeline.workers.worker_main")
    parser.add_argument("name", help="of the worker, for lists of processes")
    parser.add_argument("role", help="module:Class")
    parser.add_argument("--pool-fd", type=int, required=True)
    parser.add_argument("--pool-size", type=int, required=True, help="bytes")
    parser.add_argument("--parent", type=int, required=True, help="process that this one must not outlive")
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--beat", type=float, default=1.0, help="seconds between two beats")
    return parser.parse_args()


def _claim_pipe() -> tuple[int, MessageWriter]:
    """Keep the pipe for messages alone: what a library prints goes to standard error."""
    reader_fd, writer_fd = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return reader_fd, MessageWriter(writer_fd)


if __name__ == "__main__":
    main()
