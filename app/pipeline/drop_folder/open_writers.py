"""Detection of files that another process still has open for writing. Blocking; runs on the IoThread."""

import errno
import fcntl
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from enum import Enum
from pathlib import Path

PROC = Path("/proc")
WRITING = os.O_WRONLY | os.O_RDWR


class OpenForWriting(Enum):
    """Whether a file is open for writing. UNKNOWN: the file system does not report it, or the owner is another."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


def find_open_writers(paths: Iterable[str], by_lease: bool = True) -> dict[str, OpenForWriting]:
    """Return for each regular file whether it is open for writing, by a lease or else by what /proc shows.

    by_lease: False on network shares, which refuse leases for reasons of their own.
    """
    found = {path: _by_lease(path) if by_lease else OpenForWriting.UNKNOWN for path in paths}
    unknown = [path for path, answer in found.items() if answer is OpenForWriting.UNKNOWN]
    if unknown:
        found.update(dict.fromkeys(open_in_proc(unknown), OpenForWriting.YES))
    return found


def _by_lease(path: str) -> OpenForWriting:
    """Try a read lease, which is refused with EAGAIN while a file is open for writing (F_SETLEASE in fcntl(2))."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return OpenForWriting.YES if error.errno in (errno.EAGAIN, errno.ETXTBSY) else OpenForWriting.UNKNOWN
    try:
        # A process that opens the file for writing meanwhile makes the kernel send a signal; SIGIO, the default, kills.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return OpenForWriting.YES if error.errno == errno.EAGAIN else OpenForWriting.UNKNOWN
    finally:
        os.close(handle)
    return OpenForWriting.NO


def open_in_proc(paths: Iterable[str]) -> list[str]:
    """Return those of the files that a process of this user has open for writing."""
    wanted: dict[tuple[int, int], list[str]] = {}
    for path in paths:
        with suppress(OSError):
            wanted.setdefault(_identity(path), []).append(path)
    found: list[str] = []
    for process in PROC.glob("[0-9]*"):
        with suppress(OSError):
            for handle in (process / "fd").iterdir():
                found += _if_writing(process, handle, wanted)
    return found


def _if_writing(process: Path, handle: Path, wanted: dict[tuple[int, int], list[str]]) -> list[str]:
    try:
        paths = wanted.get(_identity(handle), [])
        return paths if paths and _flags(process / "fdinfo" / handle.name) & WRITING else []
    except OSError:
        return []


def _identity(path: str | Path) -> tuple[int, int]:
    about = os.stat(path)
    return about.st_dev, about.st_ino


def _flags(fdinfo: Path) -> int:
    """Return the flags that a file was opened with, octal in the second line of /proc/pid/fdinfo/fd (proc(5))."""
    for line in fdinfo.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "flags":
            return int(value, 8)
    return 0
