"""One run of a worker process: its pipe, its standard error, its signals. On the event loop's thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.pipeline.workers.protocol import PREFIX_SIZE, Message, decode_message, payload_size
from app.pipeline.workers.shared_memory import SharedPool

_ROOT = Path(__file__).parents[3]
_LINE_LIMIT = 4096  # bytes; longer lines of standard error are broken here
_LINES_KEPT = 12  # for the message about a death: the end of a traceback


@dataclass(frozen=True, slots=True)
class Launch:
    """Parameters of a worker process."""

    name: str  #: how the list of processes shows it
    role: str  #: "module:Class"
    pool: SharedPool
    nice: int = 0
    beat: float = 1.0  #: seconds between two beats
    env: Mapping[str, str] = field(default_factory=dict)  #: on top of the variables of this process

    @property
    def command(self) -> list[str]:
        """The command line; -P keeps modules in the working folder from being imported."""
        numbers = {
            "--pool-fd": self.pool.fd,
            "--pool-size": self.pool.capacity,
            "--parent": os.getpid(),
            "--nice": self.nice,
            "--beat": self.beat,
        }
        options = [word for name, value in numbers.items() for word in (name, str(value))]
        return [
            sys.executable,
            "-P",
            "-m",
            "app.pipeline.workers.worker_main",
            self.name,
            self.role,
            *options,
        ]

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the process; the folder that holds the package comes first on its path."""
        merged = {**os.environ, **self.env}
        paths = [str(_ROOT), *filter(None, [merged.get("PYTHONPATH")])]
        return merged | {"PYTHONPATH": os.pathsep.join(paths)}


class WorkerProcess:
    """A running worker. Made by spawn, ended by end or kill, released by close."""

    def __init__(self, process: Process, log: logging.Logger) -> None:
        self._process = process
        # Signals go through a pidfd: a process id may have been given to another process by the time it is used.
        self._pidfd = _pidfd(process.pid)
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._stderr = asyncio.create_task(self._read_stderr(log))

    @classmethod
    async def spawn(cls, launch: Launch, log: logging.Logger) -> WorkerProcess:
        """Start the process; it is up when its "ready" message arrives."""
        process = await asyncio.create_subprocess_exec(
            *launch.command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=launch.environment,
            pass_fds=(launch.pool.fd,),
        )
        return cls(process, log)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def stderr_tail(self) -> str:
        """The last lines of standard error."""
        return "\n".join(self._lines)

    @property
    def exit_reason(self) -> str:
        """The end of the process, in words."""
        code = self._process.returncode
        if code is None:
            return "still running"
        return f"exit status {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"

    def send(self, data: bytes) -> None:
        """Send an encoded message; what a dead process cannot take is dropped."""
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(data)

    async def messages(self) -> AsyncIterator[Message]:
        """The messages of the process until it closes the pipe. Raises ProtocolError on anything else."""
        stream = self._process.stdout
        assert stream is not None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = payload_size(await stream.readexactly(PREFIX_SIZE))
                yield decode_message(await stream.readexactly(size))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; without effect on a process that is gone."""
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    async def wait(self, seconds: float) -> bool:
        """Whether the process has ended within some seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            return False
        return True

    async def end(self, farewell: bytes, seconds: float) -> None:
        """Ask the process to go, then insist: a message, SIGTERM, SIGKILL, each with some seconds."""
        self.signal(signal.SIGCONT)
        self.send(farewell)
        for insist in (signal.SIGTERM, signal.SIGKILL):
            if await self.wait(seconds):
                return
            self.signal(insist)
        await self.wait(seconds)

    async def close(self, seconds: float) -> None:
        """Kill the process if it still lives, collect it and let go of its pipes."""
        try:
            self.signal(signal.SIGKILL)
            await self.wait(seconds)
            await asyncio.wait([self._stderr], timeout=seconds)
        finally:
            self._stderr.cancel()
            if self._process.stdin is not None:
                self._process.stdin.close()
            if self._pidfd is not None:
                os.close(self._pidfd)
                self._pidfd = None

    async def _read_stderr(self, log: logging.Logger) -> None:
        stream = self._process.stderr
        assert stream is not None
        rest = b""
        while part := await stream.read(_LINE_LIMIT):
            *lines, rest = (rest + part).split(b"\n")
            if len(rest) > _LINE_LIMIT:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._keep_line(line, log)
        if rest:
            self._keep_line(rest, log)

    def _keep_line(self, line: bytes, log: logging.Logger) -> None:
        text = line.decode(errors="replace").rstrip()
        self._lines.append(text)
        log.info("%s", text)


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None
