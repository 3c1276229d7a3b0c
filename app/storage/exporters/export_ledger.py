"""Record of what exports wrote into a folder, kept in that folder.

By it an export replaces only files of its own sequence, and the drop folder does not take exported masks for new work.
Each line of the record names a sequence by its fingerprint, and a file or folder relative to the record's folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from app.files.atomic_file import write_file
from app.storage.exporters.export_registry import export_formats

LEDGER: Final = ".framewise-exports"
SIZE_LIMIT: Final = 2**22  # bytes of a record that are read; some 40,000 exports, more only in a forged one
ANY: Final = "*"  # in a recorded path: a part of its name that is not known in advance


def claim_name(
    folder: Path,
    name: str,
    fingerprint: str,
    kinds: Sequence[str],
    *,
    overwrite: bool = False,
    is_over_time: bool = False,
) -> str:
    """Return the name under which a sequence is exported into a folder, and record it before anything is written.

    It is name, or name with a number where that would replace files of another sequence or of another program.
    overwrite: take the name all the same. is_over_time: each time point has files of its own, see jobs_by_time.
    Raises OSError when the record cannot be written.
    """
    known = read_ledger(folder)
    for number in count(1):
        chosen = name if number == 1 else f"{name} ({number})"
        every = _paths(chosen, tuple(export_formats()), is_over_time)
        others = (known.get(path, fingerprint) for path in every)
        wanted = tuple(_paths(chosen, kinds, is_over_time))
        if overwrite or (
            all(other == fingerprint for other in others)
            and not any(path not in known and _exists(folder, path) for path in wanted)
        ):
            break
    if any(known.get(path) != fingerprint for path in wanted):
        lines = "".join(
            f"{owner}\t{path}\n" for path, owner in {**known, **dict.fromkeys(wanted, fingerprint)}.items()
        )
        write_file(folder / LEDGER, lines.encode("utf-8", "surrogateescape"))
    return chosen


def read_ledger(folder: str | Path) -> dict[str, str]:
    """Return the fingerprint for each recorded path, {} where there is no record that can be read."""
    try:
        with open(os.path.join(folder, LEDGER), "rb") as file:
            text = file.read(SIZE_LIMIT).decode("utf-8", "surrogateescape")
    except OSError:
        return {}
    pairs = (line.split("\t") for line in text.split("\n"))
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


@dataclass(slots=True)
class RecordedPaths:
    """Absolute paths that exports have written, by the records of some folders."""

    exact: set[str] = field(default_factory=set)
    patterns: list[str] = field(default_factory=list)  #: Paths in which ANY stands for any text.

    def __contains__(self, path: str) -> bool:
        return path in self.exact or any(_matches(path, pattern) for pattern in self.patterns)

    def copy(self) -> RecordedPaths:
        """Return a collection of its own with the same paths."""
        return RecordedPaths(set(self.exact), list(self.patterns))

    def read(self, folder: str) -> None:
        """Add the paths of a folder's record."""
        for path in read_ledger(folder):
            place = os.path.join(folder, path)
            self.patterns.append(place) if ANY in path else self.exact.add(place)


def _matches(path: str, pattern: str) -> bool:
    start, _, end = pattern.partition(ANY)
    return path.startswith(start) and path.endswith(end)


def _paths(name: str, kinds: Sequence[str], is_over_time: bool) -> Iterator[str]:
    known = export_formats()
    for row in (known[kind] for kind in kinds if kind in known):
        for ending in row.endings:
            has_time = is_over_time and row.is_by_time and ANY not in ending
            yield f"{name}_t{ANY}{ending}" if has_time else name + ending


def _exists(folder: Path, path: str) -> bool:
    if ANY not in path:
        return os.path.lexists(folder / path)
    try:
        return any(_matches(entry, path) for entry in os.listdir(folder))
    except OSError:
        return False
