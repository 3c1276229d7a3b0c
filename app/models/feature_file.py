"""Cache of encoded frames on disk."""

import logging
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from io import FileIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LARGEST_FILE: Final = 16 * 2**30  # Bytes: 350 frames of a video at working size in float32.
# A quarter of the free disk at most, chosen by hand: drop folder, journal and exports need theirs.
FREE_SPACE_DIVISOR: Final = 4
_log = logging.getLogger(__name__)
_Layout = tuple[tuple[np.dtype[Any], tuple[int, ...]], ...]


class FeatureFile:
    """Arrays by frame in an unlinked file.

    So nothing of a patient is left behind, however the program ends. A failing disk only empties the cache.
    """

    def __init__(self, folder: Path, limit: int = LARGEST_FILE, slot_bytes: int = 0) -> None:
        """folder: of the file. limit: bytes; a share of the free disk if that is less.

        slot_bytes: of a frame at most; 0 where all frames have arrays of the same shapes, and others empty the file.
        """
        self._folder = folder
        self._limit = limit
        self._fixed_bytes = slot_bytes
        self._file: FileIO | None = None
        self._slot_bytes = slot_bytes
        self._slots: dict[int, tuple[int, _Layout]] = {}
        self._free: list[int] = []
        self._is_broken = False

    def __contains__(self, index: int) -> bool:
        return index in self._slots

    def indices(self) -> Iterable[int]:
        """Return the cached frames."""
        return self._slots.keys()

    def has_room(self) -> bool:
        """Whether one more frame fits."""
        return bool(self._free) if self._file is not None else not self._is_broken

    def put(self, index: int, arrays: Sequence[NDArray[Any]]) -> None:
        """Store or replace the arrays of a frame, if there is room and the disk does not fail.

        Raises ValueError for more bytes than a slot of fixed size has.
        """
        layout = tuple((array.dtype, array.shape) for array in arrays)
        size = sum(array.nbytes for array in arrays)
        if self._fixed_bytes and size > self._fixed_bytes:
            raise ValueError(f"{size} bytes do not fit into {self._fixed_bytes}")
        if self._is_broken:
            return
        try:
            if self._file is None or (not self._fixed_bytes and self._is_other(layout, size)):
                self._allocate(self._fixed_bytes or size)
            self.drop(index)
            if self._free:
                self._write(self._free[-1], arrays, size)
                self._slots[index] = self._free.pop(), layout
        except OSError as error:
            self._disable(error)

    def get(self, index: int) -> list[NDArray[Any]] | None:
        """Return the arrays of a frame; None if they are not stored or cannot be read."""
        if index not in self._slots:
            return None
        try:
            return self._read(*self._slots[index])
        except OSError as error:
            self._disable(error)
            return None

    def drop(self, index: int) -> None:
        """Remove a frame."""
        known = self._slots.pop(index, None)
        if known is not None:
            self._free.append(known[0])

    def clear(self) -> None:
        """Remove all frames and free the disk; a disk that failed is tried again."""
        self._slots, self._free, self._is_broken = {}, [], False
        if self._file is not None:
            self._file.close()
            self._file = None

    def _is_other(self, layout: _Layout, size: int) -> bool:
        """Whether the frames here have arrays of other shapes."""
        return size != self._slot_bytes or next(iter(self._slots.values()), (0, layout))[1] != layout

    def _allocate(self, slot_bytes: int) -> None:
        self.clear()
        self._folder.mkdir(parents=True, exist_ok=True)
        limit = min(self._limit, shutil.disk_usage(self._folder).free // FREE_SPACE_DIVISOR)
        self._slot_bytes = slot_bytes
        self._free = list(reversed(range(limit // slot_bytes)))
        self._file = _open_unnamed(self._folder)
        weakref.finalize(self, self._file.close)

    def _write(self, slot: int, arrays: Sequence[NDArray[Any]], size: int) -> None:
        assert self._file is not None
        parts = [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data for array in arrays]
        if os.pwritev(self._file.fileno(), parts, slot * self._slot_bytes) != size:
            raise OSError("The disk took only a part.")

    def _read(self, slot: int, layout: _Layout) -> list[NDArray[Any]]:
        assert self._file is not None
        arrays = [np.empty(shape, dtype) for dtype, shape in layout]
        parts = [array.reshape(-1).view(np.uint8).data for array in arrays]
        if os.preadv(self._file.fileno(), parts, slot * self._slot_bytes) != sum(a.nbytes for a in arrays):
            raise OSError("The file is shorter than it was.")
        return arrays

    def _disable(self, error: OSError) -> None:
        """Store nothing until the next clear; frames are then encoded again."""
        _log.warning("Work on frames cannot be kept in %s: %s", self._folder, error)
        self.clear()
        self._is_broken = True


def _open_unnamed(folder: Path) -> FileIO:
    return tempfile.TemporaryFile(dir=folder, buffering=0)
