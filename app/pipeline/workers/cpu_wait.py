"""How long a process that could go on waited for a processor."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_NANOSECONDS = 1e9


class CpuWait:
    """The threads of a process in the kernel's queues; see schedstat in the kernel's scheduler statistics."""

    def __init__(self, pid: int) -> None:
        self._tasks = Path(f"/proc/{pid}/task")
        self._job = 0
        self._before: dict[str, float] = {}

    def waited(self, job: int) -> float:
        """Seconds for which the thread that waited longest has waited since the last look at the same job.

        0.0 at the first look, and where the kernel keeps no such statistics.
        """
        now, before = self._waits(), self._before
        is_first = job != self._job
        self._job, self._before = job, now
        if is_first:
            return 0.0
        return max((seconds - before.get(thread, 0.0) for thread, seconds in now.items()), default=0.0)

    def _waits(self) -> dict[str, float]:
        found = {}
        with suppress(OSError):
            for task in self._tasks.iterdir():
                with suppress(OSError, IndexError):
                    found[task.name] = int((task / "schedstat").read_text().split()[1]) / _NANOSECONDS
        return found
