"""Shared memory of the UI process and its workers, for frames and pictures.

The region is a memfd (memfd_create(2)): it has no name in any file system, and the kernel frees it
when the last process that holds it is gone, so not even kill -9 leaks it.
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import mmap
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from app.domain.closeable import Closeable
from app.domain.errors import StorageFull, UsageError, WorkerError
from app.pipeline.workers.free_list import FreeList
from app.pipeline.workers.protocol import ArrayRef, Slot

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

_PAGE = mmap.PAGESIZE
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


class SharedPool(Closeable):
    """One shared region. The process that created it allocates, on the event loop's thread; workers only map it.

    The size is virtual: pages exist once they are written to and go back when a slot is freed, so a generous
    capacity costs nothing. Not safe for several threads at once.
    """

    def __init__(self, fd: int, size: int, free: FreeList | None) -> None:
        self._fd = fd
        self._size = size
        self._free = free
        self._taken: dict[int, Slot] = {}
        self._map: mmap.mmap | None = mmap.mmap(fd, size)

    @classmethod
    def create(cls, nbytes: int) -> Self:
        """Make a region of nbytes, rounded up to whole pages."""
        if nbytes <= 0:
            raise UsageError("A shared pool needs room.", subject=nbytes)
        size = _pages(nbytes)
        fd = os.memfd_create("framewise", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(fd, size)
            # A region that one process shrank would kill the others with SIGBUS.
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
            return cls(fd, size, FreeList(size))
        except OSError:
            os.close(fd)
            raise

    @classmethod
    def attach(cls, fd: int, size: int) -> Self:
        """Map the region of another process, given by an inherited descriptor, which the pool then owns."""
        try:
            return cls(fd, size, None)
        except (OSError, ValueError) as error:
            raise WorkerError(f"The shared pool cannot be mapped: {error}.", subject=f"fd {fd}") from error

    @property
    def fd(self) -> int:
        """Descriptor that a worker must inherit."""
        return self._fd

    @property
    def capacity(self) -> int:
        """Bytes in the region."""
        return self._size

    @property
    def used(self) -> int:
        """Bytes in slots that are taken, in whole pages."""
        return sum(_pages(slot.nbytes) for slot in self._taken.values())

    def allocate(self, nbytes: int) -> Slot | None:
        """Return a page-aligned slot; None when the pool is full now and something must be freed first.

        Raises StorageFull when even an empty pool has not that much room. What the slot holds is undefined.
        """
        if nbytes > self._size:
            raise StorageFull(
                f"{nbytes} bytes do not fit into the shared pool of {self._size}.",
                remedy="Give the shared pool more room in the settings.",
            )
        offset = self._require_free_list().allocate(_pages(nbytes))
        if offset is None:
            return None
        slot = self._taken[offset] = Slot(offset, nbytes)
        return slot

    def free(self, slot: Slot) -> None:
        """Free a slot and its memory; views of it read zeros or what comes next.

        Free a slot that a job uses only when that job has ended (Job.on_end): a worker may still write.
        Raises UsageError for a slot that is not taken.
        """
        free = self._require_free_list()
        if self._taken.get(slot.offset) != slot:
            raise UsageError("This slot is not taken.", subject=slot)
        del self._taken[slot.offset]
        self._require_map().madvise(mmap.MADV_REMOVE, slot.offset, _pages(slot.nbytes))
        free.free(slot.offset, _pages(slot.nbytes))

    @contextlib.contextmanager
    def lend(self, shape: tuple[int, ...], dtype: str) -> Iterator[ArrayRef]:
        """Lend room for an array until the block ends. Raises StorageFull when the pool is full now."""
        import numpy as np  # a worker that never uses the pool starts without numpy

        slot = self.allocate(math.prod(shape) * np.dtype(dtype).itemsize)
        if slot is None:
            raise StorageFull("No room for another picture.", remedy="Give the frame cache more memory.")
        try:
            yield ArrayRef.of(slot, shape, dtype)
        finally:
            self.free(slot)

    def view(self, slot: Slot, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return a slot as an array of this shape and dtype, C order, without a copy, writable.

        Raises UsageError when the array does not fit the slot or the slot does not fit the pool.
        """
        import numpy as np  # a worker that never uses the pool starts without numpy

        kind = np.dtype(dtype)
        if kind.hasobject:
            raise UsageError("Only plain numbers can be shared.", subject=kind)
        needs = math.prod(shape) * kind.itemsize
        if not 0 <= needs <= slot.nbytes or not 0 <= slot.offset <= self._size - slot.nbytes:
            raise UsageError(f"An array of {needs} bytes does not fit.", subject=slot)
        # frombuffer keeps the region mapped as long as the array lives; ndarray(buffer=…) does not.
        count = math.prod(shape)
        return np.frombuffer(self._require_map(), kind, count, slot.offset).reshape(shape)

    def array(self, ref: ArrayRef) -> NDArray[Any]:
        """Return the array that a message refers to, without a copy. Raises UsageError as view does."""
        return self.view(ref.slot, ref.shape, ref.dtype)

    def close(self) -> None:
        """Release the region; views that still exist keep it mapped until they are gone."""
        if self._map is None:
            return
        with contextlib.suppress(BufferError):
            self._map.close()
        self._map = None
        os.close(self._fd)

    def _require_free_list(self) -> FreeList:
        if self._free is None:
            raise UsageError("Only the process that made the shared pool allocates and frees.")
        return self._free

    def _require_map(self) -> mmap.mmap:
        if self._map is None:
            raise UsageError("The shared pool is closed.")
        return self._map


def _pages(nbytes: int) -> int:
    return max(1, -(-nbytes // _PAGE)) * _PAGE
