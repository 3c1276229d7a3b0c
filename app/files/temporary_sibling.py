"""Drafts: hidden files and folders beside a target, which take its place when they are finished.

A draft is locked, flock(2), while it is written. An unlocked one was left behind when the program or the machine
died; it is removed when the same target is written next.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME_BYTES = 200  # of the 255 that file systems take, less the mark and the random part


@contextmanager
def temporary_sibling(target: Path, *, is_folder: bool) -> Iterator[Path]:
    """Lend an empty draft beside target; what is at its path in the end is removed.

    It ends like target, so that writers who go by the ending see the right one. Raises OSError.
    """
    _remove_leftovers(target)
    draft, handle = _locked_draft(target, is_folder)
    try:
        yield draft
    finally:
        os.close(handle)
        _remove(draft)


def backup_sibling(target: Path) -> Path:
    """Place of the old target while the draft moves in; a later draft restores it if that never happened."""
    return target.with_name(f"{_mark(target)}old")


def sync_path(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _locked_draft(target: Path, is_folder: bool) -> tuple[Path, int]:
    """Create a draft and lock it; return its path and handle.

    Another writer of the target may take it for a leftover and remove it before it is locked: then the next is made.
    """
    while True:
        draft = target.with_name(f"{_mark(target)}{secrets.token_hex(4)}-{_ending(target.name)}")
        if is_folder:
            draft.mkdir()
        try:
            handle = os.open(draft, os.O_RDONLY if is_folder else os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        except FileNotFoundError:
            if is_folder and target.parent.is_dir():
                continue
            raise
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return draft, handle
        os.close(handle)


def _remove_leftovers(target: Path) -> None:
    aside = backup_sibling(target)
    if aside.exists() and not target.exists():
        aside.rename(target)
    for leftover in target.parent.glob(f"{_mark(target)}*"):
        with suppress(OSError):
            handle = os.open(leftover, os.O_RDONLY)
            try:
                if _try_lock(handle):
                    _remove(leftover)
            finally:
                os.close(handle)


def _try_lock(handle: int) -> bool:
    """Lock a draft unless it is locked; on file systems without locks none ever is free."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _mark(target: Path) -> str:
    """Prefix of the names of all drafts of a target."""
    return f".{hashlib.sha1(os.fsencode(target.name), usedforsecurity=False).hexdigest()[:8]}-"


def _ending(name: str) -> str:
    """Return the end of a name, short enough for a file system that takes a prefix before it."""
    return os.fsencode(name)[-NAME_BYTES:].decode("utf-8", "ignore")
