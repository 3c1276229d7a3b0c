"""Readers of slices: raw voxels at an offset of a file, or a compressed stream of them."""

import gzip
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.files.access import access_error
from app.imaging.volume_geometry import Index

Codec = Literal["raw", "gzip", "zlib"]
_CHUNK: Final = 2**20  # bytes, as much as is unpacked at once
_MOST_SLICES: Final = 2**20  # of all time points; a session holds some bytes for each
_COPY_AGAIN: Final = "Copy it again from where it came."


def select_times(shape: Index, times: int, time: int | None, path: Path) -> tuple[Index, int]:
    """Return the voxels to read of a volume with time points, and how many slices come before them.

    time: one of them; None for all, which then follow each other along z. Raises SequenceError.
    """
    depth, height, width = shape
    if times * depth > _MOST_SLICES:
        what = f"The header claims an impossible size, {times} volumes of {depth} slices."
        raise SequenceError(what, subject=path)
    if time is None:
        return (times * depth, height, width), 0
    if not 0 <= time < times:
        raise SequenceError(f"There is no time point {time}; there are {times}.", subject=path)
    return shape, time * depth


class SliceReader(Protocol):
    """Source of the slices of a scan.

    shape: voxels (z, y, x), of all time points one after the other. dtype: of the slices, in the machine's byte order.
    is_direct: a slice costs no more to read than one from the spool would, so it need not be spooled.
    is_sequential: slices can only be had in order; going back means starting again.
    """

    shape: Index
    dtype: np.dtype[Any]
    is_direct: bool
    is_sequential: bool

    def read(self, index: int) -> NDArray[Any]:
        """Return slice index, (y, x). Raises SequenceError when it is damaged."""

    def close(self) -> None:
        """Release files."""


class Rescale:
    """From stored numbers to native intensities: stored * slope + intercept.

    Whole numbers stay whole: the result is the smallest integer type that holds every stored value rescaled,
    or float32 where slope or intercept has a fraction, or the stored type where nothing is to be done.
    limits: the lowest and highest stored value; those of the stored type by default.
    """

    def __init__(
        self,
        stored: np.dtype[Any],
        slope: float = 1.0,
        intercept: float = 0.0,
        limits: tuple[int, int] | None = None,
    ) -> None:
        self._slope, self._intercept, self._limits = slope, intercept, limits
        self.is_identity = slope == 1 and intercept == 0
        self.dtype: np.dtype[Any] = stored.newbyteorder("=") if self.is_identity else self._fit(stored)

    def __call__(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Rescale an array of any shape."""
        if self.is_identity:
            return stored.astype(self.dtype, copy=False)
        if self.dtype.kind == "f":
            return (stored * np.float64(self._slope) + self._intercept).astype(self.dtype)
        return (stored.astype(np.int64) * int(self._slope) + int(self._intercept)).astype(self.dtype)

    def _fit(self, stored: np.dtype[Any]) -> np.dtype[Any]:
        if stored.kind == "f":
            return stored.newbyteorder("=")
        if self._slope != int(self._slope) or self._intercept != int(self._intercept):
            return np.dtype(np.float32)
        ends = self._limits or (int(np.iinfo(stored).min), int(np.iinfo(stored).max))
        scaled = [end * int(self._slope) + int(self._intercept) for end in ends]
        for kind in (np.int16, np.uint16, np.int32):
            if np.iinfo(kind).min <= min(scaled) and max(scaled) <= np.iinfo(kind).max:
                return np.dtype(kind)
        return np.dtype(np.float64)


class RawSlices:
    """Slices that lie uncompressed in a file, one after the other."""

    is_direct = True
    is_sequential = False

    def __init__(
        self, path: Path, offset: int, shape: Index, stored: np.dtype[Any], rescale: Rescale
    ) -> None:
        self.shape = shape
        self._path, self._offset, self._stored, self._rescale = path, offset, stored, rescale
        self.dtype = rescale.dtype
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by close
        except OSError as error:
            raise access_error(path, error) from error
        if os.fstat(self._file.fileno()).st_size < offset + shape[1] * shape[2] * stored.itemsize:
            self._file.close()
            raise SequenceError("The file ends within its first slice.", subject=path, remedy=_COPY_AGAIN)

    def read(self, index: int) -> NDArray[Any]:
        """Return slice index, (y, x)."""
        _, height, width = self.shape
        size = height * width * self._stored.itemsize
        data = self._read_bytes(size, self._offset + index * size)
        if len(data) < size:
            raise SequenceError(
                f"The file ends within slice {index}.", subject=self._path, remedy=_COPY_AGAIN
            )
        return self._rescale(np.frombuffer(data, self._stored).reshape(height, width))

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _read_bytes(self, size: int, place: int) -> bytes:
        """Read of a file that is opened anew where it fails: a drive that comes back does not bring its open files."""
        with suppress(OSError, ValueError):
            return os.pread(self._file.fileno(), size, place)
        self._file.close()
        try:
            self._file = open(self._path, "rb", buffering=0)  # noqa: SIM115 - closed by close
            return os.pread(self._file.fileno(), size, place)
        except OSError as error:
            raise access_error(self._path, error) from error


class StreamSlices:
    """Slices in a compressed stream.

    offset: where the stream begins in the file.
    skip: bytes at the head of the unpacked stream that are no voxels.
    """

    is_direct = False
    is_sequential = True

    def __init__(
        self,
        path: Path,
        codec: Codec,
        offset: int,
        skip: int,
        shape: Index,
        stored: np.dtype[Any],
        rescale: Rescale,
    ) -> None:
        self.shape = shape
        self.dtype = rescale.dtype
        self._path, self._codec, self._offset, self._skip = path, codec, offset, skip
        self._stored, self._rescale = stored, rescale
        self._stream: _Stream | None = None
        self._next = 0
        self._broken: SequenceError | None = None

    def read(self, index: int) -> NDArray[Any]:
        """Return slice index, (y, x). After damage nothing that follows in the stream can be read."""
        if self._broken is not None and index >= self._next:
            raise self._broken
        try:
            if self._stream is None or index < self._next:
                self._restart()
            while self._next < index:
                self._unpack()
            return self._rescale(self._unpack())
        except (OSError, EOFError, zlib.error) as error:
            if isinstance(error, OSError) and error.errno is not None:
                self.close()
                raise access_error(self._path, error) from error
            what = f"The compressed data is damaged from slice {self._next} on: {error}."
            self._broken = SequenceError(what, subject=self._path, remedy=_COPY_AGAIN)
            raise self._broken from error

    def close(self) -> None:
        """Release the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _restart(self) -> None:
        self.close()
        file = open(self._path, "rb")  # noqa: SIM115 - closed with the stream around it
        file.seek(self._offset)
        stream: _Stream = _Gunzip(file) if self._codec == "gzip" else _Inflate(file)
        self._stream, self._next = stream, 0
        _skip(stream, self._skip)

    def _unpack(self) -> NDArray[Any]:
        _, height, width = self.shape
        stream = self._stream
        size = height * width * self._stored.itemsize
        data = b"" if stream is None else _read_exactly(stream, size)
        if len(data) < size:
            raise EOFError("it ends too early")
        self._next += 1
        return np.frombuffer(data, self._stored).reshape(height, width)


class ArraySlices:
    """Slices of an array that is in memory already."""

    is_direct = False
    is_sequential = False

    def __init__(self, voxels: NDArray[Any]) -> None:
        depth, height, width = voxels.shape
        self.shape = (depth, height, width)
        self.dtype = voxels.dtype
        self._voxels: NDArray[Any] | None = voxels

    def read(self, index: int) -> NDArray[Any]:
        """Return slice index, (y, x)."""
        if self._voxels is None:
            raise SequenceError("The scan is closed.")
        voxels: NDArray[Any] = self._voxels[index]
        return voxels

    def close(self) -> None:
        """Release the array."""
        self._voxels = None


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class _Gunzip(gzip.GzipFile):
    """A gzip stream that closes the file below it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._below = file

    def close(self) -> None:
        super().close()
        self._below.close()


class _Inflate:
    """A zlib stream, as MetaImage has it, that closes the file below it."""

    def __init__(self, file: BinaryIO) -> None:
        self._below = file
        self._codec = zlib.decompressobj()

    def read(self, size: int, /) -> bytes:
        data = b""
        while not data and not self._codec.eof:
            packed = self._codec.unconsumed_tail or self._below.read(_CHUNK)
            if not packed:
                return b""
            data = self._codec.decompress(packed, size)
        return data

    def close(self) -> None:
        self._below.close()


def _read_exactly(stream: _Stream, size: int) -> bytes:
    parts, left = [], size
    while left and (part := stream.read(min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _skip(stream: _Stream, size: int) -> None:
    while size > 0 and (part := stream.read(min(size, _CHUNK))):
        size -= len(part)
