"""Connected components of a mask or of its background that a click contradicts as a whole."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.models.classic.region_graph import RegionGraph

# A component of the mask is flipped only if the rest times this is at least its area: higher removes main parts too.
# Chosen by hand.
LARGEST_SHARE = 4.0


def contradicted_component(
    graph: RegionGraph, inside: NDArray[np.bool_], region: int, positive: bool, others: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Return the regions, bool (n,), of the component that a click on a region flips; all False if there is none.

    inside: bool (n,), the mask before the click. others: regions of earlier clicks on the mask's side.
    A component of the mask is flipped if enough of the mask lies elsewhere, a component of the background if the
    mask encloses it; neither if an earlier click supports it.
    """
    nothing = np.zeros(graph.size, bool)
    if bool(inside[region]) == positive:
        return nothing
    same = inside != positive
    _, pieces = cv2.connectedComponents(same[graph.labels].astype(np.uint8), connectivity=4)
    numbers = np.zeros(graph.size, np.intp)
    numbers[graph.labels.ravel()] = pieces.ravel()
    component = same & (numbers == numbers[region])
    supported = component[others].any()
    alone = _touches_border(graph, component) if positive else _is_main(graph, same, component)
    return nothing if supported or alone else np.asarray(component, np.bool_)


def _touches_border(graph: RegionGraph, component: NDArray[np.bool_]) -> bool:
    labels = graph.labels
    border = np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    return bool(component[border].any())


def _is_main(graph: RegionGraph, mask: NDArray[np.bool_], component: NDArray[np.bool_]) -> bool:
    rest = float(graph.area[mask & ~component].sum())
    return rest * LARGEST_SHARE < float(graph.area[component].sum())
