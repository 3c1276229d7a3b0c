"""How much memory a worker may take before it is replaced."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import WorkerDied

MEBIBYTE = 2**20
LEAST = 2048 * MEBIBYTE


def half_of_memory() -> int:
    """Half of this machine's memory in bytes, at least 2 GiB: what one worker may take."""
    return max(_kibibytes(Path("/proc/meminfo"), "MemTotal:") * 512, LEAST)


def private_memory(pid: int) -> int:
    """Bytes that a process has for itself; the shared pool is not its own. 0 when it is gone."""
    return _kibibytes(Path(f"/proc/{pid}/status"), "RssAnon:") * 1024


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """limit: bytes of its own that a worker may take when it has nothing to do; half as much again at work."""

    limit: int = field(default_factory=half_of_memory)

    def check(self, pid: int, *, is_busy: bool) -> WorkerDied | None:
        """Why the worker must be replaced, or None."""
        taken = private_memory(pid)
        if taken <= (self.limit + self.limit // 2 if is_busy else self.limit):
            return None
        return WorkerDied(
            f"The worker took {taken // MEBIBYTE} MiB of memory and was stopped.",
            remedy="It starts again by itself; try once more.",
        )


def _kibibytes(path: Path, name: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
