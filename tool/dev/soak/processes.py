"""Processes of the program, found through /proc: its workers, and what it holds."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil

PROC = Path("/proc")
WORKER = b"app.pipeline.workers.worker_main"


def children(pid: int) -> list[int]:
    """The processes that a process, any thread of it, has started."""
    with suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children()]
    return []


def workers(pid: int) -> dict[str, int]:
    """The process ids of the workers of a program, by role."""
    return {role: child for child in children(pid) if (role := _role(child))}


def name_of(pid: int) -> str:
    """The role of a worker, "program" for any other process."""
    return _role(pid) or "program"


def _role(pid: int) -> str:
    with suppress(OSError):
        words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
        if WORKER in words:
            return words[words.index(WORKER) + 1].decode()
    return ""


def describe(pid: int) -> str:
    """A program and its workers: state (R runs, S sleeps, T is stopped) and processor time of each."""
    words = []
    for name, process in {"program": pid, **workers(pid)}.items():
        with suppress(OSError):
            words.append(f"{name} {_stat(process)[0]} {processor_seconds(process):.2f} s")
    return ", ".join(words)


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used. Raises OSError when it is gone."""
    user, system = _stat(pid)[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def send_signal(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal; a process that is gone does not mind."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def taken(pid: int) -> float:
    """MiB that a process has for itself, and its share of shared memory.

    Pages of files are left out: how many of them count depends on who else runs the same libraries.
    """
    with suppress(OSError):
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        return (
            sum(int(line.split()[1]) for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:"))) / 1024
        )
    return 0.0


def descriptors(pid: int) -> int:
    """How many file descriptors a process has open."""
    try:
        return len(os.listdir(PROC / str(pid) / "fd"))
    except OSError:
        return 0


def threads(pid: int) -> int:
    """How many threads a process has."""
    try:
        return len(os.listdir(PROC / str(pid) / "task"))
    except OSError:
        return 0
