"""A DICOM file in the deflated transfer syntax (PS3.5 A.5) as the plain file that it stands for."""

import io
import os
import struct
import tempfile
import zlib
from pathlib import Path
from typing import BinaryIO, Final

from pydicom.errors import InvalidDicomError
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from app.domain.errors import SequenceError

_META_AT: Final = 132  # bytes: preamble and prefix
_GROUP_LENGTH: Final = struct.Struct("<HH2sHI")  # the element that the file meta information begins with
_GROUP_LENGTH_TAG: Final = (0x0002, 0x0000)  # PS3.10 7.1
_LONGEST_META: Final = 2**16  # bytes; it holds a dozen UIDs
_CHUNK: Final = 2**20  # bytes, as much as is inflated at once
_IN_MEMORY: Final = 2**24  # bytes above which what was inflated goes to the disk
_BEST_RATIO: Final = 1032  # plain to packed bytes: deflate does no better
HEADER_LIMIT: Final = 2**26  # bytes before the pixels; headers of public files have up to 10 MB


class InflatedFile(io.RawIOBase):
    """A stream that inflates no more than is read of it, and never much more than its limit in bytes."""

    def __init__(self, path: Path, limit: int) -> None:
        """Open a file. Raises InvalidDicomError without sound file meta information, OSError."""
        super().__init__()
        self._limit = limit
        self._path = path
        self._packed = path.open("rb")
        self._codec = zlib.decompressobj(-zlib.MAX_WBITS)
        # Without a name in the folder, so that nothing is left behind however the program ends.
        self._plain: BinaryIO = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # type: ignore[assignment]  # noqa: SIM115
        self._at = self._size = 0
        self._append(self._meta())

    def _meta(self) -> bytes:
        head = self._packed.read(_META_AT + _GROUP_LENGTH.size)
        if len(head) < _META_AT + _GROUP_LENGTH.size:
            raise InvalidDicomError("the file meta information is cut off")
        group, element, _, _, length = _GROUP_LENGTH.unpack_from(head, _META_AT)
        if (group, element) != _GROUP_LENGTH_TAG or length > _LONGEST_META:
            raise InvalidDicomError("the file meta information has no length")
        meta = self._packed.read(length)
        plain = ExplicitVRLittleEndian.encode().ljust(len(DeflatedExplicitVRLittleEndian), b"\0")
        return head + meta.replace(DeflatedExplicitVRLittleEndian.encode(), plain)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    @property
    def most_bytes(self) -> int:
        """Largest size of the plain file, bytes."""
        return os.fstat(self._packed.fileno()).st_size * _BEST_RATIO

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; what lies between is inflated when it is read. The end is not known beforehand."""
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("the length of a deflated file is not known")
        self._at = offset + (self._at if whence == io.SEEK_CUR else 0)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return up to size bytes. Raises SequenceError beyond the limit, zlib.error where the file is damaged."""
        wanted = self._limit + 1 if size < 0 else self._at + size
        while self._size < wanted and self._inflate():
            if wanted > self._limit < self._size:
                raise SequenceError(
                    f"The deflated file unpacks to more than {self._limit / 2**20:,.0f} MiB, which it should not.",
                    subject=self._path,
                    remedy="Get it from where it came without this compression.",
                )
        self._plain.seek(self._at)
        data = self._plain.read(size)
        self._at += len(data)
        return data

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
            self._plain.close()
        super().close()

    def _inflate(self) -> bool:
        packed = self._codec.unconsumed_tail or self._packed.read(_CHUNK)
        if self._codec.eof or not packed:
            return False
        self._append(self._codec.decompress(packed, _CHUNK))
        return True

    def _append(self, data: bytes) -> None:
        self._plain.seek(0, io.SEEK_END)
        self._plain.write(data)
        self._size = self._plain.tell()


def is_deflated(head: bytes) -> bool:
    """Whether the first bytes of a DICOM file name the deflated transfer syntax."""
    return DeflatedExplicitVRLittleEndian.encode() in head
