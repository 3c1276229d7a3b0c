"""Freed memory of the C library: returned to the system, or kept for the next block."""

import ctypes
from typing import Final

_LIBRARY: Final = ctypes.CDLL(None)
_M_TRIM_THRESHOLD: Final = -1  # parameter of mallopt, from malloc.h


def trim_heap() -> None:
    """Return free memory to the system, where the C library can: malloc_trim(3) of glibc.

    Blocks of many sizes that come and go leave holes in the heap, which by itself shrinks at its end alone: over
    hours it grows to several times of what is in use. Takes about a millisecond.
    """
    if hasattr(_LIBRARY, "malloc_trim"):
        _LIBRARY.malloc_trim(0)


def keep_free(size: int) -> None:
    """Keep so many bytes free at the end of the heap, where the C library can: mallopt(3) of glibc.

    By itself it returns them at once, and the system clears the pages of the next block anew.
    """
    if hasattr(_LIBRARY, "mallopt"):
        _LIBRARY.mallopt(_M_TRIM_THRESHOLD, size)
