"""What propagation remembers: every reference frame, and for each walk a few frames passed lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.models.runtime.network import Network

Array = NDArray[np.float32]
REFERENCES = 3
"""Reference frames that one read looks at, the nearest ones; all others stay remembered."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameMemory:
    """One frame. key: float32 (1, k, places); values: by object id, float32 (1, c, places)."""

    index: int
    key: Array
    values: Mapping[int, Array]


class MemoryReader:
    """Reads memories for several objects at once."""

    def __init__(self, graph: Network) -> None:
        self._graph = graph

    def read(self, key: Array, memories: Mapping[int, Sequence[FrameMemory]]) -> dict[int, Array]:
        """Return what each object's memories say at every place of a frame, float32 (c, h, w).

        key: float32 (1, k, h, w). Objects that share their memories share one read.
        """
        groups: dict[tuple[int, ...], list[int]] = {}
        for number, seen in memories.items():
            groups.setdefault(tuple(id(memory) for memory in seen), []).append(number)
        found: dict[int, Array] = {}
        for numbers in groups.values():
            found |= self._group(key, numbers, memories[numbers[0]])
        return found

    def _group(self, key: Array, numbers: Sequence[int], seen: Sequence[FrameMemory]) -> dict[int, Array]:
        keys = np.concatenate([memory.key for memory in seen], 2)
        values = np.concatenate(
            [np.concatenate([memory.values[number] for memory in seen], 2) for number in numbers], 1
        )
        (answer,) = self._graph(key.reshape(*key.shape[:2], -1), keys, values)
        maps = answer.reshape(len(numbers), -1, *key.shape[2:])
        return dict(zip(numbers, maps, strict=True))


def nearest(references: Sequence[FrameMemory], number: int, index: int, start: int) -> list[FrameMemory]:
    """Return up to REFERENCES frames that hold an object: the walk's start, then the nearest to index."""
    holding = [memory for memory in references if number in memory.values]
    holding.sort(key=lambda memory: (memory.index != start, abs(memory.index - index), memory.index))
    return holding[:REFERENCES]
