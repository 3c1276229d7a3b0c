"""Files of a folder or zip archive, checked before anything of them is used."""

import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from app.domain.errors import ModelError

MOST_FILES, MOST_BYTES = 2000, 4 << 30  # In an archive or folder, far above any published model.
DEEPEST = 4  # Levels of folders.
_MOST_RATIO, _RATIO_FROM = (
    100,
    16 << 20,
)  # Of compression, for files above so many bytes; parameters hardly compress.
_ENCRYPTED = 1  # Bit of the flags of an entry.
_REMEDY = "Get the archive from where the model was published, and try again."


@dataclass(frozen=True, slots=True)
class ArchiveItem:
    """A file of a folder or archive."""

    path: PurePosixPath  #: in the folder or archive; nothing is ever written there
    size: int  #: bytes, as declared
    open: Callable[[], IO[bytes]]


def folder_items(folder: Path) -> list[ArchiveItem]:
    """Return the files of a folder, some levels deep, without links. Raises ModelError."""
    found = []
    for place in _walk_files(folder):
        state = place.lstat()
        if stat.S_ISREG(state.st_mode):
            relative = PurePosixPath(place.relative_to(folder).as_posix())
            found.append(ArchiveItem(relative, state.st_size, partial(io.FileIO, place)))
        if len(found) > MOST_FILES:
            raise ModelError(
                "The folder holds too many files.", subject=folder, remedy="Choose the model's own folder."
            )
    return found


@contextmanager
def zip_items(path: Path) -> Iterator[list[ArchiveItem]]:
    """Open a zip archive and give its files. Raises ModelError when anything in it looks like an attack."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_archive(path, entries)
            for entry in entries:
                _check_entry(path, entry)
            yield [_zip_entry(archive, entry) for entry in entries]
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise ModelError(
            f"This is no complete zip archive ({error}).", subject=path, remedy=_REMEDY
        ) from error


def copy_item(item: ArchiveItem, target: Path, count_bytes: Callable[[int], None]) -> None:
    """Write a file to target and flush it to the disk; count_bytes is called with the size of every piece.

    Raises ModelError when there are more bytes than declared, or they are damaged.
    """
    left = item.size
    try:
        with item.open() as source, open(target, "xb") as file:
            while piece := source.read(1 << 20):
                left -= len(piece)
                if left < 0:
                    raise ModelError("It is larger than it says.", subject=item.path, remedy=_REMEDY)
                file.write(piece)
                count_bytes(len(piece))
            file.flush()
            os.fsync(file.fileno())
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise ModelError(f"It is damaged ({error}).", subject=item.path, remedy=_REMEDY) from error
    if left:
        raise ModelError("It is cut off.", subject=item.path, remedy=_REMEDY)


def _walk_files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        here = Path(place)
        if len(here.relative_to(folder).parts) >= DEEPEST:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (here / name for name in sorted(files))


def _zip_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> ArchiveItem:
    return ArchiveItem(PurePosixPath(entry.filename), entry.file_size, lambda: archive.open(entry))


def _check_archive(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_FILES:
        raise _refusal(path, f"it holds {len(entries)} files")
    total = sum(entry.file_size for entry in entries)
    if total > MOST_BYTES:
        raise _refusal(path, f"it unpacks to {total >> 20} MB")
    if total > max(_RATIO_FROM, _MOST_RATIO * path.stat().st_size):
        raise _refusal(path, f"it unpacks to {total >> 20} MB from next to nothing")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise _refusal(path, "it holds two files of one name")


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    # Another reader may take a backslash or a drive for a path, and zipfile cuts a name at its first NUL.
    if ".." in parts or name.startswith("/") or "\\" in name or ":" in name or entry.orig_filename != name:
        raise _refusal(path, f"the name {name!r} leads out of it")
    mode = entry.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        raise _refusal(path, f"{name} is a link or a device")
    if entry.flag_bits & _ENCRYPTED:
        raise _refusal(path, f"{name} is encrypted")
    if entry.file_size > _RATIO_FROM and entry.file_size > _MOST_RATIO * max(entry.compress_size, 1):
        raise _refusal(path, f"{name} unpacks to {entry.file_size >> 20} MB from next to nothing")


def _refusal(path: Path, reason: str) -> ModelError:
    return ModelError(f"The archive is refused: {reason}.", subject=path, remedy=_REMEDY)
