"""Atomic writing of one file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.files.private import make_private_file
from app.files.temporary_sibling import sync_path, temporary_sibling


@contextmanager
def atomic_file(target: Path, *, private: bool = False) -> Iterator[Path]:
    """Give an empty draft beside target; on success it is synced and takes target's place, else it goes.

    Where target is a link, the file it leads to is written. private: only its owner may read it. Raises OSError as
    the system does; the target is then what it was before.
    """
    place = target.resolve()
    with temporary_sibling(place, is_folder=False) as draft:
        if private:
            make_private_file(draft)
        yield draft
        sync_path(draft)
        draft.replace(place)
        sync_path(place.parent)


def write_file(target: Path, content: bytes) -> None:
    """Write a small file as atomic_file does, with its folder if there is none."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(target) as draft:
        draft.write_bytes(content)


def move_files(sources: Sequence[Path], folder: Path) -> None:
    """Move finished files into a folder of the same file system, after the content of all is on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        sync_path(source)
    for source in sources:
        source.replace(folder / source.name)
    sync_path(folder)
