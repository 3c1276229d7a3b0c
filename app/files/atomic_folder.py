"""Folders that appear whole or not at all."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.files.temporary_sibling import backup_sibling, sync_path, temporary_sibling

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


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
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    return bool(libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)


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
