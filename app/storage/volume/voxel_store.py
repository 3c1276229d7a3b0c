"""Voxels of an open scan, decoded slice by slice on demand and spooled to disk, so memory stays small."""

import contextlib
import errno
import math
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, Final, cast

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError, SourceOutOfReach, StorageFull
from app.storage.volume.slice_readers import SliceReader

# Of planes cut at once: at 512x512x500 about 32 of them, one read of every slice.
_SLAB_BYTES: Final = 16 * 2**20
_SLABS: Final = 3  # in memory at once; chosen by hand: more memory against planes cut again
# Between two tries to read slices of a drive that was away for planes across them; chosen by hand: a scratched disc
# takes seconds to refuse a slice.
_RETRY_SECONDS: Final = 10.0
_RESERVE: Final = 64 * 2**20  # bytes of the disk left to the journal


class VoxelStore:
    """Random access to planes of a volume along any of its axes.

    Decoded slices go to a spool file without a name in folder, so nothing of the patient is left behind,
    however the program ends. In memory are at most three slabs of 16 MiB. Safe for several threads.
    """

    def __init__(self, reader: SliceReader, folder: Path | None = None, depth: int | None = None) -> None:
        """Prepare to read. depth: slices of each time point, which follow each other; None for all in one volume."""
        self.shape = reader.shape
        self.depth = depth or reader.shape[0]
        self.dtype = reader.dtype
        self.damaged: dict[int, SequenceError] = {}  #: slices that could not be read when they were read last
        self._reader = reader
        self._done = np.zeros(self.shape[0], np.bool_)
        self._slabs: OrderedDict[tuple[int, int, int], NDArray[Any]] = OrderedDict()
        self._lock = threading.RLock()
        self._next_retry = 0.0  #: on the monotonic clock
        self._spool: BinaryIO | None = None if reader.is_direct else self._open_spool(folder)

    @property
    def undecoded(self) -> int:
        """Number of slices that are not decoded yet."""
        return 0 if self._spool is None else int(self.shape[0] - self._done.sum())

    def read(self, index: int) -> NDArray[Any]:
        """Return stored slice index, (y, x). Raises SequenceError when it is damaged."""
        with self._lock:
            if self._spool is None:
                return self._read_direct(index)
            if not self._done[index] or self._is_away(index):
                return self._decode(index)
            if index in self.damaged:
                raise self.damaged[index]
            return self._load_rows(index)

    def decode_next(self, time: int = 0) -> bool:
        """Decode one slice that has not been yet, of a time point first; whether more are left. For idle moments."""
        with self._lock:
            start = 0 if self._reader.is_sequential else time * self.depth
            waiting = self._waiting(start) or self._waiting()
            if waiting:
                self._try_keep(waiting[0])
            return self.undecoded > 0

    def is_ready(self, axis: int, index: int, time: int = 0) -> bool:
        """Whether the plane at index of an axis can be had without decoding several slices first."""
        if self._spool is None:
            return True
        with self._lock:
            if axis != 0:
                return bool(self._done[self._slices(time)].all())
            return not self._reader.is_sequential or bool(self._done[:index].all())

    def plane(self, axis: int, index: int, time: int = 0, *, partial: bool = False) -> NDArray[Any]:
        """Return the plane at index of an axis of a time point, its other two axes in stored order.

        Damaged slices are blank in planes that cross them. partial: slices that are not decoded yet are blank
        too; otherwise they are decoded now.
        """
        if axis == 0:
            return self.read(time * self.depth + index)
        with self._lock:
            if partial and not self.is_ready(axis, index, time):
                return _first(self._cut(axis, index, 1, time))
            self._decode_all(time)
            thick = self._thickness(axis)
            return _first(self._slab(axis, index // thick, thick, time)[index % thick :])

    def close(self) -> None:
        """Release files."""
        with self._lock:
            self._reader.close()
            self._slabs.clear()
            if self._spool is not None:
                self._spool.close()

    @property
    def _fd(self) -> int:
        return -1 if self._spool is None else self._spool.fileno()

    @property
    def _slice_bytes(self) -> int:
        return self.shape[1] * self.shape[2] * self.dtype.itemsize

    def _open_spool(self, folder: Path | None) -> BinaryIO:
        needs = self.shape[0] * self._slice_bytes
        place = Path(tempfile.gettempdir()) if folder is None else folder
        if shutil.disk_usage(place).free < needs + _RESERVE:
            raise StorageFull(
                f"This scan unpacks to {needs / 2**20:,.0f} MiB, and there is less room than that.",
                subject=place,
                remedy="Make room on this disk.",
            )
        return cast(BinaryIO, tempfile.TemporaryFile(dir=place, buffering=0))

    def _read_direct(self, index: int) -> NDArray[Any]:
        try:
            voxels = self._reader.read(index)
        except SequenceError as error:
            self.damaged[index] = error
            raise
        self._forget_damage(index)
        return voxels

    def _forget_damage(self, index: int) -> None:
        """Note that a slice was read, after its drive came back maybe: planes across it are cut again then."""
        if self.damaged.pop(index, None) is not None:
            self._slabs.clear()

    def _is_away(self, index: int) -> bool:
        """Whether a slice could not be read for its drive: it is tried again."""
        return isinstance(self.damaged.get(index), SourceOutOfReach)

    def _fetch_again(self, time: int) -> None:
        """Read the slices of a time point whose drive was away, up to the first that is still not to be had."""
        if monotonic() < self._next_retry:
            return
        wanted = range(*self._slices(time).indices(self.shape[0]))
        for index in [index for index in self.damaged if index in wanted and self._is_away(index)]:
            try:
                self.read(index)
            except SequenceError:
                self._next_retry = monotonic() + _RETRY_SECONDS
                return

    def _decode(self, index: int) -> NDArray[Any]:
        if self._reader.is_sequential:
            for earlier in self._waiting(0, index):
                self._try_keep(earlier)
        return self._keep(index)

    def _keep(self, index: int) -> NDArray[Any]:
        try:
            voxels = self._reader.read(index)
        except SequenceError as error:
            self.damaged[index] = error
            self._done[index] = True
            raise
        self._forget_damage(index)
        self._write(index, voxels)
        self._done[index] = True
        return voxels

    def _try_keep(self, index: int) -> None:
        with contextlib.suppress(SequenceError):
            self._keep(index)

    def _waiting(self, start: int = 0, stop: int | None = None) -> list[int]:
        """Return which of the stored slices start … stop are not decoded yet."""
        if self._spool is None:
            return []
        waiting = np.flatnonzero(~self._done[start:stop])
        return [start + int(k) for k in waiting]

    def _slices(self, time: int) -> slice:
        """Which of the stored slices are of a time point."""
        return slice(time * self.depth, (time + 1) * self.depth)

    def _decode_all(self, time: int) -> None:
        wanted = self._slices(time)
        for index in self._waiting(0 if self._reader.is_sequential else wanted.start, wanted.stop):
            self._try_keep(index)
        self._fetch_again(time)

    def _write(self, index: int, voxels: NDArray[Any]) -> None:
        data, offset = memoryview(voxels.tobytes()), index * self._slice_bytes
        try:
            while data:
                written = os.pwrite(self._fd, data, offset)
                data, offset = data[written:], offset + written
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise StorageFull(
                "There is no room to unpack the scan.", remedy="Make room on this disk."
            ) from error

    def _thickness(self, axis: int) -> int:
        """Number of planes of an axis in a slab."""
        sides = (self.depth, *self.shape[1:])
        plane = self.dtype.itemsize * math.prod(n for other, n in enumerate(sides) if other != axis)
        return max(1, min(self.shape[axis], _SLAB_BYTES // max(1, plane)))

    def _slab(self, axis: int, number: int, thick: int, time: int) -> NDArray[Any]:
        """Neighbouring planes, (planes, z, the other axis); kept: the next request is most likely near."""
        slab = self._slabs.pop((axis, number, time), None)
        if slab is None:
            slab = self._cut(axis, number * thick, thick, time)
        self._slabs[axis, number, time] = slab
        while len(self._slabs) > _SLABS:
            self._slabs.popitem(last=False)
        return slab

    def _cut(self, axis: int, first: int, thick: int, time: int) -> NDArray[Any]:
        """Cut planes first, first + 1, … out of all slices of a time point that are known."""
        depth, (_, height, width) = self.depth, self.shape
        stop = min(first + thick, self.shape[axis])
        slab = np.full(
            (stop - first, depth, width if axis == 1 else height), blank_value(self.dtype), self.dtype
        )
        known = np.flatnonzero(self._done[self._slices(time)])
        for k in range(depth) if self._spool is None else known:
            if time * depth + k not in self.damaged:
                self._cut_slice(slab, axis, time * depth + int(k), first, stop)
        return slab

    def _cut_slice(self, slab: NDArray[Any], axis: int, index: int, first: int, stop: int) -> None:
        at = index % self.depth
        if axis == 1 and self._spool is not None:
            slab[:, at] = self._load_rows(index, first, stop)
            return
        try:
            voxels = self._read_direct(index) if self._spool is None else self._load_rows(index)
        except SequenceError:
            return
        slab[:, at] = voxels[first:stop] if axis == 1 else voxels[:, first:stop].T

    def _load_rows(self, index: int, first: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Rows first … stop of a spooled slice, all of them by default."""
        _, height, width = self.shape
        row = width * self.dtype.itemsize
        rows = (height if stop is None else stop) - first
        data = os.pread(self._fd, rows * row, index * self._slice_bytes + first * row)
        return np.frombuffer(data, self.dtype).reshape(rows, width)


def _first(planes: NDArray[Any]) -> NDArray[Any]:
    plane: NDArray[Any] = planes[0]
    return plane


def blank_value(dtype: np.dtype[Any]) -> Any:
    """Return what stands where a slice could not be read: the lowest number, which every window shows black."""
    return np.nan if dtype.kind == "f" else np.iinfo(dtype).min
