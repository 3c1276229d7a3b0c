"""A slice of one scan resampled where the pixels of another scan's slice lie in the patient. Pure."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.imaging.volume_geometry import Index, SlicePlane, VolumeGeometry

LARGEST_SIDE: Final = 1024  # pixels of a resampled slice; chosen by hand, a screen shows hardly more
_EDGE: Final = 0.5  # voxels beyond the centres of the outermost ones that still belong to a scan


def finer_by(plane: SlicePlane, other: VolumeGeometry) -> int:
    """Return how many times finer than a plane's pixels a slice is to be so that another scan's voxels all show."""
    sides = [spacing for spacing in (other.spacing or ())[1:] if spacing > 0]
    if not sides or plane.column_spacing is None:
        return 1
    most = max(LARGEST_SIDE // max(plane.width, plane.height), 1)
    return min(max(round(plane.column_spacing / min(sides)), 1), most)


def pixel_places(
    geometry: VolumeGeometry, plane: SlicePlane, index: int, finer: int = 1
) -> NDArray[np.float64]:
    """Return the patient coordinates of a slice's pixels, row by row: (h * finer * w * finer, 3).

    Each pixel is divided into finer x finer parts.
    """
    rows = (np.arange(plane.height * finer) + 0.5) / finer - 0.5
    columns = (np.arange(plane.width * finer) + 0.5) / finer - 0.5
    voxels = np.full((rows.size, columns.size, 3), float(index))
    voxels[..., 2 - plane.row_axis] = rows[:, None]
    voxels[..., 2 - plane.column_axis] = columns
    return geometry.to_patient(voxels.reshape(-1, 3))


def sample_voxels(
    read: Callable[[int], NDArray[Any] | None], shape: Index, places: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return intensities float32 (n,) at places (i, j, k) of a scan, trilinear; NaN beyond it.

    read: returns slice k of the voxels, (y, x), None where it is damaged; called for the needed ones in order.
    shape: (z, y, x) of the scan.
    """
    limits = np.array(shape[::-1]) - 1
    inside = np.flatnonzero(((places >= -_EDGE) & (places <= limits + _EDGE)).all(axis=1))
    found = np.full(len(places), np.nan, np.float32)
    at = np.clip(places[inside], 0, limits)
    slices = np.minimum(np.floor(at[:, 2]).astype(np.intp), max(shape[0] - 2, 0))
    order = np.argsort(slices, kind="stable")
    bounds = np.searchsorted(slices[order], np.arange(shape[0] + 1))
    kept: dict[int, NDArray[Any] | None] = {}
    for k in np.unique(slices):
        part = order[bounds[k] : bounds[k + 1]]
        above = min(int(k) + 1, shape[0] - 1)
        # Pixels that lie on a slice need no other one, which may be damaged or not decoded yet.
        share = (at[part, 2] - k).astype(np.float32)
        wanted = [int(k)] if not share.any() else [above] if (share == 1).all() else [int(k), above]
        kept = {number: kept[number] if number in kept else read(number) for number in wanted}
        low, high = kept.get(int(k), kept.get(above)), kept.get(above, kept.get(int(k)))
        if low is None or high is None:
            continue
        points = at[part, :2]
        found[inside[part]] = (1 - share) * _bilinear(low, points) + share * _bilinear(high, points)
    return found


def _bilinear(picture: NDArray[Any], points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return intensities of a picture (h, w) at points (x, y) on it, (n,)."""
    height, width = picture.shape
    x = np.minimum(points[:, 0].astype(np.intp), max(width - 2, 0))
    y = np.minimum(points[:, 1].astype(np.intp), max(height - 2, 0))
    right, down = (points[:, 0] - x).astype(np.float32), (points[:, 1] - y).astype(np.float32)
    x1, y1 = np.minimum(x + 1, width - 1), np.minimum(y + 1, height - 1)
    upper = picture[y, x] * (1 - right) + picture[y, x1] * right
    lower = picture[y1, x] * (1 - right) + picture[y1, x1] * right
    mixed: NDArray[np.float32] = (upper * (1 - down) + lower * down).astype(np.float32)
    return mixed
