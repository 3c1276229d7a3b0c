"""Distances along a graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FAR = 1e6


@dataclass(frozen=True, slots=True)
class ShortestPaths:
    """The edges of a graph, both ways, sorted by where they lead.

    source: (2e,) where each road begins. length: (2e,). target: (t,) the nodes some road leads to.
    start: (t,) the first road of each target. size: number of nodes.
    """

    source: NDArray[np.intp]
    length: NDArray[np.float64]
    target: NDArray[np.intp]
    start: NDArray[np.intp]
    size: int

    def distances(self, node: int) -> NDArray[np.float64]:
        """Return the length of the shortest way from a node to every node, (size,); FAR where none leads.

        All nodes are relaxed together (Bellman, 1958): few, long numpy steps beat a heap in Python.
        """
        distance = np.full(self.size, FAR)
        distance[node] = 0.0
        while self.target.size:
            best = np.minimum.reduceat(distance[self.source] + self.length, self.start)
            known = distance[self.target]
            if not (best < known).any():
                break
            distance[self.target] = np.minimum(best, known)
        return distance


def roads(
    first: NDArray[np.intp], second: NDArray[np.intp], length: NDArray[np.float64], size: int
) -> ShortestPaths:
    """Return the roads of undirected edges (first[k], second[k]) of a length above 0."""
    source, target = np.concatenate((first, second)), np.concatenate((second, first))
    order = np.argsort(target, kind="stable")
    targets, start = np.unique(target[order], return_index=True)
    return ShortestPaths(source[order], np.tile(length, 2)[order], targets, start, size)
