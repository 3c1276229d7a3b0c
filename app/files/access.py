"""Checks that a source is there, readable and not empty, and errors by cause where it is not."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from app.domain.errors import FramewiseError, SequenceError, SourceOutOfReach

#: what the system says of a file whose drive was pulled out, whose driver or server is gone, or whose files are torn
DRIVE_ERRORS = (
    errno.EIO,
    errno.ENXIO,
    errno.ENODEV,
    errno.ENOTCONN,
    errno.ESHUTDOWN,
    errno.ESTALE,
    errno.EBADMSG,
    errno.EUCLEAN,
)
REASONS = {
    errno.ENOENT: ("The file is not there.", "Check the path and that its drive is connected."),
    errno.ENOTDIR: ("The file is not there.", "Check the path and that its drive is connected."),
    errno.EACCES: ("The file may not be read.", "Ask its owner for permission to read it."),
    errno.EPERM: ("The file may not be read.", "Ask its owner for permission to read it."),
    errno.ENAMETOOLONG: ("The file name is too long.", "Move it to a shorter path."),
    errno.EMFILE: ("Too many files are open.", "Close other sequences and try again."),
    **dict.fromkeys(
        DRIVE_ERRORS,
        (
            "The drive does not give the file.",
            "Connect the drive again; another copy of the file may be whole.",
        ),
    ),
}

_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def access_error(path: Path, error: OSError) -> SourceOutOfReach:
    """Return what the system said about a file as an error a person can act on."""
    unknown = (f"The file cannot be read ({error.strerror or error}).", "Check the drive it is on.")
    what, remedy = REASONS.get(error.errno or 0, unknown)
    return SourceOutOfReach(what, subject=path, remedy=remedy)


def require_file(path: Path) -> int:
    """Return the size in bytes of a readable, regular, non-empty file; raise SequenceError otherwise."""
    try:
        about = path.stat()
        if stat.S_ISREG(about.st_mode):
            path.open("rb").close()
    except (OSError, ValueError) as error:
        raise access_error(path, error if isinstance(error, OSError) else OSError(str(error))) from error
    if not stat.S_ISREG(about.st_mode):
        raise SequenceError("This is not a file.", subject=path, remedy="Choose a file.")
    if not about.st_size:
        raise SequenceError("The file is empty.", subject=path, remedy="Copy it again from its source.")
    return about.st_size


def require_ends(path: Path) -> None:
    """Raise SequenceError when the first or the last byte of a file cannot be read, as when its drive went away."""
    try:
        with path.open("rb", buffering=0) as file:
            # What the system has in memory of the file tells nothing of the drive.
            with suppress(OSError):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            if file.read(1):
                file.seek(-1, os.SEEK_END)
                file.read(1)
    except OSError as error:
        raise access_error(path, error) from error


def name_lost_drive(error: FramewiseError) -> FramewiseError:
    """Return the error, or where the drive does not give the file that is called damaged, an error that says so."""
    if type(error) is SequenceError:
        subject = Path(error.subject)
        try:
            kind = stat.S_IFMT(subject.stat().st_mode)
            files = (
                sorted(list_folder(subject)) if kind == stat.S_IFDIR else [subject] * (kind == stat.S_IFREG)
            )
            for file in files[:1]:
                require_ends(file)
        except SequenceError as found:
            return found
        except (OSError, ValueError) as found:
            # What is no path is not there either; neither is a drive's own folder once the drive was pulled out.
            if isinstance(found, OSError) and (found.errno not in _NO_FILE or _lost_its_folder(subject)):
                return access_error(subject, found)
    return error


def _lost_its_folder(path: Path) -> bool:
    return path.is_absolute() and not os.path.lexists(path.parent)


def list_folder(folder: Path) -> list[Path]:
    """Return the visible regular files of a folder, in no order.

    Raises SequenceError when the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if not _hidden(entry.name) and entry.is_file()]
    except OSError as error:
        raise access_error(folder, error) from error


def walk_folder(folder: Path) -> list[Path]:
    """Return the visible regular files of a folder and of all folders below it, in no order.

    Links to folders are not followed. Raises SequenceError when a folder cannot be read.
    """

    def complain(error: OSError) -> None:
        raise access_error(Path(error.filename or folder), error) from error

    found = []
    for place, folders, names in os.walk(folder, onerror=complain):
        folders[:] = [name for name in folders if not _hidden(name)]
        files = (Path(place, name) for name in names if not _hidden(name))
        found += [file for file in files if file.is_file()]
    return found


def _hidden(name: str) -> bool:
    return name.startswith(".")
