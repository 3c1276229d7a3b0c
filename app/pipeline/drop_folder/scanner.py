"""Scanner of the drop folder. Blocking; runs on the IoThread."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import FramewiseError
from app.files.access import access_error
from app.pipeline.drop_folder.candidate import Candidate, blocked_candidate, describe_error
from app.pipeline.drop_folder.file_names import FileKind, file_kind, is_draft, is_hidden
from app.pipeline.drop_folder.folder_scan import FolderScan, single_candidate
from app.pipeline.drop_folder.symlinks import Symlinks
from app.storage.exporters.export_ledger import RecordedPaths


class FolderUnavailable(FramewiseError):
    """Raised when the drop folder is not there or cannot be read."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """State of the drop folder at one scan."""

    place: tuple[int, int]  #: device and inode of the folder, which differ when it was replaced
    candidates: dict[str, Candidate]  #: by path


class Scanner:
    """Scanner with a cache of candidates by top-level name. For one thread at a time."""

    def __init__(self, folder: Path, avoid: Iterable[Path] = ()) -> None:
        """Prepare to scan. avoid: folders of the program itself, which are never sources."""
        self._folder = os.path.abspath(folder)
        self._avoid = tuple(os.path.realpath(path) for path in avoid)
        self._symlinks = Symlinks(self._folder)
        self._known: dict[str, tuple[Candidate, ...]] = {}
        self._place = (0, 0)
        self._names: frozenset[str] = frozenset()
        self._exported = RecordedPaths()

    def scan(self, names: frozenset[str] | None = None) -> ScanResult:
        """Scan these top-level names and new ones, or everything for None; the rest comes from the cache.

        Raises FolderUnavailable when the folder is not there or may not be read.
        """
        entries = self._list()
        fresh = entries.keys() if names is None else names | (entries.keys() - self._known.keys())
        others = frozenset(entries)
        known = {
            name: candidate
            for name, candidate in self._known.items()
            if name in entries and name not in fresh
        }
        for name in fresh & entries.keys():
            known[name] = tuple(self._candidates(entries[name], others))
        self._known = known
        return ScanResult(
            self._place, {candidate.path: candidate for tops in known.values() for candidate in tops}
        )

    def rescan(self, path: str) -> Candidate | None:
        """Return the present candidate at a path, None where there is none; the cache stays as it is.

        Raises FolderUnavailable when the folder is not there or may not be read.
        """
        if os.path.dirname(path) == self._folder and _is_regular(path):
            # Without listing the folder: thousands of files may wait in it, and each is checked again.
            return single_candidate(self._symlinks, path, self._names)
        top = os.path.relpath(path, self._folder).split(os.sep)[0]
        try:
            names = frozenset(os.listdir(self._folder))
            with os.scandir(self._folder) as found:
                entry = next((entry for entry in found if entry.name == top), None)
        except OSError as error:
            raise _lost(self._folder, error) from error
        if entry is None or is_hidden(top):
            return None
        return next((seen for seen in self._candidates(entry, names) if seen.path == path), None)

    def _list(self) -> dict[str, os.DirEntry[str]]:
        try:
            about = os.stat(self._folder)
            with os.scandir(self._folder) as found:
                entries = {entry.name: entry for entry in found if not is_hidden(entry.name)}
            self._exported = RecordedPaths()
            self._exported.read(self._folder)
        except OSError as error:
            self._known.clear()
            raise _lost(self._folder, error) from error
        self._names = frozenset(entries)
        place = (about.st_dev, about.st_ino)
        if place != self._place:
            self._known.clear()
        self._place = place
        return entries

    def _candidates(self, entry: os.DirEntry[str], others: frozenset[str]) -> Iterator[Candidate]:
        """Yield the candidates of one top-level entry: the file itself, or those in the folder."""
        name = entry.name
        try:
            obstacle = self._symlinks.obstacle(entry)
            if obstacle is None or entry.path in self._exported:
                return
            if not obstacle and entry.is_dir(follow_symlinks=False):
                if os.path.realpath(entry.path) not in self._avoid:
                    yield from FolderScan(self._symlinks, self._avoid, self._exported).candidates(entry.path)
            elif not is_draft(name) and file_kind(name) is not FileKind.NOTHING:
                candidate = single_candidate(self._symlinks, entry.path, others)
                yield blocked_candidate(entry.path, name, obstacle) if obstacle else candidate
        except OSError as error:
            yield blocked_candidate(entry.path, name, describe_error(entry.path, error))


def _is_regular(path: str) -> bool:
    with suppress(OSError):
        return stat.S_ISREG(os.lstat(path).st_mode)
    return False


def _lost(folder: str, error: OSError) -> FolderUnavailable:
    told = access_error(Path(folder), error)
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return FolderUnavailable(
            "The drop folder is not there.",
            subject=folder,
            remedy="Connect its drive or network share; work goes on by itself when it is back.",
        )
    return FolderUnavailable(told.what.replace("file", "drop folder"), subject=folder, remedy=told.remedy)
