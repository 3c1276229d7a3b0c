"""The files in a zip, tar or gzip file, read one after the other; names and sizes in it are not believed."""

import bz2
import contextlib
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, Literal, Protocol, cast

from app.domain.errors import SequenceError
from app.storage.volume.dicom.dicom_signature import begins_as_dicom

ArchiveKind = Literal["zip", "tar", "packed tar", "packed file", "foreign"]
_HEAD: Final = 512  # bytes, one block of a tar file
_TAR_MAGIC: Final = slice(257, 262)
_FOREIGN: Final = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
_MOST_MEMBERS: Final = 200_000  # chosen by hand: a disc with a viewer has some thousand
# Bytes that any archive may unpack to, and times its own size: DICOM packs 2:1 to 10:1, all black pictures 200:1.
_ALWAYS: Final = 2**28
_RATIO: Final = 200
_DECOMPRESSORS: Final[dict[bytes, Callable[[Path, str], Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
# What the standard library raises on damaged archives, besides OSError.
DAMAGED: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    ValueError,
    RuntimeError,
    LookupError,
    ArithmeticError,
    MemoryError,
)


class MemberContent(Protocol):
    """The bytes of a file in an archive, from first to last."""

    def read(self, size: int, /) -> bytes: ...


def archive_kind(path: Path) -> ArchiveKind | None:
    """Return what kind of archive a file is by its first bytes, None for no archive that could hold a study."""
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(_FOREIGN):
        return "foreign"
    if head[_TAR_MAGIC] == b"ustar":
        return "tar"
    inside = _unpacked_head(path)
    if inside[_TAR_MAGIC] == b"ustar":
        return "packed tar"
    return "packed file" if inside and begins_as_dicom(inside) else None


def read_members(path: Path, kind: ArchiveKind) -> Iterator[tuple[str, MemberContent]]:
    """Yield the name and content of each file; the content can be read until the next is asked for.

    Raises SequenceError for what cannot be unpacked or unpacks to too much, OSError or one of DAMAGED on damage.
    """
    allowance = _Allowance(path)
    if kind == "foreign":
        remedy = "Unpack it with the program that made it, and open its folder."
        raise SequenceError("This kind of archive cannot be unpacked here.", subject=path, remedy=remedy)
    if kind == "zip":
        yield from _zip_members(path, allowance)
    elif kind == "packed file":
        with _unpacked(path) as file:
            yield path.stem, _Counted(file, allowance)
    else:
        yield from _tar_members(path, allowance)


class _Allowance:
    """Bytes that an archive may still unpack to: 42 KB can stand for petabytes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = max(_ALWAYS, path.stat().st_size * _RATIO)
        self._members = _MOST_MEMBERS

    def take(self, size: int) -> None:
        """Count bytes that were unpacked. Raises SequenceError when there are too many."""
        self._left -= size
        if self._left < 0:
            self._refuse("The archive unpacks to far more than its size.")

    def take_member(self) -> None:
        """Count a file. Raises SequenceError when there are too many."""
        self._members -= 1
        if self._members < 0:
            self._refuse(f"The archive holds more than {_MOST_MEMBERS:,} files.")

    def _refuse(self, what: str) -> None:
        remedy = "If you trust it, unpack it and open its folder."
        raise SequenceError(what, subject=self._path, remedy=remedy)


class _Counted:
    """A stream whose bytes are counted when they are read."""

    def __init__(self, file: IO[bytes], allowance: _Allowance) -> None:
        self._file, self._allowance = file, allowance

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self._allowance.take(len(data))
        return data


def _zip_members(path: Path, allowance: _Allowance) -> Iterator[tuple[str, MemberContent]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            allowance.take_member()
            if info.is_dir():
                continue
            if info.flag_bits & 1:
                remedy = "Unpack it with its password, and open its folder."
                raise SequenceError("The archive is locked with a password.", subject=path, remedy=remedy)
            with archive.open(info) as file:
                yield info.filename, _Counted(file, allowance)


def _tar_members(path: Path, allowance: _Allowance) -> Iterator[tuple[str, MemberContent]]:
    # Read as a stream, which needs no more of a file than read().
    with (
        _unpacked(path) as file,
        tarfile.open(fileobj=cast(Any, _Counted(file, allowance)), mode="r|") as archive,
    ):
        for info in archive:
            allowance.take_member()
            content = archive.extractfile(info) if info.isreg() else None
            if content is not None:
                yield info.name, content


@contextlib.contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, decompressed where its first bytes say that it is compressed."""
    opener = _decompressor(path)
    with opener(path, "rb") if opener is not None else open(path, "rb") as file:
        yield file


def _decompressor(path: Path) -> Callable[[Path, str], IO[bytes]] | None:
    with open(path, "rb") as file:
        head = file.read(6)
    return next((opener for magic, opener in _DECOMPRESSORS.items() if head.startswith(magic)), None)


def _unpacked_head(path: Path) -> bytes:
    """Return the first bytes that a compressed file holds, b"" of one that is not."""
    if _decompressor(path) is None:
        return b""
    try:
        with _unpacked(path) as file:
            return file.read(_HEAD)
    except (OSError, *DAMAGED):
        return b""
