"""First-fit allocator of a region: free gaps, neighbours joined."""

from bisect import bisect_left


class FreeList:
    """Allocates parts of 0…size; gaps never touch each other, so they are as long as possible."""

    def __init__(self, size: int) -> None:
        self._gaps: list[tuple[int, int]] = [(0, size)] if size else []

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """The free parts, (start, length), in order."""
        return tuple(self._gaps)

    def allocate(self, length: int) -> int | None:
        """Take the start of the first gap that is long enough and return it; None when there is none."""
        for place, (start, room) in enumerate(self._gaps):
            if room >= length:
                self._gaps[place : place + 1] = [(start + length, room - length)] if room > length else []
                return start
        return None

    def free(self, start: int, length: int) -> None:
        """Free a part that allocate returned."""
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
