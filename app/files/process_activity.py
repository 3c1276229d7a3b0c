"""Processor time and thread states of a process, from /proc: whether it works, waits its turn, or stands still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")  # a second
# Fields of /proc/PID/stat behind the name, see proc_pid_stat(5).
_TIMES: Final = slice(11, 15)  # own and of children that have ended, in user and kernel mode
# The share of a processor below which a process counts as still. Its own reader and beat threads take below 0.01;
# a process that is starved of processors is found in an active state instead.
_LEAST_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class ActivitySample:
    """Activity of a process between two samples."""

    cpu: float  #: processor seconds, of all threads and descendants
    is_active: bool  #: it computed, or could have but for a processor or disk that it waits for

    def working_time(self, passed: float) -> float:
        """Return how much of the passed seconds the process had for itself; all of them when it stood still."""
        return min(passed, self.cpu) if self.is_active else passed


class ProcessActivity:
    """Samples a process and its descendants. Belongs to one thread."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._own = _cpu(pid)
        self._descendants = 0.0

    def sample(self, passed: float) -> ActivitySample:
        """Return what happened since the last sample, passed seconds ago.

        A process that computes costs one small file, one that stands still a file for each thread.
        """
        before, self._own = self._own, _cpu(self._pid)
        used = max(self._own - before, 0.0)
        if used > _LEAST_SHARE * passed:
            return ActivitySample(used, is_active=True)
        descendants = [*_descendants(self._pid)]
        before, self._descendants = self._descendants, sum(map(_cpu, descendants))
        used += max(self._descendants - before, 0.0)
        is_active = used > _LEAST_SHARE * passed or any(map(_is_active, (self._pid, *descendants)))
        return ActivitySample(used, is_active)


def _descendants(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started: models are tried in one of their own."""
    with suppress(OSError):
        for task in (_PROC / str(pid) / "task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from _descendants(int(child))


def _cpu(pid: int) -> float:
    return sum(int(ticks) for ticks in _stat(_PROC / str(pid))[_TIMES]) / _CLOCK_TICKS


def _is_active(pid: int) -> bool:
    with suppress(OSError):
        tasks = (_PROC / str(pid) / "task").iterdir()
        # R: on a processor or waiting for one; D: waiting for a disk or a network share.
        return any(_stat(task)[:1] in (["R"], ["D"]) for task in tasks)
    return False


def _stat(folder: Path) -> list[str]:
    """Return the fields behind the name, which may hold blanks and brackets; none when the process is gone."""
    with suppress(OSError):
        return (folder / "stat").read_text().rpartition(")")[2].split()
    return []
