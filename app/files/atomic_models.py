"""Files of the model library appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DRAFT = ".draft-"
_DRAFT_SECONDS = 24 * 3600


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new one, even after a power cut."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


@contextmanager
def draft_folder(parent: Path) -> Iterator[Path]:
    """Lend a hidden folder on the same disk; what is left in it at the end is thrown away."""
    parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=parent))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def clear_drafts(parent: Path) -> None:
    """Throw away drafts that a power cut has left; a fresh one may be another program's."""
    for path in parent.glob(f"{_DRAFT}*"):
        if time.time() - path.stat().st_mtime > _DRAFT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def move_whole(sources: list[Path], folder: Path) -> None:
    """Move finished files into a folder, each after its content is safely on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        with open(source, "rb") as file:
            os.fsync(file.fileno())
    for source in sources:
        os.replace(source, folder / source.name)
    _sync_folder(folder)


def place_whole(folder: Path, target: Path) -> None:
    """Give a folder of files that are safely on the disk its name; target must not exist."""
    _sync_folder(folder)
    os.rename(folder, target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
