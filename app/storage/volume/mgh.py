"""Volumes of FreeSurfer, .mgh and .mgz (surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat): lazy slices."""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.imaging.volume_geometry import VolumeGeometry
from app.storage.volume.file_kinds import not_a
from app.storage.volume.nifti import geometry_of_affine
from app.storage.volume.nifti_pair import is_packed, read_head
from app.storage.volume.slice_readers import RawSlices, Rescale, SliceReader, StreamSlices, select_times
from app.storage.volume.time_scale import TimeScale

SUFFIXES: Final = (".mgh", ".mgz")
_VERSION: Final = 1  # the only one there is
_VOXELS_AT: Final = 284  # bytes from the start of the file
_HEADER: Final = struct.Struct(
    ">7ih15f"
)  # version, 3 sizes, times, type, dof; is placed; spacing, axes, centre
_REPETITION: Final = struct.Struct(">f")  # milliseconds
_KINDS: Final = {0: ">u1", 1: ">i4", 3: ">f4", 4: ">i2", 10: ">u2"}


def open_mgh(path: Path, time: int | None) -> tuple[SliceReader, VolumeGeometry, int, tuple[float, ...]]:
    """Open a time point of a volume, or all (None): its slices, its grid, how many time points it has, and their times.

    Times are seconds from the first one, () where the file does not say them. Raises SequenceError.
    """
    head = read_head(path, _HEADER.size)
    if len(head) < _HEADER.size:
        raise not_a("a volume of FreeSurfer", path)
    version, width, height, depth, times, kind, _, is_placed, *place = _HEADER.unpack(head)
    if version != _VERSION or min(width, height, depth, times) < 1 or kind not in _KINDS:
        raise not_a("a volume of FreeSurfer", path)
    shape = (depth, height, width)
    wanted, before = select_times(shape, times, time, path)
    stored = np.dtype(_KINDS[kind])
    start = _VOXELS_AT + before * math.prod(shape[1:]) * stored.itemsize
    geometry = _geometry(shape, np.array(place, np.float64), path, is_placed=is_placed > 0)
    if is_packed(path):
        reader: SliceReader = StreamSlices(path, "gzip", 0, start, wanted, stored, Rescale(stored))
    else:
        reader = RawSlices(path, start, wanted, stored, Rescale(stored))
    end = _VOXELS_AT + times * math.prod(shape) * stored.itemsize
    moments = TimeScale(_repetition(path, end)).moments(times) if times > 1 else ()
    return reader, geometry, times, moments


def _repetition(path: Path, end: int) -> float | None:
    """Return the seconds of a repetition, which follow the voxels; None where they are missing or 0.

    end: bytes before it, unpacked. Of a packed file all voxels are unpacked, a piece at a time, to get there.
    """
    try:
        with gzip.open(path) if is_packed(path) else path.open("rb") as file:
            file.seek(end)
            [milliseconds] = _REPETITION.unpack(file.read(_REPETITION.size))
    except (OSError, EOFError, zlib.error, struct.error):
        return None
    return milliseconds / 1000.0 if 0 < milliseconds < math.inf else None


def _geometry(
    shape: tuple[int, int, int], place: NDArray[np.float64], path: Path, *, is_placed: bool
) -> VolumeGeometry:
    """Return the grid. place: spacing, the directions of the axes in RAS one after the other, the centre in RAS."""
    if not is_placed:
        return VolumeGeometry(shape, (1.0, 1.0, 1.0))
    if not np.isfinite(place).all() or place[:3].min() <= 0:
        raise SequenceError("The geometry in the header makes no sense.", subject=path)
    affine = np.eye(4)
    affine[:3, :3] = place[3:12].reshape(3, 3).T * place[:3]
    affine[:3, 3] = place[12:] - affine[:3, :3] @ (np.array(shape[::-1]) / 2)
    return geometry_of_affine(shape, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)
