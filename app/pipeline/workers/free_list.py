"""Which stretches of a region are free: first fit, neighbours joined."""

from __future__ import annotations

from bisect import bisect_left


class FreeList:
    """Hands out stretches of 0…size; free stretches never touch each other, so they are as long as can be."""

    def __init__(self, size: int) -> None:
        self._gaps: list[tuple[int, int]] = [(0, size)] if size else []

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """The free stretches, (start, length), in order."""
        return tuple(self._gaps)

    def take(self, length: int) -> int | None:
        """Start of the first gap that is long enough, now taken; None when there is none."""
        for place, (start, room) in enumerate(self._gaps):
            if room >= length:
                self._gaps[place : place + 1] = [(start + length, room - length)] if room > length else []
                return start
        return None

    def give(self, start: int, length: int) -> None:
        """Take back a stretch that take handed out."""
        place = bisect_left(self._gaps, (start, 0))
        first = last = place
        if place < len(self._gaps) and self._gaps[place][0] == start + length:
            length += self._gaps[place][1]
            last += 1
        if place > 0 and sum(self._gaps[place - 1]) == start:
            start, before = self._gaps[place - 1]
            length += before
            first -= 1
        self._gaps[first:last] = [(start, length)]
