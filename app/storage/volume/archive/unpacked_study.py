"""A study in an archive, unpacked to a folder of the user's cache that goes when the last process closes it."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import platformdirs

from app.domain.closeable import Closeable
from app.domain.errors import SequenceError, StorageFull
from app.files.private import make_private_folder
from app.storage.volume.archive.archive_members import DAMAGED, MemberContent, archive_kind, read_members
from app.storage.volume.dicom.dicom_signature import SIGNATURE_BYTES, begins_as_dicom

_CHUNK: Final = 2**20  # bytes, as much as is unpacked at once
_RESERVE: Final = 2**28  # bytes of the disk left to others
_LONGEST_NAME: Final = 100  # characters of a file's name that are kept
_LOCK: Final = ".lock"
_DONE: Final = "done"


class UnpackedStudy(Closeable):
    """The DICOM files of an archive in a folder; processes that open the same archive share it.

    A lock on a file beside the folder, shared by those that use it and gone with their process, says that it is in
    use: a process that gets the lock exclusively may remove the folder.
    """

    def __init__(self, path: Path) -> None:
        """Unpack an archive, or find it unpacked.

        Raises SequenceError when it cannot be unpacked or holds no DICOM, StorageFull when there is no room.
        """
        root = _cache_folder()
        _sweep(root)
        self._place = root / _key(path)
        self.folder = self._place / "study"
        self._lock = _open_lock(self._place, fcntl.LOCK_SH)
        try:
            # A lock changes hands while it changes its kind: another process may have removed all in between.
            while not (self._is_unpacked and _is_named(self._lock, self._place)):
                os.close(self._lock)
                self._lock = -1
                self._lock = _open_lock(self._place, fcntl.LOCK_EX)
                if not self._is_unpacked:
                    self._unpack(path)
                fcntl.flock(self._lock, fcntl.LOCK_SH)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the folder; the last one removes it."""
        if self._lock >= 0:
            _remove_unused(self._place, self._lock)
            os.close(self._lock)
            self._lock = -1

    @property
    def _is_unpacked(self) -> bool:
        return (self._place / _DONE).exists()

    def _unpack(self, path: Path) -> None:
        shutil.rmtree(self._place, ignore_errors=True)
        make_private_folder(self.folder)
        try:
            count = sum(
                _copy(name, content, self.folder, n) for n, (name, content) in enumerate(_members(path))
            )
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise _no_room(self.folder) from error
            raise _damaged(path) from error
        except NotImplementedError as error:
            remedy = "Unpack it with the program that made it, and open its folder."
            raise SequenceError(
                "The archive is packed in an unknown way.", subject=path, remedy=remedy
            ) from error
        except DAMAGED as error:
            raise _damaged(path) from error
        if not count:
            remedy = "Unpack it, and open what is in it."
            raise SequenceError("There is no DICOM picture in this archive.", subject=path, remedy=remedy)
        (self._place / _DONE).touch()


def is_archive(path: Path) -> bool:
    """Whether a file is an archive that could hold a study."""
    return path.is_file() and archive_kind(path) is not None


@contextlib.contextmanager
def study_folder(path: Path) -> Iterator[Path]:
    """Yield where the files of a study lie: the folder of an archive while the block lasts, or the path itself."""
    if not is_archive(path):
        yield path
        return
    with UnpackedStudy(path) as study:
        yield study.folder


def sweep_unpacked() -> None:
    """Remove what processes that were killed left unpacked."""
    with contextlib.suppress(SequenceError):
        _sweep(_cache_folder())


def _sweep(root: Path) -> None:
    for lock in root.glob(f"*{_LOCK}"):
        with contextlib.suppress(OSError):
            handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                _remove_unused(lock.with_suffix(""), handle)
            finally:
                os.close(handle)


def _cache_folder() -> Path:
    """Return the folder for unpacked studies, made private; on a disk, since studies are large."""
    folder = Path(platformdirs.user_cache_dir("framewise")) / "studies"
    try:
        make_private_folder(folder)
    except OSError as error:
        raise _unusable(folder) from error
    return folder


def _key(path: Path) -> str:
    about = path.stat()
    named = f"{path.resolve()} {about.st_dev} {about.st_ino} {about.st_size} {about.st_mtime_ns}"
    return hashlib.blake2b(os.fsencode(named), digest_size=16).hexdigest()


def _open_lock(place: Path, kind: int) -> int:
    """Open and hold the lock of a folder; one that was removed meanwhile is made again."""
    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            handle = os.open(place.with_suffix(_LOCK), flags, 0o600)
            fcntl.flock(handle, kind)
        except OSError as error:
            raise _unusable(place.parent) from error
        if _is_named(handle, place):
            return handle
        os.close(handle)


def _is_named(handle: int, place: Path) -> bool:
    """Whether others find the lock that is held, and not another in its place."""
    try:
        return os.path.samestat(os.stat(place.with_suffix(_LOCK)), os.fstat(handle))
    except FileNotFoundError:
        return False


def _remove_unused(place: Path, handle: int) -> None:
    """Remove a folder and its lock where no other process holds it."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(place, ignore_errors=True)
        place.with_suffix(_LOCK).unlink(missing_ok=True)


def _members(path: Path) -> Iterator[tuple[str, MemberContent]]:
    kind = archive_kind(path)
    return read_members(path, kind) if kind is not None else iter(())


def _copy(name: str, content: MemberContent, folder: Path, number: int) -> bool:
    """Copy a file under a name of its own; whether it is DICOM, nothing else is copied."""
    head = _read(content, SIGNATURE_BYTES)
    if not begins_as_dicom(head):
        return False
    with open(_free_place(folder, name, number), "xb") as file:
        file.write(head)
        while data := _read(content, _CHUNK):
            if shutil.disk_usage(folder).free < _RESERVE:
                raise _no_room(folder)
            file.write(data)
    return True


def _read(content: MemberContent, size: int) -> bytes:
    parts = []
    while size and (part := content.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _free_place(folder: Path, name: str, number: int) -> Path:
    """Return a place that leads nowhere else: the last part of the name in the archive, behind a number if need be."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last if letter.isprintable())[-_LONGEST_NAME:].lstrip(".")
    plain = folder / (kept.encode("utf-8", "replace").decode() or str(number))
    return plain if not plain.exists() else plain.with_name(f"{number:05d}-{plain.name}")


def _unusable(folder: Path) -> SequenceError:
    remedy = "Set XDG_CACHE_HOME to a folder that can be written."
    return SequenceError("Studies cannot be unpacked here.", subject=folder, remedy=remedy)


def _no_room(folder: Path) -> StorageFull:
    return StorageFull(
        "There is no room to unpack the archive.", subject=folder, remedy="Make room on this disk."
    )


def _damaged(path: Path) -> SequenceError:
    remedy = "Copy the file again from where it came."
    return SequenceError("The archive is damaged.", subject=path, remedy=remedy)
