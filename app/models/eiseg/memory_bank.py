"""What a walk remembers besides the reference frames: a bounded number of frames passed, and the last one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
KEEP_EVERY = 5
"""Frames between two that stay, as in MiVOS and EISeg."""
KEEP_AT_MOST = 6
"""Frames passed that stay at once; MiVOS lets them grow with the length of the sequence."""


@dataclass(frozen=True, slots=True, eq=False)
class ObjectMemory:
    """One object on one frame, at 1/16 of the size. key: float32 (C, h, w); value: float32 (Cv, h, w)."""

    index: int
    key: Array
    value: Array


Slot = tuple[int, Mapping[int, ObjectMemory]]
"""A frame and what is remembered of each object on it, by object id."""


class PassMemory:
    """Keeps every fifth frame of a walk, thinned to a bound, and the most recent one."""

    def __init__(self, start: int, keep_every: int = KEEP_EVERY, keep_at_most: int = KEEP_AT_MOST) -> None:
        self._initial_state = start
        self._keep_every = keep_every
        self._keep_at_most = keep_at_most
        self._kept: list[Slot] = []
        self._recent: Slot | None = None

    def add(self, index: int, memories: Mapping[int, ObjectMemory]) -> None:
        """Remember the frame passed last in place of the one before it, which goes unless it was to stay."""
        last = self._kept[-1][0] if self._kept else self._initial_state
        if abs(index - last) < self._keep_every:
            self._recent = (index, memories)
            return
        self._recent = None
        self._kept.append((index, memories))
        if len(self._kept) > self._keep_at_most:
            del self._kept[self._most_redundant(index)]

    def memories_of(self, object_id: int) -> list[ObjectMemory]:
        """Return what is remembered of an object, the most recent frame last."""
        slots = [*self._kept, *([self._recent] if self._recent else [])]
        return [memories[object_id] for _, memories in slots if object_id in memories]

    def frame_indices(self) -> list[int]:
        """Return the frames that are remembered."""
        return [index for index, _ in [*self._kept, *([self._recent] if self._recent else [])]]

    def _most_redundant(self, now: int) -> int:
        """Return the slot whose loss leaves the smallest gap for its age: near frames stay denser than far ones."""
        places = [self._initial_state, *(index for index, _ in self._kept)]
        gaps = [
            abs(places[i + 1] - places[i - 1]) / max(1, abs(now - places[i]))
            for i in range(1, len(places) - 1)
        ]
        return int(np.argmin(gaps))
