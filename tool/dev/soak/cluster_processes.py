"""A scheduler of Dask and workers of the program, as real processes on this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tool.dev.soak.processes import children

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Cluster:
    """Processes that end with it. log: what they say."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._log = log.open("ab")
        self.scheduler = self.start_scheduler()
        self.workers: list[subprocess.Popen[bytes]] = []

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        """Start the scheduler, again after it was killed."""
        words = ("--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        self.scheduler = self._start("distributed.cli.dask_scheduler", *words)
        return self.scheduler

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start one more worker."""
        self.workers.append(self._start("framewise", "worker", self.address))
        return self.workers[-1]

    def close(self) -> None:
        """End all of them, with what they have started."""
        for process in (*self.workers, self.scheduler):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._log.close()

    def _start(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        command = (sys.executable, "-m", module, *words)
        return subprocess.Popen(
            command, cwd=ROOT, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True
        )


@contextmanager
def cluster(log: Path, workers: int = 0) -> Iterator[Cluster]:
    """Start a scheduler with some workers."""
    made = Cluster(log)
    try:
        for _ in range(workers):
            made.start_worker()
        yield made
    finally:
        made.close()


def batch(workspace: Path, address: str, sources: Sequence[Path], *words: str) -> subprocess.Popen[str]:
    """Start a batch on a scheduler; it writes the workspace's own list."""
    command = [sys.executable, "-m", "framewise", "batch", *map(str, sources), "--workspace", str(workspace)]
    command += ["--engine", "classic", "--scheduler", address, *words]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def descendants(pid: int, role: str) -> list[int]:
    """The processes with a word in their command line that a process, or one of those, has started."""
    found: list[int] = []
    for child in children(pid):
        with suppress(OSError):
            if role.encode() in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                found.append(child)
        found += descendants(child, role)
    return found


def wait_for(condition: Callable[[], object], seconds: float = 200.0) -> None:
    """Wait until a function returns something true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
