"""Brush strokes of Label Studio: RGBA bytes in the run lengths of thi.ng/rle-pack, of which alpha is the mask. Pure.

A header (32 bits for the count of words, 5 for their width less one, four times 4 for widths of counts less one), then
runs: a bit that says whether one word is repeated, 2 bits that choose the width of the count, the count less one, and
one word or as many as counted (https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_CHANNELS: Final = 4
_MOST_RUNS: Final = 4_000_000  # noise of 2000 x 2000 pixels; chosen by hand, and bounds the time to some 10 s


def decode_brush(code: Sequence[int], height: int, width: int) -> NDArray[np.bool_]:
    """Return the pixels of a stroke, bool (h, w): those with any alpha, as Label Studio itself exports them.

    Raises ValueError or TypeError for a code that is none or of another size.
    """
    bits = _Bits(bytes(code))
    count = bits.number(32)
    if count != height * width * _CHANNELS:
        raise ValueError(f"a stroke of {count} values on {width}x{height} pixels")
    word = bits.number(5) + 1
    sizes = [bits.number(4) + 1 for _ in range(4)]
    found = np.zeros(count, np.bool_)
    at = runs = 0
    while at < count:
        runs += 1
        if runs > _MOST_RUNS:
            raise ValueError("a stroke of too many runs")
        is_repeated = bits.number(1)
        end = min(at + 1 + bits.number(sizes[bits.number(2)]), count)
        found[at:end] = bits.number(word) > 0 if is_repeated else bits.words(end - at, word)
        at = end
    return found.reshape(height, width, _CHANNELS)[..., -1].copy()


class _Bits:
    """Reads numbers from bytes bit by bit, the highest first. Raises ValueError at the end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._bits = np.unpackbits(np.frombuffer(content, np.uint8))
        self._at = 0

    def number(self, size: int) -> int:
        first, last = self._at, self._skip(size)
        part = int.from_bytes(self._content[first >> 3 : (last + 7) >> 3], "big")
        return (part >> (-last % 8)) & ((1 << size) - 1)

    def words(self, count: int, size: int) -> NDArray[np.bool_]:
        """Return whether each of the next words is not zero."""
        first, last = self._at, self._skip(count * size)
        return np.asarray(self._bits[first:last].reshape(count, size).any(axis=1))

    def _skip(self, size: int) -> int:
        self._at += size
        if self._at > len(self._bits):
            raise ValueError("a stroke that is cut off")
        return self._at
