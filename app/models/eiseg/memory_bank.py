"""Memory of a pass besides the reference frames: a bounded number of frames, and the last one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
KEEP_EVERY = 5  # Frames from one that is kept to the next, as in MiVOS and EISeg.
KEEP_AT_MOST = 6  # Frames kept at once, which bounds time and memory; in MiVOS they grow with the sequence.


@dataclass(frozen=True, slots=True, eq=False)
class ObjectMemory:
    """One object on one frame, at stride 16."""

    index: int
    key: Array  #: float32 (C, h, w)
    value: Array  #: float32 (Cv, h, w)


Slot = tuple[int, Mapping[int, ObjectMemory]]  # A frame and the memory of each object on it, by object id.


class PassMemory:
    """Keeps every fifth frame of a pass, thinned to a bound, and the most recent one."""

    def __init__(self, start: int, keep_every: int = KEEP_EVERY, keep_at_most: int = KEEP_AT_MOST) -> None:
        self._initial_state = start
        self._keep_every = keep_every
        self._keep_at_most = keep_at_most
        self._kept: list[Slot] = []
        self._recent: Slot | None = None

    def add(self, index: int, memories: Mapping[int, ObjectMemory]) -> None:
        """Add the frame processed last; the one before it is dropped unless it is to be kept."""
        last = self._kept[-1][0] if self._kept else self._initial_state
        if abs(index - last) < self._keep_every:
            self._recent = (index, memories)
            return
        self._recent = None
        self._kept.append((index, memories))
        if len(self._kept) > self._keep_at_most:
            del self._kept[self._most_redundant(index)]

    def memories_of(self, object_id: int) -> list[ObjectMemory]:
        """Return the memories of an object, the most recent frame last."""
        slots = [*self._kept, *([self._recent] if self._recent else [])]
        return [memories[object_id] for _, memories in slots if object_id in memories]

    def _most_redundant(self, now: int) -> int:
        """Return the slot whose removal leaves the smallest gap relative to its age: near frames stay denser."""
        places = [self._initial_state, *(index for index, _ in self._kept)]
        gaps = [
            abs(places[i + 1] - places[i - 1]) / max(1, abs(now - places[i]))
            for i in range(1, len(places) - 1)
        ]
        return int(np.argmin(gaps))
