"""Folders that appear whole or not at all."""

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.files.temporary_sibling import backup_sibling, sync_path, temporary_sibling

_AT_FDCWD = -100  # names are relative to the working folder (fcntl.h)
_RENAME_NOREPLACE, _RENAME_EXCHANGE = 1, 2  # flags of renameat2 (linux/fs.h)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Give an empty draft folder beside target; on success it is synced and takes target's place, else it goes.

    What was in target before is gone then. Where target is a link, the folder it leads to is replaced.
    Raises OSError as the system does; the target is then what it was before.
    """
    place = target.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    with temporary_sibling(place, is_folder=True) as draft:
        yield draft
        _flush_all(draft)
        _take_place(draft, place)
        sync_path(place.parent)


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """Lend a hidden folder in parent, on the same disk; what is left is removed in the end, or by the next call."""
    parent.mkdir(parents=True, exist_ok=True)
    with temporary_sibling(parent / "temporary", is_folder=True) as draft:
        yield draft


def move_folder(source: Path, target: Path) -> None:
    """Give a folder, whose files are on the disk, its name. Raises FileExistsError if the name is taken, OSError."""
    sync_path(source)
    number = _rename(source, target, _RENAME_NOREPLACE)
    if number == errno.EEXIST or (number and target.exists()):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    if number:
        source.rename(target)
    sync_path(target.parent)


def replace_folder(draft: Path, target: Path) -> None:
    """Let a finished folder take the place of target on the same disk, which goes; after its content is on the disk.

    Raises OSError; target is then what it was.
    """
    _flush_all(draft)
    _take_place(draft, target)
    if draft.exists():
        shutil.rmtree(draft)
    sync_path(target.parent)


def _take_place(draft: Path, target: Path) -> None:
    """Move the draft to target; what was there is at the draft's path then."""
    if not target.exists():
        draft.rename(target)
    elif not _exchange(draft, target):
        aside = backup_sibling(target)
        target.rename(aside)
        draft.rename(target)
        aside.rename(draft)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step, renameat2(2), so that there always is something; False where that fails."""
    return _rename(one, other, _RENAME_EXCHANGE) == 0


def _rename(one: Path, other: Path, flag: int) -> int:
    """Call renameat2(2); return 0 or the number of the error, EINVAL where a file system does not know the flag."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), flag) == 0:
        return 0
    return ctypes.get_errno()


def _flush_all(folder: Path) -> None:
    """Flush the file system that holds a folder in one call; a call for each of 5,000 files takes minutes."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syncfs(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)
