"""The sample of a scan's voxels in its workspace, by which its masks are found again when the scan is cropped."""

from pathlib import Path
from typing import Final

import msgpack

from app.files.atomic_file import atomic_file
from app.imaging.voxel_sample import VoxelSample

_NAME: Final = "voxels.msgpack"
_LARGEST: Final = 2**26  # bytes: a thousand times that of a scan of today


def has_sample(folder: Path) -> bool:
    """Whether a workspace folder has a sample."""
    return (folder / _NAME).exists()


def write_sample(folder: Path, sample: VoxelSample) -> None:
    """Keep the sample of the scan in its workspace folder. Raises OSError."""
    with atomic_file(folder / _NAME, private=True) as draft:
        draft.write_bytes(msgpack.packb([sample.shape, sample.affine, sample.values]))


def read_sample(folder: Path) -> VoxelSample | None:
    """Return the sample that was kept, None where there is none or a damaged one."""
    path = folder / _NAME
    try:
        if path.stat().st_size > _LARGEST:
            return None
        shape, affine, values = msgpack.unpackb(path.read_bytes())
        z, y, x = (int(side) for side in shape)
        rows = tuple(tuple(float(number) for number in row) for row in affine)
        return VoxelSample((z, y, x), rows, bytes(values)) if [*map(len, rows)] == [4, 4, 4] else None
    except (OSError, ValueError, TypeError, OverflowError, ArithmeticError, msgpack.UnpackException):
        return None
