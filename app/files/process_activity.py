"""Processor time and thread states of a process, from /proc: whether it works, waits its turn, or stands still."""

import os
import subprocess
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
_PAUSE: Final = 1.0  # seconds between two looks at a process that is waited for


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


def read_output(process: subprocess.Popen[str], limit: float) -> str | None:
    """Return what a process writes until it ends; None, and it is killed, where it takes longer than limit.

    limit: seconds that it had for itself, see ActivitySample.working_time. Its standard output is a pipe.
    """
    worked, activity = 0.0, ProcessActivity(process.pid)
    while worked < limit:
        pause = min(_PAUSE, limit)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=pause)[0]
        worked += activity.sample(pause).working_time(pause)
    process.kill()
    process.communicate()
    return None


def _descendants(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started: models are tried in one of their own."""
    for task in _tasks(pid):
        for child in map(int, _read(task / "children").split()):
            yield child
            yield from _descendants(child)


def _cpu(pid: int) -> float:
    return sum(int(ticks) for ticks in _stat(_PROC / str(pid))[_TIMES]) / _CLOCK_TICKS


def _is_active(pid: int) -> bool:
    # R: on a processor or waiting for one; D: waiting for a disk or a network share.
    return any(_stat(task)[:1] in (["R"], ["D"]) for task in _tasks(pid))


def _tasks(pid: int) -> list[Path]:
    """Return the folders of the threads of a process; none when it is gone."""
    with suppress(OSError):
        return list((_PROC / str(pid) / "task").iterdir())
    return []


def _stat(folder: Path) -> list[str]:
    """Return the fields behind the name, which may hold blanks and brackets; none when the process is gone."""
    return _read(folder / "stat").rpartition(")")[2].split()


def _read(path: Path) -> str:
    """Return the text of a file of /proc, nothing when its process or thread has ended."""
    with suppress(OSError):
        return path.read_text()
    return ""
