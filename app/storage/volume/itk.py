"""NRRD and MetaImage volumes: geometry by SimpleITK, voxels straight from the file where they lie plainly."""

import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.imaging.volume_geometry import VolumeGeometry
from app.storage.volume.nifti import geometry_of_affine
from app.storage.volume.nrrd_headers import DataPlace, metaimage_place, nrrd_place
from app.storage.volume.slice_readers import (
    ArraySlices,
    RawSlices,
    Rescale,
    SliceReader,
    StreamSlices,
    select_times,
)

_LARGEST_LAYERS: Final = 2**32  # bytes: a segmentation of 512^3 voxels in 32 layers
SUFFIXES: Final = (".nrrd", ".nhdr", ".mha", ".mhd")


def open_itk(path: Path, time: int | None) -> tuple[SliceReader, VolumeGeometry, int, tuple[float, ...]]:
    """Open a time point of a volume, or all (None): its slices, its grid, how many time points it has, and their times.

    Times are seconds from the first one, () where the header does not say them.
    Raises SequenceError for what ITK cannot read, colours, and more than four dimensions.
    """
    is_nrrd = path.suffix.lower() in (".nrrd", ".nhdr")
    place = nrrd_place(path) if is_nrrd else metaimage_place(path)
    file = _information(path, place)
    sizes, parts = [*file.GetSize(), 1, 1], file.GetNumberOfComponents()
    if parts != 1 and place.list_axis is None:
        raise SequenceError("This volume is in colour or holds vectors.", subject=path)
    if math.prod(sizes[4:]) > 1:
        raise SequenceError("This volume has more than four dimensions.", subject=path)
    shape, times = (int(sizes[2]), int(sizes[1]), int(sizes[0])), int(sizes[3]) * parts
    wanted, before = select_times(shape, times, time, path)
    geometry = _geometry(file, shape, place.has_geometry)
    return _slices(path, place, wanted, before), geometry, times, place.times.moments(times)


def read_layers(path: Path) -> tuple[NDArray[Any], VolumeGeometry] | None:
    """Read a NRRD of several label volumes on one grid, (layers, z, y, x); None for one volume or other numbers.

    They lie as a list in each voxel, or along a fourth axis. Raises SequenceError for what ITK cannot read.
    """
    place = nrrd_place(path)
    file = _information(path, place)
    sizes, components = [*file.GetSize(), 1, 1], file.GetNumberOfComponents()
    count = components * int(sizes[3])
    if place.stored is None or place.stored.kind not in "iu" or count < 2 or min(components, sizes[3]) > 1:
        return None
    if math.prod(sizes) * components * place.stored.itemsize > _LARGEST_LAYERS:
        raise SequenceError("The layers are too large to be read together.", subject=path)
    with _sanitized(path, place, has_voxels=True) as reader:
        voxels: NDArray[Any] = sitk.GetArrayFromImage(reader.Execute())
    shape = int(sizes[2]), int(sizes[1]), int(sizes[0])
    layers = np.moveaxis(voxels.reshape(*shape, components), -1, 0) if components > 1 else voxels
    return layers.reshape(count, *shape), _geometry(file, shape, place.has_geometry)


@contextmanager
def _sanitized(path: Path, place: DataPlace, *, has_voxels: bool) -> Iterator[sitk.ImageFileReader]:
    """Yield a reader of a file in memory that says no more than what was checked: ITK reads headers its own way."""
    handle = os.memfd_create("volume", os.MFD_CLOEXEC)
    try:
        with open(handle, "wb", closefd=False) as copy:
            copy.write(place.header)
            if has_voxels:
                with open(place.path, "rb") as voxels:
                    voxels.seek(place.offset)
                    shutil.copyfileobj(voxels, copy)
        file = sitk.ImageFileReader()
        file.SetImageIO("NrrdImageIO" if place.header.startswith(b"NRRD") else "MetaImageIO")
        file.SetFileName(f"/proc/self/fd/{handle}")
        yield file
    except RuntimeError as error:
        raise SequenceError(f"The volume cannot be read: {_reason(error)}.", subject=path) from error
    finally:
        os.close(handle)


def _information(path: Path, place: DataPlace) -> sitk.ImageFileReader:
    with _sanitized(path, place, has_voxels=False) as file:
        file.ReadImageInformation()
        return file


def _slices(path: Path, place: DataPlace, shape: tuple[int, int, int], before: int) -> SliceReader:
    if place.stored is None or place.codec is None or place.list_axis == 0:
        return ArraySlices(_read_whole(path, place)[before : before + shape[0]])
    skip = before * math.prod(shape[1:]) * place.stored.itemsize
    rescale = Rescale(place.stored)
    if place.codec == "raw":
        return RawSlices(place.path, place.offset + skip, shape, place.stored, rescale)
    return StreamSlices(place.path, place.codec, place.offset, skip, shape, place.stored, rescale)


def _read_whole(path: Path, place: DataPlace) -> NDArray[Any]:
    """Return the voxels (z, y, x) of all time points, one after the other."""
    with _sanitized(path, place, has_voxels=True) as file:
        image = file.Execute()
    voxels: NDArray[Any] = sitk.GetArrayFromImage(image)
    if image.GetNumberOfComponentsPerPixel() > 1:
        voxels = np.moveaxis(voxels, -1, 0)
    return voxels.reshape(-1, *(1, 1, *voxels.shape)[-2:])


def _geometry(file: sitk.ImageFileReader, shape: tuple[int, int, int], is_known: bool) -> VolumeGeometry:
    count = file.GetDimension()
    sizes = np.ones(3)
    turn = np.eye(3)
    origin = np.zeros(3)
    used = min(count, 3)
    sizes[:used] = file.GetSpacing()[:used]
    turn[:used, :used] = np.array(file.GetDirection()).reshape(count, count)[:used, :used]
    origin[:used] = file.GetOrigin()[:used]
    spacing = (float(sizes[2]), float(sizes[1]), float(sizes[0]))
    if not is_known:
        return VolumeGeometry(shape, spacing)
    matrix = np.vstack([np.column_stack([turn * sizes, origin]), (0, 0, 0, 1)])
    if not np.linalg.det(matrix):
        return VolumeGeometry(shape, spacing, tuple(tuple(map(float, row)) for row in matrix[:3]))
    return geometry_of_affine(shape, matrix)


def _reason(error: RuntimeError) -> str:
    """Return the last line of what ITK says, without the places in its source."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].split("): ")[-1].strip().rstrip(".") if lines else "unknown"
