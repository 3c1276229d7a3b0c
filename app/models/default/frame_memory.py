"""Memory of propagation: every reference frame, and for each pass a few recent frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.models.runtime.network import Network

Array = NDArray[np.float32]
# Nearest reference frames in one read: more costs time, and far ones help little. Chosen by hand.
REFERENCES = 3


@dataclass(frozen=True, slots=True, eq=False)
class FrameMemory:
    """Memory of one frame."""

    index: int
    key: Array  #: float32 (1, k, positions)
    values: Mapping[int, Array]  #: float32 (1, c, positions) by object id


class MemoryReader:
    """Reads memories for several objects at once."""

    def __init__(self, graph: Network) -> None:
        self._graph = graph

    def read(self, key: Array, memories: Mapping[int, Sequence[FrameMemory]]) -> dict[int, Array]:
        """Return the read of each object's memories at every position of a frame, float32 (c, h, w).

        key: float32 (1, k, h, w). Objects that share their memories share one read.
        """
        groups: dict[tuple[int, ...], list[int]] = {}
        for number, seen in memories.items():
            groups.setdefault(tuple(id(memory) for memory in seen), []).append(number)
        found: dict[int, Array] = {}
        for numbers in groups.values():
            found |= self._read_group(key, numbers, memories[numbers[0]])
        return found

    def _read_group(
        self, key: Array, numbers: Sequence[int], seen: Sequence[FrameMemory]
    ) -> dict[int, Array]:
        keys = np.concatenate([memory.key for memory in seen], 2)
        values = np.concatenate(
            [np.concatenate([memory.values[number] for memory in seen], 2) for number in numbers], 1
        )
        (answer,) = self._graph(key.reshape(*key.shape[:2], -1), keys, values)
        maps = answer.reshape(len(numbers), -1, *key.shape[2:])
        return dict(zip(numbers, maps, strict=True))


def select_references(
    references: Sequence[FrameMemory], number: int, index: int, start: int
) -> list[FrameMemory]:
    """Return up to REFERENCES frames that hold an object: the start of the pass, then the nearest to index."""
    holding = [memory for memory in references if number in memory.values]
    holding.sort(key=lambda memory: (memory.index != start, abs(memory.index - index), memory.index))
    return holding[:REFERENCES]
