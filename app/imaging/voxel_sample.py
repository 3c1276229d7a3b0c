"""A sample of a scan's voxels that stays the same where the scan is cropped or extended. Pure.

Sampled are the voxels whose place, counted from the patient's origin in steps of the grid, is a multiple of STEPS: of
another part of the same scan the same voxels are sampled where both overlap.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.imaging.volume_geometry import Index, VolumeGeometry

# Voxels (k, j, i) from one sampled one to the next, chosen by hand: 128 KiB for 512x512x512, 64 bytes for 16x64x64.
STEPS: Final = (4, 16, 16)
_LEAST: Final = 8  # sampled voxels that both scans must have to be compared; chosen by hand
# Of those that must be equal: a scan that was filtered or compressed anew is another one
_SHARE: Final = 0.99
_OFF: Final = 0.1  # voxels by which the grids may differ, since headers are rounded
_MULTIPLIER: Final = np.uint32(2654435761)  # of multiplicative hashing, Knuth, volume 3, 6.4

Affine = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class VoxelSample:
    """Sampled voxels of a scan, and where its grid lies."""

    shape: Index  #: of the scan, (z, y, x)
    affine: Affine  #: 3x4, voxel (i, j, k, 1) to patient
    values: bytes  #: a hash of each sampled voxel, uint8 (z, y, x)

    @property
    def array(self) -> NDArray[np.uint8]:
        """The hashes, (z, y, x). Raises ValueError where they are too few or too many."""
        count = [len(found) for found in _sampled(self.shape, self.affine)]
        return np.frombuffer(self.values, np.uint8).reshape(count)


def sample_voxels(geometry: VolumeGeometry, read: Callable[[int], NDArray[Any]]) -> VoxelSample | None:
    """Return the sample of a scan; None where its geometry is unknown or its slices are uneven.

    read: gives slice k of the voxel array, (y, x).
    """
    if geometry.affine is None or not geometry.is_even:
        return None
    slices, rows, columns = _sampled(geometry.shape, geometry.affine)
    planes = [read(k)[rows.start :: rows.step, columns.start :: columns.step] for k in slices]
    if not planes:
        return None
    # Another export may have another number type; -0.0 is 0.0.
    numbers = np.ascontiguousarray(np.stack(planes), np.float32) + np.float32(0)
    hashes = (numbers.view(np.uint32) * _MULTIPLIER >> np.uint32(24)).astype(np.uint8)
    return VoxelSample(geometry.shape, geometry.affine, hashes.tobytes())


def find_offset(before: VoxelSample, after: VoxelSample) -> Index | None:
    """Return what to add to a voxel (k, j, i) of a scan to find it in another part of the same scan.

    None where the grids differ by more than an offset, or the voxels that both have are not the same.
    """
    turn = np.array(before.affine)[:, :3]
    longest = max(*before.shape, *after.shape)
    drift = np.abs(turn - np.array(after.affine)[:, :3]).max() * longest
    if drift > _OFF * np.linalg.norm(turn, axis=0).min():
        return None
    apart = _place(before.affine) - _place(after.affine)
    offset = np.rint(apart).astype(int)
    if (
        np.abs(apart - offset).max() > _OFF
        or (_anchor(before.affine) - _anchor(after.affine) != offset).any()
    ):
        return None
    return (int(offset[0]), int(offset[1]), int(offset[2])) if _is_same(before, after) else None


def _is_same(before: VoxelSample, after: VoxelSample) -> bool:
    """Whether the sampled voxels that both have are equal, and are enough to tell."""
    starts = [_lattice(sample.shape, sample.affine) for sample in (before, after)]
    try:
        arrays = [sample.array for sample in (before, after)]
    except ValueError:
        return False
    low = np.maximum(*starts)
    high = np.minimum(*(start + array.shape for start, array in zip(starts, arrays, strict=True)))
    if (high <= low).any():
        return False
    first, second = (
        array[tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))]
        for start, array in zip(starts, arrays, strict=True)
    )
    is_telling = first.size >= _LEAST and first.min() != first.max()
    return bool(is_telling and np.mean(first == second) >= _SHARE)


def _place(affine: Affine) -> NDArray[np.float64]:
    """Return the place of the first voxel in steps of the grid from the patient's origin, (k, j, i)."""
    matrix = np.array(affine)
    place: NDArray[np.float64] = np.linalg.solve(matrix[:, :3], matrix[:, 3])[::-1]
    return place


def _anchor(affine: Affine) -> NDArray[np.int64]:
    """Return that place in whole steps."""
    # Grids around the origin begin at halves, where rounding would fall on either side.
    return np.floor(_place(affine) + 0.25).astype(np.int64)


def _sampled(shape: Index, affine: Affine) -> list[range]:
    """Return the sampled indices of each axis, (z, y, x)."""
    anchor = _anchor(affine)
    return [range(int(-at) % step, side, step) for at, side, step in zip(anchor, shape, STEPS, strict=True)]


def _lattice(shape: Index, affine: Affine) -> NDArray[np.int64]:
    """Return the place of the first sampled voxel in multiples of STEPS."""
    first = [found.start for found in _sampled(shape, affine)]
    return (_anchor(affine) + first) // STEPS
