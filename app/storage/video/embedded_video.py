"""The video inside a DICOM file, read as if it were a file of its own (PS3.5 8.2.5 to 8.2.11)."""

import io
import os
from pathlib import Path
from typing import Final

import numpy as np

_MAGIC_AT: Final = 128  # bytes, the length of the preamble (PS3.10 7.1)


def is_dicom_file(path: Path) -> bool:
    """Whether a file begins as DICOM does."""
    with path.open("rb") as file:
        return file.read(_MAGIC_AT + 4)[_MAGIC_AT:] == b"DICM"


class EmbeddedVideo(io.RawIOBase):
    """The fragments of the pixel data, one after the other; nothing is copied."""

    def __init__(self, path: Path) -> None:
        """Find the fragments. Raises ValueError when the file holds none, OSError when it cannot be read."""
        super().__init__()
        # Other videos never need pydicom, which takes a while to import.
        from app.storage.cine.frame_ranges import find_fragments
        from app.storage.volume.dicom.dicom_headers import DAMAGE, read_headers

        try:
            header = read_headers(path)[0]
            self._file = path.open("rb")
            _, fragments = find_fragments(self._file, header.pixel_offset)
        except DAMAGE as error:
            raise ValueError("no video in this DICOM file") from error
        self._starts = np.array([start for start, _ in fragments], np.int64)
        self._ends = np.cumsum([length for _, length in fragments], dtype=np.int64)
        self._size = int(self._ends[-1]) if len(fragments) else 0
        self._position = 0

    def close(self) -> None:
        """Release the file."""
        if not self.closed and hasattr(self, "_file"):
            self._file.close()
        super().close()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Read up to the end of a fragment; 0 at the end of the video."""
        if self._position >= self._size:
            return 0
        number = int(np.searchsorted(self._ends, self._position, side="right"))
        left = int(self._ends[number]) - self._position
        begin = int(self._ends[number - 1]) if number else 0
        at = int(self._starts[number]) + self._position - begin
        data = os.pread(self._file.fileno(), min(len(buffer), left), at)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
