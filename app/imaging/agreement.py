"""Agreement of two masks of one thing: overlap, and distances between their surfaces. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_HAUSDORFF_PERCENT: Final = 95.0  # the percentile of the literature: a single stray pixel does not decide
_MARGIN: Final = 1  # pixels around both masks, so that every surface has an outside


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two masks; None where one is empty and a distance has no meaning."""

    dice: float  #: 1.0 where both are empty
    #: the larger of both 95th percentiles of surface distances, in units of the spacing
    hausdorff95: float | None
    #: share of both surfaces within the tolerance of the other (Nikolov et al., 2018)
    surface_dice: float | None
    first: int  #: pixels or voxels of the first mask
    second: int


def compare_masks(
    first: NDArray[np.bool_], second: NDArray[np.bool_], spacing: Sequence[float], tolerance: float
) -> Agreement:
    """Compare two masks, bool of one shape, (h, w) or (z, y, x).

    spacing: of pixels along each axis of the arrays. tolerance: in its unit.
    """
    counts = int(np.count_nonzero(first)), int(np.count_nonzero(second))
    if not any(counts):
        return Agreement(1.0, None, None, 0, 0)
    part = _bounds(first | second)
    one, other = (np.pad(mask[part], _MARGIN) for mask in (first, second))
    dice = 2.0 * int(np.count_nonzero(one & other)) / sum(counts)
    if not all(counts):
        return Agreement(dice, None, None, *counts)
    surfaces = _surface(one), _surface(other)
    there = _distances(surfaces[1], spacing)[surfaces[0]]
    back = _distances(surfaces[0], spacing)[surfaces[1]]
    hausdorff = max(float(np.percentile(side, _HAUSDORFF_PERCENT)) for side in (there, back))
    near = int((there <= tolerance).sum()) + int((back <= tolerance).sum())
    return Agreement(dice, hausdorff, near / (len(there) + len(back)), *counts)


def _bounds(mask: NDArray[np.bool_]) -> tuple[slice, ...]:
    places = np.nonzero(mask)
    return tuple(slice(int(axis.min()), int(axis.max()) + 1) for axis in places)


def _surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels of a mask that touch its outside along an axis."""
    inner = mask.copy()
    for axis in range(mask.ndim):
        for step in (-1, 1):
            inner &= np.roll(mask, step, axis)
    return mask & ~inner


def _distances(surface: NDArray[np.bool_], spacing: Sequence[float]) -> NDArray[np.float32]:
    """Return the distance of every pixel to a surface (Maurer et al., 2003)."""
    # SimpleITK takes a while to import.
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(surface.astype(np.uint8))
    image.SetSpacing([float(size) for size in reversed(spacing)])
    distances = sitk.SignedMaurerDistanceMap(
        image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True
    )
    found: NDArray[np.float32] = np.abs(sitk.GetArrayFromImage(distances))
    return found
