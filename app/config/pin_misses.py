"""Wrong PINs in a row, and how long the next try has to wait; kept in a file, so that a restart forgives none."""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.files.atomic_file import atomic_file
from app.files.private import make_private_folder

# After so many wrong PINs in a row the next one has to wait: 5 s, and twice as long after each further one.
# At a quarter of an hour for each, trying all PINs of four digits takes 104 days.
FREE_MISSES: Final = 3
FIRST_DELAY_SECONDS: Final = 5.0
LONGEST_DELAY_SECONDS: Final = 900.0
_MOST: Final = 10**6  # misses believed of a file


def misses_of(settings: Path) -> Path:
    """Return where the misses are kept beside a settings file."""
    return settings.with_name(f"{settings.name}.pin")


class PinMisses:
    """Number of wrong PINs."""

    def __init__(self, path: Path | None = None) -> None:
        """Read what is known. path: a file, None for this run only."""
        self._path = path
        self._count, self._until = self._read()

    @property
    def wait_seconds(self) -> float:
        """Seconds until the next try; by the wall clock, and never longer than the longest delay."""
        return min(self._until - time.time(), LONGEST_DELAY_SECONDS)

    def add(self) -> None:
        """Take in a wrong PIN."""
        self._count += 1
        if self._count >= FREE_MISSES:
            delay = FIRST_DELAY_SECONDS * 2 ** min(self._count - FREE_MISSES, 16)
            self._until = time.time() + min(delay, LONGEST_DELAY_SECONDS)
        self._write()

    def clear(self) -> None:
        """Take in the right PIN."""
        if self._count:
            self._count, self._until = 0, 0.0
            self._write()

    def _read(self) -> tuple[int, float]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8")) if self._path is not None else {}
            return min(max(int(found["misses"]), 0), _MOST), float(found["until"])
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return 0, 0.0

    def _write(self) -> None:
        if self._path is None:
            return
        # On a full disk the waits of this run still count.
        with suppress(OSError):
            if not self._path.parent.exists():
                make_private_folder(self._path.parent)
            with atomic_file(self._path, private=True) as draft:
                draft.write_text(json.dumps({"misses": self._count, "until": self._until}), encoding="utf-8")
