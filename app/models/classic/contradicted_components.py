"""Pieces of a mask, or of what surrounds it, that a click denies as a whole."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.region_graph import RegionGraph

SMALL_BESIDE_REST = 4.0
"""A piece of a mask is an island only if the rest is at least this fraction of it."""


def denied_island(
    graph: RegionGraph, inside: NDArray[np.bool_], region: int, positive: bool, others: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Return the regions, bool (n,), of the island that a click on a region turns over; none if there is none.

    inside: bool (n,), the mask before the click. others: regions of earlier clicks on the mask's side.
    A piece of the mask is an island where enough of the mask is elsewhere; a piece of the ground is one
    where the mask encloses it. A piece that another click supports is none.
    """
    nothing = np.zeros(graph.size, bool)
    if bool(inside[region]) == positive:
        return nothing
    same = inside != positive
    _, pieces = cv2.connectedComponents(same[graph.labels].astype(np.uint8), connectivity=4)
    numbers = np.zeros(graph.size, np.intp)
    numbers[graph.labels.ravel()] = pieces.ravel()
    island = same & (numbers == numbers[region])
    supported = island[others].any()
    alone = _touches_rim(graph, island) if positive else _is_most(graph, same, island)
    return nothing if supported or alone else np.asarray(island, np.bool_)


def _touches_rim(graph: RegionGraph, island: NDArray[np.bool_]) -> bool:
    labels = graph.labels
    rim = np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    return bool(island[rim].any())


def _is_most(graph: RegionGraph, mask: NDArray[np.bool_], island: NDArray[np.bool_]) -> bool:
    rest = float(graph.area[mask & ~island].sum())
    return rest * SMALL_BESIDE_REST < float(graph.area[island].sum())
