"""Listing a folder, in a thread so that a slow network share does not block the window."""

import queue
import re
import stat
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from os import DirEntry, scandir
from pathlib import Path

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A file or folder."""

    name: str
    path: Path
    is_folder: bool
    size: int = 0  #: bytes
    modified: float = 0.0  #: seconds since 1970


@dataclass(frozen=True, slots=True)
class FolderContents:
    """The visible entries of a folder."""

    folder: Path
    entries: tuple[FolderEntry, ...] = ()  #: folders first, in natural order
    error: str = ""  #: why there are none


def natural_sort_key(name: str) -> tuple[object, ...]:
    """Return a key that sorts frame2 before frame10."""
    parts = _DIGITS.split(name.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def read_folder(folder: Path) -> FolderContents:
    """List the visible entries of a folder; never raises."""
    try:
        with scandir(folder) as found:
            entries = [entry for item in found if (entry := _entry(item)) is not None]
    except OSError as error:
        return FolderContents(folder, error=f"{folder}: {error.strerror or error}")
    entries.sort(key=lambda entry: (not entry.is_folder, natural_sort_key(entry.name)))
    return FolderContents(folder, tuple(entries))


def filter_entries(entries: Iterable[FolderEntry], suffixes: frozenset[str]) -> list[FolderEntry]:
    """Return the folders, and the files with one of the suffixes (lower case, with dot), all for none."""
    return [
        entry
        for entry in entries
        if entry.is_folder or not suffixes or any(entry.name.lower().endswith(end) for end in suffixes)
    ]


def format_size(size: int) -> str:
    """Return a number of bytes as a text such as 1.2 GB."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


class FolderReader:
    """Reads folders in threads; only the one asked for last is returned."""

    def __init__(self) -> None:
        self._answers: queue.SimpleQueue[FolderContents] = queue.SimpleQueue()
        self._wanted: Path | None = None

    def start_reading(self, folder: Path) -> None:
        self._wanted = folder
        answers = self._answers
        threading.Thread(target=lambda: answers.put(read_folder(folder)), name="listing", daemon=True).start()

    def poll(self) -> FolderContents | None:
        """Return the contents of the folder asked for last once they are read; never waits."""
        found = None
        while not self._answers.empty():
            contents = self._answers.get()
            if contents.folder == self._wanted:
                found = contents
        return found


def _entry(item: DirEntry[str]) -> FolderEntry | None:
    if item.name.startswith("."):
        return None
    try:
        state = item.stat()
    except OSError:
        return None
    is_folder = stat.S_ISDIR(state.st_mode)
    return FolderEntry(
        item.name, Path(item.path), is_folder, 0 if is_folder else state.st_size, state.st_mtime
    )
