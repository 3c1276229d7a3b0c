"""Scans as sequences: a DICOM series or a NIfTI, NRRD or MetaImage volume, in native intensities."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Orientation, SequenceInfo, SeriesInfo, Window
from app.domain.closeable import Closeable
from app.domain.errors import SequenceError
from app.files.suffixes import ARCHIVES, PACKED_SCANS
from app.imaging.volume_geometry import SlicePlane, VolumeGeometry
from app.imaging.windowing import apply_window, initial_window
from app.storage.volume import mgh
from app.storage.volume.archive.unpacked_study import study_folder
from app.storage.volume.dicom.dicom_codec import require_decodable
from app.storage.volume.dicom.dicom_folder import (
    DicomFolder,
    choose_series,
    has_siblings,
    list_series_info,
    scan_folder,
)
from app.storage.volume.dicom.dicom_slices import DicomSlices
from app.storage.volume.dicom.dicom_stack import DicomStack, build_stack
from app.storage.volume.dicom.left_out import name_some
from app.storage.volume.dicom.slice_header import SliceHeader
from app.storage.volume.itk import SUFFIXES, open_itk
from app.storage.volume.nifti import NiftiHeader, open_nifti
from app.storage.volume.slice_readers import SliceReader
from app.storage.volume.voxel_store import VoxelStore

_NIFTI_SUFFIXES: Final = (*PACKED_SCANS, ".nii", ".hdr", ".img")
_SAMPLES: Final = 9  # slices looked at for the window and NaN, chosen by hand: more delay opening
_LONGEST_SIDE: Final = 2**16  # voxels; the DICOM limit of rows and columns
_LARGEST_SLICE: Final = 2**30  # bytes
# Millimetres; no patient is a thousand kilometres away.
_FARTHEST: Final = 1e9
_FLATTEST: Final = 1e-3  # volume spanned by the unit axes: below it they lie in one plane
# Of a compressed scan above which one slice is looked at: unpacking this takes about a second.
_SAMPLE_BYTES: Final = 64 * 2**20
# DICOM's word for a modality that has none of its own (PS3.3 C.7.3.1.1.1), here for one that is not given.
_OTHER_MODALITY: Final = "OT"
_PLACELESS: Final = "The header does not say how the scan lies in the patient."


@dataclass(frozen=True, slots=True)
class OpenedScan:
    """What was found when a scan was opened, before any voxel was read."""

    name: str
    path: Path
    reader: SliceReader
    geometry: VolumeGeometry
    times: int = 1
    modality: str = ""
    warnings: tuple[str, ...] = ()
    stack: DicomStack | None = None  #: of a DICOM series
    nifti: NiftiHeader | None = None  #: header of a NIfTI file
    window: Window | None = None  #: the one in the file
    is_inverted: bool = False  #: low intensities are white (MONOCHROME1)


class VolumeSource(Closeable):
    """A scan as a FrameSource: frame n is slice n of the orientation it is annotated in.

    Attributes: info; geometry; plane (the slices of the orientation); window (what read uses by default);
    origin (how it was found). Frames, masks and voxels share pixels: nothing is flipped or resampled.
    Memory stays small however large the scan; see VoxelStore.
    """

    def __init__(self, found: OpenedScan, orientation: Orientation | None, spool: Path | None) -> None:
        self.origin = found
        self.geometry = found.geometry
        try:
            _require_sane_header(found)
            self._store = VoxelStore(found.reader, spool)
        except BaseException:
            found.reader.close()
            raise
        try:
            self.plane = found.geometry.plane(orientation or found.geometry.stored_orientation)
            sample = self._sample()
            self.window = initial_window(found.modality, found.window, sample)
            self.info = self._describe(sample)
        except BaseException:
            self._store.close()
            raise

    @property
    def orientation(self) -> Orientation:
        """The direction of annotation."""
        return self.plane.orientation

    @property
    def is_partial(self) -> bool:
        """Whether slices are still to be decoded."""
        return self._store.undecoded > 0

    def is_ready(self, index: int) -> bool:
        """Whether a frame can be read without decoding other slices first."""
        return self._store.is_ready(self.plane.axis, index)

    @property
    def damage(self) -> tuple[str, ...]:
        """What has been found damaged so far, each thing once."""
        return tuple(dict.fromkeys(str(error) for _, error in sorted(self._store.damaged.items())))

    def set_orientation(self, orientation: Orientation) -> None:
        """Annotate in another orientation from now on: frames, width and height of info change with it."""
        plane = self.plane = self.geometry.plane(orientation)
        self.info = replace(
            self.info,
            frames=plane.frames,
            width=plane.width,
            height=plane.height,
            orientation=orientation,
        )

    def read(self, index: int, window: Window | None = None) -> NDArray[np.uint8]:
        """Return frame index, uint8 (h, w, 3) RGB, through a window or the scan's own.

        Raises SequenceError when the slice is damaged, IndexError when there is no such frame.
        """
        return self._show(self.read_native(index), window)

    def read_native(self, index: int) -> NDArray[Any]:
        """Return frame index in native intensities, (h, w). Raises as read does."""
        return self.read_plane_native(self.orientation, index)

    def read_plane(
        self, orientation: Orientation, index: int, window: Window | None = None, *, partial: bool = False
    ) -> NDArray[np.uint8]:
        """Return a slice of any orientation, uint8 (h, w, 3) RGB, for linked views.

        partial: slices that are not decoded yet are left black instead of being decoded now.
        """
        return self._show(self.read_plane_native(orientation, index, partial=partial), window)

    def read_plane_native(
        self, orientation: Orientation, index: int, *, partial: bool = False
    ) -> NDArray[Any]:
        """Return a slice of any orientation in native intensities, (h, w)."""
        plane = self.slice_plane(orientation)
        if not 0 <= index < plane.frames:
            raise IndexError(f"There is no {orientation} slice {index}; there are {plane.frames}.")
        return plane.orient_plane(self._store.plane(plane.axis, index, partial=partial))

    def read_stored(self, index: int) -> NDArray[Any]:
        """Return slice index of the voxel array in native intensities, (y, x)."""
        return self._store.read(index)

    def slice_plane(self, orientation: Orientation) -> SlicePlane:
        """How the slices of an orientation lie in the voxel array."""
        return self.plane if orientation == self.orientation else self.geometry.plane(orientation)

    def decode_next(self) -> bool:
        """Decode one more slice in an idle moment; whether more are left."""
        return self._store.decode_next()

    def close(self) -> None:
        """Release files."""
        self._store.close()

    def _show(self, native: NDArray[Any], window: Window | None) -> NDArray[np.uint8]:
        gray = apply_window(native, window or self.window, inverted=self.origin.is_inverted)
        return cv2.cvtColor(np.ascontiguousarray(gray), cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)

    def _sample(self) -> NDArray[Any]:
        """Return a few slices, where they are needed to know the window or to find NaN; else nothing."""
        found, kind = self.origin, self._store.dtype.kind
        if kind != "f" and (found.window is not None or found.modality == "CT"):
            return np.zeros(0, self._store.dtype)
        depth = self.geometry.shape[0]
        size = math.prod(self.geometry.shape) * self._store.dtype.itemsize
        is_slow = found.reader.is_sequential and size > _SAMPLE_BYTES
        chosen = [depth // 2] if is_slow else sorted({round(n) for n in np.linspace(0, depth - 1, _SAMPLES)})
        slices = [picture for k in chosen if (picture := self._try_read(k)) is not None]
        return np.stack(slices) if slices else np.zeros(0, self._store.dtype)

    def _try_read(self, index: int) -> NDArray[Any] | None:
        try:
            return self._store.read(index)
        except SequenceError:
            return None

    def _describe(self, sample: NDArray[Any]) -> SequenceInfo:
        found, plane, geometry = self.origin, self.plane, self.geometry
        notes = [*found.warnings, *self.damage]
        if geometry.affine is None and _PLACELESS not in notes and found.stack is None:
            notes.append(_PLACELESS)
        if sample.dtype.kind == "f" and not np.isfinite(sample).all():
            notes.append(f"{found.path.name} has voxels that are not numbers (NaN); they are shown black.")
        return SequenceInfo(
            name=found.name,
            path=str(found.path),
            kind="volume",
            frames=plane.frames,
            width=plane.width,
            height=plane.height,
            spacing=geometry.spacing,
            origin=geometry.origin,
            direction=geometry.direction,
            orientation=plane.orientation,
            window=self.window,
            unit=found.stack.slices[0].unit if found.stack is not None else "",
            modality=found.modality or (_OTHER_MODALITY if found.stack is not None else ""),
            warnings=tuple(notes),
        )


def open_volume(
    path: str | Path,
    *,
    series: str | None = None,
    orientation: Orientation | None = None,
    time: int = 0,
    spool: Path | None = None,
) -> VolumeSource:
    """Open a scan: a folder of DICOM files, one DICOM file, or a NIfTI, NRRD or MetaImage volume.

    series: UID or number, where a folder holds several. orientation: the direction of annotation; None for
    the one it was stored in. time: which volume of a scan over time. spool: folder for decoded voxels, which
    should be on a disk with room and not in memory; the system's temporary folder by default.
    Raises SequenceError when it cannot be read or is no scan, StorageFull when the spool has no room.
    """
    path = Path(path)
    if not path.exists():
        raise SequenceError("There is no such file or folder.", subject=path)
    return VolumeSource(_opener(path)(path, series, time), orientation, spool)


def list_series(path: str | Path) -> tuple[SeriesInfo, ...]:
    """Return what can be chosen: the DICOM series of a folder or file, largest first, or the time points of a volume.

    Raises SequenceError when the path cannot be read or is no scan.
    """
    path = Path(path)
    if is_dicom(path):
        with study_folder(path) as place:
            return list_series_info(scan_folder(place))
    found = _opener(path)(path, None, 0)
    found.reader.close()
    depth, height, width = found.geometry.shape
    return tuple(
        SeriesInfo(f"@{time}", f"time point {time}", "", found.name, depth, width, height)
        for time in range(1, found.times + 1)
    )


def _require_sane_header(found: OpenedScan) -> None:
    """Refuse what a damaged or hostile header claims."""
    depth, height, width = found.geometry.shape
    size = height * width * found.reader.dtype.itemsize
    if max(depth, height, width) > _LONGEST_SIDE or size > _LARGEST_SLICE:
        claim = f"The header claims an impossible size, {width}x{height}x{depth}."
        raise SequenceError(claim, subject=found.path)
    matrix = found.geometry.matrix
    if matrix is None:
        return
    turn = matrix[:3, :3]
    lengths = np.linalg.norm(turn, axis=0) if np.abs(matrix).max() < _FARTHEST else np.zeros(3)
    if lengths.min() == 0 and np.abs(matrix).max() < _FARTHEST:
        what = "The header gives a voxel size of zero."
        raise SequenceError(what, subject=found.path, remedy="Have the header corrected.")
    if not lengths.min() > 0 or abs(np.linalg.det(turn / lengths)) < _FLATTEST:
        what = "The geometry in the header makes no sense."
        raise SequenceError(what, subject=found.path, remedy="Have the header corrected.")


def is_dicom(path: Path) -> bool:
    """Whether a scan is opened as DICOM, and not as a volume in a file."""
    return _opener(path) is _find_dicom


def _opener(path: Path) -> Callable[[Path, str | None, int], OpenedScan]:
    if path.is_file() and _is_nifti(path):
        return _find_nifti
    if path.is_file() and path.suffix.lower() in mgh.SUFFIXES:
        return _find_mgh
    if path.is_file() and path.suffix.lower() in SUFFIXES:
        return _find_itk
    return _find_dicom


def _is_nifti(path: Path) -> bool:
    return path.name.lower().endswith(_NIFTI_SUFFIXES)


def _find_nifti(path: Path, series: str | None, time: int) -> OpenedScan:
    reader, geometry, header, times = open_nifti(path, time)
    notes = (*_time_warnings(path, times, time), *_shear_warnings(geometry))
    known = None if header.is_analyze else header
    return OpenedScan(_stem(path), path, reader, geometry, times, warnings=notes, nifti=known)


def _find_mgh(path: Path, series: str | None, time: int) -> OpenedScan:
    reader, geometry, times = mgh.open_mgh(path, time)
    return OpenedScan(_stem(path), path, reader, geometry, times, warnings=_time_warnings(path, times, time))


def _find_itk(path: Path, series: str | None, time: int) -> OpenedScan:
    reader, geometry, times = open_itk(path, time)
    notes = (*_time_warnings(path, times, time), *_shear_warnings(geometry))
    return OpenedScan(_stem(path), path, reader, geometry, times, warnings=notes)


def _find_dicom(path: Path, series: str | None, time: int) -> OpenedScan:
    found = scan_folder(path)
    return open_stack(found, choose_series(found, series, path), path, series, time)


def open_stack(
    found: DicomFolder, headers: Sequence[SliceHeader], path: Path, series: str | None, time: int = 0
) -> OpenedScan:
    """Return the slices of a series of a folder as a scan. Raises SequenceError when they are no volume."""
    stack = build_stack(headers, time)
    first = stack.slices[0]
    for header in stack.slices:
        require_decodable(header)
    notes = [*stack.warnings, *found.warnings]
    if cut := list(dict.fromkeys(header.path for header in stack.slices if header.is_truncated)):
        notes.append(f"Damaged, the file ends too early: {name_some(cut)}.")
    if path == first.path and len(headers) == first.frames == 1 and has_siblings(path, first):
        notes.append(f"This is one slice of a series; open its folder, {path.parent.name}, for all of them.")
    return OpenedScan(
        name_series(found, first, path, series),
        path,
        DicomSlices(stack),
        stack.geometry,
        stack.times,
        modality=first.modality,
        warnings=tuple(notes),
        stack=stack,
        window=stack.slices[len(stack.slices) // 2].window,
        is_inverted=first.photometric == "MONOCHROME1",
    )


def name_series(found: DicomFolder, first: SliceHeader, path: Path, series: str | None) -> str:
    """Return the name of a sequence: that of its file or folder, with the series where there are several."""
    return _stem(path) if len(found.series) == 1 else f"{_stem(path)} {first.series_number or series}"


def _time_warnings(path: Path, times: int, time: int) -> tuple[str, ...]:
    return (f"{path.name} holds {times} time points; this is number {time + 1}.",) if times > 1 else ()


def _shear_warnings(geometry: VolumeGeometry) -> tuple[str, ...]:
    return (f"The slices are sheared by {geometry.tilt:.1f} degrees.",) if geometry.tilt else ()


def _stem(path: Path) -> str:
    """Return the file's own name: never anything from inside a scan, which could name the patient."""
    name = path.resolve().name
    for suffix in (*reversed(ARCHIVES), *_NIFTI_SUFFIXES, *SUFFIXES, *mgh.SUFFIXES, ".dcm"):
        if path.is_file() and name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name
