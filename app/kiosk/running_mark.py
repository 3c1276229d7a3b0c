"""Mark of a program that runs: where it is left behind, the program, or the machine, ended without being left."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.files.private import make_private_folder

# Ends in a row after which the sequence is not opened again by itself: it may be what ends the program.
MOST_ENDS: Final = 3
# Seconds of running after which an earlier end is forgiven; chosen by hand, opening takes a few.
FORGIVEN_SECONDS: Final = 60.0


class RunningMark:
    """File beside the settings that is locked while the program runs, and removed when it is left."""

    def __init__(self, settings: Path) -> None:
        """Take the mark, unless another program of these settings holds it; a disk that fails leaves it out."""
        self._path = settings.with_name(f"{settings.name}.running")
        self._handle = -1
        self._ends = 0
        self._since = time.monotonic()
        with suppress(OSError):
            self._take()

    @property
    def is_after_crash(self) -> bool:
        """Whether the last run ended without being left, and not so often in a row that opening seems to do it."""
        return 0 < self._ends < MOST_ENDS

    def forgive(self) -> None:
        """Forget earlier ends once the program has run for a while; may be called at any time."""
        if self._ends > 0 and time.monotonic() - self._since > FORGIVEN_SECONDS:
            self._ends = 0
            self._write(1)

    def clear(self) -> None:
        """Note that the program is left."""
        if self._handle >= 0:
            with suppress(OSError):
                self._path.unlink()
            os.close(self._handle)
            self._handle = -1

    def _take(self) -> None:
        make_private_folder(self._path.parent)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return
        self._handle = handle
        found = os.read(handle, 8)
        self._ends = int(found) if found.isdigit() else 0
        self._write(self._ends + 1)

    def _write(self, ends: int) -> None:
        with suppress(OSError):
            os.pwrite(self._handle, b"%d" % ends, 0)
            os.ftruncate(self._handle, len(str(ends)))
