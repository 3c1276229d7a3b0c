"""Record of what exports wrote into a folder, kept in that folder.

By it an export replaces only files of its own sequence that are unchanged since, and the drop folder does not take
exported masks for new work. Each line of the record names a sequence by its fingerprint, and a file or folder relative
to the record's folder; a line with a third part says how that was when it had been written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from app.files.atomic_file import write_file
from app.storage.exporters.export_registry import export_formats

LEDGER: Final = ".framewise-exports"
SIZE_LIMIT: Final = 2**22  # bytes of a record that are read; some 40,000 exports, more only in a forged one
State = tuple[int, int, int]
_CLOCK: Final = 2  # seconds: FAT and some network drives round times to that
_VIEWERS: Final = frozenset({"Thumbs.db", "desktop.ini"})  # left by file managers that only showed a folder
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

    It is name, or name with a number where that would replace files of another sequence or of another program, or files
    that were changed since they were written.
    overwrite: take the name all the same. is_over_time: each time point has files of its own, see jobs_by_time.
    Raises OSError when the record cannot be written.
    """
    known, states = read_ledger(folder), _read_states(folder)
    for number in count(1):
        chosen = name if number == 1 else f"{name} ({number})"
        every = _paths(chosen, tuple(export_formats()), is_over_time)
        others = (known.get(path, fingerprint) for path in every)
        wanted = tuple(_paths(chosen, kinds, is_over_time))
        if overwrite or (
            all(other == fingerprint for other in others)
            and not any(path not in known and _exists(folder, path) for path in wanted)
            and not any(_is_changed(folder / path, states[path]) for path in _recorded(states, wanted))
        ):
            break
    # What is about to be written is not what was noted, also where the export is cancelled halfway.
    kept = {path: states[path] for path in states.keys() - _recorded(states, wanted)}
    if len(kept) < len(states) or any(known.get(path) != fingerprint for path in wanted):
        _write(folder, {**known, **dict.fromkeys(wanted, fingerprint)}, kept)
    return chosen


def note_written(folder: Path, paths: Iterable[Path]) -> None:
    """Record how files and folders are that an export has just written. Raises OSError."""
    known, states = read_ledger(folder), _read_states(folder)
    written = {path.relative_to(folder).as_posix(): path for path in paths if path.is_relative_to(folder)}
    found = {name: _state(written[name]) for name in _recorded(written, known)}
    if found:
        _write(folder, known, {**states, **found})


def read_ledger(folder: str | Path) -> dict[str, str]:
    """Return the fingerprint for each recorded path, {} where there is no record that can be read."""
    return {row[1]: row[0] for row in _rows(folder) if len(row) == 2}


def _read_states(folder: Path) -> dict[str, State]:
    """Return how each path was when it had been written: files, bytes, and seconds of the newest file."""
    rows = (row for row in _rows(folder) if len(row) == 3)
    split = ((path, state.split()) for _, path, state in rows)
    return {
        path: (int(parts[0]), int(parts[1]), int(parts[2]))
        for path, parts in split
        if len(parts) == 3 and all(part.isdecimal() for part in parts)
    }


def _rows(folder: str | Path) -> list[list[str]]:
    try:
        with open(os.path.join(folder, LEDGER), "rb") as file:
            text = file.read(SIZE_LIMIT).decode("utf-8", "surrogateescape")
    except OSError:
        return []
    return [line.split("\t") for line in text.split("\n")]


def _write(folder: Path, known: Mapping[str, str], states: Mapping[str, State]) -> None:
    owners = "".join(f"{owner}\t{path}\n" for path, owner in known.items())
    noted = "".join(f"-\t{path}\t{' '.join(map(str, state))}\n" for path, state in states.items())
    write_file(folder / LEDGER, (owners + noted).encode("utf-8", "surrogateescape"))


def _recorded(paths: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Return the paths that are among those wanted, or fit one with ANY in it."""
    exact = set(wanted)
    patterns = [one for one in exact if ANY in one]
    return [path for path in paths if path in exact or any(_matches(path, one) for one in patterns)]


def _state(path: Path) -> State:
    inside = (one for one in path.rglob("*") if not one.name.startswith(".") and one.name not in _VIEWERS)
    files = [one.stat() for one in (inside if path.is_dir() else [path]) if one.is_file()]
    newest = max((one.st_mtime for one in files), default=0.0)
    return len(files), sum(one.st_size for one in files), max(int(newest), 0)


def _is_changed(path: Path, before: State) -> bool:
    """Whether something changed a path since; what is gone cannot be lost."""
    try:
        count, size, seconds = _state(path)
    except FileNotFoundError:
        return False
    return bool(count) and ((count, size) != before[:2] or abs(seconds - before[2]) > _CLOCK)


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
