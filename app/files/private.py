"""Files and folders that only their owner can read, for all that holds names of patients and people."""

import os
from contextlib import suppress
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Make a folder with mode 0700, and those above it that are missing. One that is there is closed to others.

    File systems without modes are left as they are. Raises OSError where the folder cannot be made.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    with suppress(OSError):
        folder.chmod(folder.stat().st_mode & 0o700)


def make_private_file(path: Path) -> None:
    """Make an empty file with mode 0600; one that is there keeps its content and is closed to others.

    SQLite gives the files beside a database the mode of the database. Raises OSError.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with suppress(OSError):
            os.fchmod(handle, os.fstat(handle).st_mode & 0o600)
    finally:
        os.close(handle)
