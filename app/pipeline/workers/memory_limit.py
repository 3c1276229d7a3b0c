"""Memory limit of a worker, above which it is replaced."""

from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import WorkerDied

MEBIBYTE = 2**20  # bytes
LEAST = 2048 * MEBIBYTE  # for machines of less than 4 GiB; chosen by hand


def half_of_memory() -> int:
    """Return half of this machine's memory in bytes, at least 2 GiB."""
    return max(_kibibytes(Path("/proc/meminfo"), "MemTotal:") * 512, LEAST)


def private_memory(pid: int) -> int:
    """Return the bytes that a process has for itself, without the shared pool; 0 when it is gone."""
    return _kibibytes(Path(f"/proc/{pid}/status"), "RssAnon:") * 1024


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """Limit of a worker's own memory; at work it may take half as much again."""

    limit: int = field(default_factory=half_of_memory)  #: bytes

    def check(self, pid: int, *, is_busy: bool) -> WorkerDied | None:
        """Return why the worker must be replaced, or None."""
        used = private_memory(pid)
        if used <= (self.limit + self.limit // 2 if is_busy else self.limit):
            return None
        return WorkerDied(
            f"The worker took {used // MEBIBYTE} MiB of memory and was stopped.",
            remedy="It starts again by itself; try once more.",
        )


def _kibibytes(path: Path, name: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
